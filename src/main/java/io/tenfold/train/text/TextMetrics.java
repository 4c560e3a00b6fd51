package io.tenfold.train.text;

import io.tenfold.job.MetricNames;
import java.util.LinkedHashMap;
import java.util.Map;

/** All scores of written texts. {@code bleu} and {@code chrf} go from 0 to 100, as sacrebleu prints them; the others to 1. */
public final class TextMetrics {

    /** The share of rows whose text is the wanted one, white space at both ends left out. */
    public static final String EXACT_MATCH = MetricNames.EXACT_MATCH;

    /** See {@link RougeL}. */
    public static final String ROUGE_L = MetricNames.ROUGE_L;

    /** See {@link Bleu}. */
    public static final String BLEU = MetricNames.BLEU;

    /** See {@link Chrf}. */
    public static final String CHRF = MetricNames.CHRF;

    private final RougeL rougeL = new RougeL();
    private final Bleu bleu = new Bleu();
    private final Chrf chrf = new Chrf();
    private long exact;
    private long rows;

    /** Counts one row. */
    public void add(String written, String wanted) {
        rows++;
        if (WhiteSpace.withoutEnds(written).equals(WhiteSpace.withoutEnds(wanted))) {
            exact++;
        }
        rougeL.add(written, wanted);
        bleu.add(written, wanted);
        chrf.add(written, wanted);
    }

    /**
     * The scores by name.
     *
     * @throws IllegalStateException where no row was counted
     */
    public Map<String, Double> values() {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(ROUGE_L, rougeL.score());
        values.put(BLEU, bleu.score());
        values.put(CHRF, chrf.score());
        values.put(EXACT_MATCH, (double) exact / rows);
        return values;
    }
}
