/**
 * Races methods on the same data, split and seeds, and says which to use. Imports what {@code method} may; the candidates come
 * from the registry by name. {@code CompareRecipe} is the race, {@code CandidateResult} and {@code PairedTest} judge it, the {@code
 * Report} classes tell it.
 */
@org.jspecify.annotations.NullMarked
package io.tenfold.method.compare;
