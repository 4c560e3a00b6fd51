/** What models share, built once: the network, weights by name, linear layers, norms, the end of a sublayer. */
@NullMarked
package io.tenfold.model.common;

import org.jspecify.annotations.NullMarked;
