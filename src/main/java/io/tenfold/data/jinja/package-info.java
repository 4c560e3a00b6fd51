/**
 * Jinja as chat templates use it: an interpreter that gives, byte for byte, what Jinja 3.1 gives in the environment that
 * Transformers renders chat templates in (immutable sandbox, {@code trim_blocks}, {@code lstrip_blocks}, loop controls,
 * {@code generation} blocks). Holds lexer, parsers, Python's meaning of values, filters and tests. Imports nothing of ours.
 *
 * <p>A template comes with a model and is not trusted. Values are texts, numbers, booleans, {@link
 * io.tenfold.data.jinja.None}, lists, maps and the interpreter's own classes; no Java object is ever asked for a method by
 * name, so there is nothing to break out to. {@link io.tenfold.data.jinja.Budget} bounds work, size and depth. What Jinja
 * has and this does not is refused by name, never guessed.
 *
 * <p>A new filter is a case of {@link io.tenfold.data.jinja.Filters}, a new test one of {@link io.tenfold.data.jinja.Tests},
 * a text's method one of {@link io.tenfold.data.jinja.TextMethods}.
 */
@NullMarked
package io.tenfold.data.jinja;

import org.jspecify.annotations.NullMarked;
