/**
 * Knowledge distillation: a student learns from a teacher's outputs and from what its layers make (Hinton et al. 2015,
 * arXiv:1503.02531; Sanh et al. 2019, arXiv:1910.01108; Jiao et al. 2020, arXiv:1909.10351; Wang et al. 2020,
 * arXiv:2002.10957). Knows no other method: a teacher that is trained first is tuned by whom the registry gives.
 */
@NullMarked
package io.tenfold.method.distillation;

import org.jspecify.annotations.NullMarked;
