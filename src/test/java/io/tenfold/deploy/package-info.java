/** The manifests in k8s and the chart in helm, rendered and held against Kubernetes, against each other and against the program. */
@NullMarked
package io.tenfold.deploy;

import org.jspecify.annotations.NullMarked;
