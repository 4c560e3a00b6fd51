package io.tenfold.train;

import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.job.ProgressSink;
import java.util.ArrayList;
import java.util.List;

/** Keeps the events in memory; asks for what a test wants, when enough steps were made. */
public class QuietSink implements ProgressSink {

    private final List<JobEvent> events = new ArrayList<>();
    private final Interruption wish;
    private final int afterSteps;
    private int asked;

    /** Never interrupts. */
    public QuietSink() {
        this(Interruption.NONE, 0);
    }

    /** Asks for {@code wish} once it was read {@code afterSteps} times. */
    public QuietSink(Interruption wish, int afterSteps) {
        this.wish = wish;
        this.afterSteps = afterSteps;
    }

    /** Asks for a handover once so many checkpoints are stored. */
    public static QuietSink handingOverAfter(int checkpoints) {
        return new QuietSink() {
            @Override
            public Interruption interruption() {
                long stored = events().stream()
                        .filter(JobEvent.Checkpoint.class::isInstance)
                        .count();
                return stored >= checkpoints ? Interruption.HAND_OVER : Interruption.NONE;
            }
        };
    }

    public List<JobEvent> events() {
        return events;
    }

    @Override
    public void emit(JobEvent event) {
        events.add(event);
    }

    @Override
    public Interruption interruption() {
        return wish != Interruption.NONE && asked++ >= afterSteps ? wish : Interruption.NONE;
    }

    @Override
    public void renew() {}
}
