/**
 * What images need: Dockerfiles that keep the policies, and the metadata of the native program. Reads files; starts nothing.
 */
@NullMarked
package io.tenfold.image;

import org.jspecify.annotations.NullMarked;
