/** Full fine-tuning: every weight is trained (Devlin et al. 2018, arXiv:1810.04805). Knows no other method. */
@NullMarked
package io.tenfold.method.full;

import org.jspecify.annotations.NullMarked;
