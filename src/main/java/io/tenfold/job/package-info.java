/**
 * The domain: request, job states and their legal moves, events, failures, and the ports through which the other rooms
 * meet. May import: nothing of ours; Jackson's annotations and {@code JsonNode} from outside. Never: a vendor's type, I/O.
 */
@NullMarked
package io.tenfold.job;

import org.jspecify.annotations.NullMarked;
