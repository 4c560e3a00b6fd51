/**
 * The job's life from top to bottom: claim, data, model, method, train, publish. May import: job, data, model, method,
 * train, checkpoint. Never: DJL, a vendor's type, messaging, storage.
 */
@NullMarked
package io.tenfold.worker;

import org.jspecify.annotations.NullMarked;
