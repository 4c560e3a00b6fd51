/**
 * How near a written text is to the wanted one: BLEU, chrF, ROUGE-L, exact match, and how well single words are foreseen.
 * Each class counts row by row and gives the number that the field's reference prints. May import: job.
 */
@NullMarked
package io.tenfold.train.text;

import org.jspecify.annotations.NullMarked;
