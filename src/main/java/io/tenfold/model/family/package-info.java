/** The one door to models of every family. May import the other packages of the room. */
@NullMarked
package io.tenfold.model.family;

import org.jspecify.annotations.NullMarked;
