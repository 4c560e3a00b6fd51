/**
 * From a labelled domain to another one: masked language modelling on its texts first, features that look alike in both
 * domains, or weights of its own for each. Knows no other method; adapters come from the registry by name.
 */
@NullMarked
package io.tenfold.method.domain;

import org.jspecify.annotations.NullMarked;
