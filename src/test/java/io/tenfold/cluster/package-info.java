/**
 * {@code ./tenfold cluster-test}: manifests and chart against a real control plane, with pods that really work. Test scope, and
 * no part of {@code ./tenfold test}: it needs a control plane, and minutes.
 */
@NullMarked
package io.tenfold.cluster;

import org.jspecify.annotations.NullMarked;
