/** What models share, built once: weights by name, linear layers, norms, attention. */
@NullMarked
package io.tenfold.model.common;

import org.jspecify.annotations.NullMarked;
