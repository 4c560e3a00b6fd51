package io.tenfold.data.jinja;

/** What one rendering may cost: a template is not trusted to end. Not for several threads. */
final class Budget {

    /** Evaluations and, at 64 a unit, characters made. The longest conversations take some tens of thousands. */
    private static final long MOST_WORK = 20_000_000;

    /** Characters of a text, elements of a list. */
    private static final int MOST_SIZE = 1 << 24;

    private static final long MOST_NANOS = 20_000_000_000L;
    private static final int MOST_CALLS = 100;

    private final long end = System.nanoTime() + MOST_NANOS;
    private long work;
    private long checked;
    private int calls;

    /** One evaluation. */
    void step() {
        charge(1);
    }

    private void charge(long more) {
        work += more;
        if (work > MOST_WORK) {
            throw TemplateException.limit("the template does more than %d steps".formatted(MOST_WORK));
        }
        if (work - checked > 4096) {
            checked = work;
            if (System.nanoTime() - end > 0) {
                throw TemplateException.limit(
                        "the template takes more than %d s".formatted(MOST_NANOS / 1_000_000_000));
            }
        }
    }

    /** Characters or elements that are about to be made. */
    void make(long size) {
        if (size > MOST_SIZE) {
            throw TemplateException.limit("the template makes a text or list of more than %d".formatted(MOST_SIZE));
        }
        charge(size / 64);
    }

    String made(String text) {
        make(text.length());
        return text;
    }

    /** A macro begins. */
    void enter() {
        if (++calls > MOST_CALLS) {
            throw TemplateException.limit(
                    "the template's macros call one another more than %d deep".formatted(MOST_CALLS));
        }
    }

    /** It ends. */
    void leave() {
        calls--;
    }
}
