package io.tenfold.method.compare;

import io.tenfold.checkpoint.Manifest;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.MetricNames;
import io.tenfold.train.Inputs;
import io.tenfold.train.Recipe;
import io.tenfold.train.Scored;
import io.tenfold.train.SharedBase;
import io.tenfold.train.Stage;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The race: every run of every candidate, one after another. With halving there are rounds: in each, the runs of those that
 * are left go on to a larger share of their steps, from where they stopped.
 */
final class CompareRecipe implements Recipe {

    private final CompareConfig config;
    private final List<Runner> runners;
    private final Bracket bracket;
    private @Nullable SharedBase base;

    CompareRecipe(CompareConfig config, List<Runner> runners) {
        this.config = config;
        this.runners = List.copyOf(runners);
        bracket = new Bracket(config);
    }

    @Override
    public List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        if (!config.halving()) {
            for (Runner runner : runners) {
                int first = stages.size();
                for (Stage stage : runner.recipe().stages()) {
                    stages.add(new Whole(runner, stage, first));
                }
            }
            return stages;
        }
        for (int round = 0; round < bracket.rounds().size(); round++) {
            for (int place = 0; place < bracket.round(round).candidates(); place++) {
                for (int seed = 0; seed < config.seeds(); seed++) {
                    stages.add(new Heat(round, place, seed));
                }
            }
        }
        return stages;
    }

    private Inputs inputsOf(Runner runner, Inputs job) {
        if (base == null) {
            base = SharedBase.of(job);
            check(job, base);
        }
        return runner.inputs(job, base);
    }

    /** Asks every candidate for what it finds wrong before its first step, so that none fails after others ran for hours. */
    private void check(Inputs job, SharedBase shared) {
        for (Runner runner : runners) {
            if (runner.seed() == 0) {
                if (runner.model() != null) {
                    checkTokenizer(runner, job);
                }
                Stage first = runner.recipe().stages().getFirst();
                Inputs _ = runner.named(() -> first.inputs(runner.inputs(job, shared), List.of()));
            }
        }
    }

    private static void checkTokenizer(Runner runner, Inputs job) {
        String location = runner.request().model();
        try (TextTokenizer own = TextTokenizer.open(runner.modelFolder(job), location)) {
            String token = job.tokenizer().firstDifference(own);
            if (token != null) {
                throw new JobException(
                        ErrorCode.BAD_MODEL,
                        "method.candidates[%d].%s".formatted(runner.number(), runner.model()),
                        "candidate %s: %s has another vocabulary than %s: the token %s is number %d of the one and %d of the other (-1: it is not there); candidates read the same rows, run it as a job of its own"
                                .formatted(
                                        runner.candidate().label(),
                                        location,
                                        job.request().model(),
                                        token,
                                        own.id(token),
                                        job.tokenizer().id(token)));
            }
        }
    }

    /** How events call a run. */
    private String name(Runner runner) {
        String label = runner.candidate().label();
        return config.seeds() == 1
                ? label
                : "%s/seed-%d".formatted(label, runner.request().training().seed());
    }

    /** A candidate's own stage, run whole. */
    private final class Whole implements Stage {
        private final Runner runner;
        private final Stage stage;
        private final int first;

        Whole(Runner runner, Stage stage, int first) {
            this.runner = runner;
            this.stage = stage;
            this.first = first;
        }

        @Override
        public String name() {
            return runner.stageName(CompareRecipe.this.name(runner), stage.name());
        }

        @Override
        public String name(List<StageOutcome> done) {
            return runner.stageName(CompareRecipe.this.name(runner), stage.name(own(done)));
        }

        @Override
        public Inputs inputs(Inputs job, List<StageOutcome> done) {
            Inputs all = inputsOf(runner, job);
            return runner.named(() -> stage.inputs(all, own(done)));
        }

        @Override
        public Span span(List<StageOutcome> done) {
            return stage.span(own(done));
        }

        @Override
        public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
            return runner.named(() -> stage.prepare(inputs, own(done)));
        }

        private List<StageOutcome> own(List<StageOutcome> done) {
            return runner.alone(CompareRecipe.this.name(runner), done.subList(first, done.size()));
        }
    }

    /** In a round of halving: the run of whoever came in at a place of the round before. */
    private final class Heat implements Stage {
        private final int round;
        private final int place;
        private final int seed;

        Heat(int round, int place, int seed) {
            this.round = round;
            this.place = place;
            this.seed = seed;
        }

        @Override
        public String name() {
            return "round-%d/place-%d/seed-%d".formatted(round + 1, place + 1, seed);
        }

        @Override
        public String name(List<StageOutcome> done) {
            Runner runner = runner(done);
            return runner.stageName(CompareRecipe.this.name(runner), "round-" + (round + 1));
        }

        @Override
        public Inputs inputs(Inputs job, List<StageOutcome> done) {
            Inputs all = inputsOf(runner(done), job);
            return runner(done).named(() -> only(done).inputs(all, List.of()));
        }

        @Override
        public Span span(List<StageOutcome> done) {
            Path from = round == 0
                    ? null
                    : of(done, round - 1, candidate(done), seed).state();
            return new Span(from, bracket.round(round).share());
        }

        @Override
        public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
            return runner(done).named(() -> only(done).prepare(inputs, List.of()));
        }

        private Stage only(List<StageOutcome> done) {
            return runner(done).recipe().stages().getFirst();
        }

        private Runner runner(List<StageOutcome> done) {
            return runners.get(candidate(done) * config.seeds() + seed);
        }

        private int candidate(List<StageOutcome> done) {
            return field(done, round).get(place);
        }
    }

    /** The candidates of a round of halving: those that did best come first. */
    private List<Integer> field(List<StageOutcome> done, int round) {
        return bracket.field(round, index -> score(done.get(index).result().metrics()), best());
    }

    private StageOutcome of(List<StageOutcome> done, int round, int candidate, int seed) {
        return done.get(bracket.index(round, field(done, round).indexOf(candidate), seed));
    }

    /** The metric that everything is judged by. */
    String metric() {
        return runners.getFirst().request().metric();
    }

    double score(Map<String, Object> metrics) {
        return Scored.score(metrics, metric());
    }

    /** Better scores first; what is not a number last. */
    Comparator<Double> best() {
        Comparator<Double> order =
                MetricNames.lowerIsBetter(metric()) ? Comparator.naturalOrder() : Comparator.reverseOrder();
        return Comparator.comparing((Double score) -> score.isNaN()).thenComparing(order);
    }

    @Override
    public Finish finish(Inputs inputs, List<StageOutcome> done) {
        List<CandidateResult> results = results(inputs, done);
        Race race = new Race(config, metric(), best(), results, inputs.options().seed());
        CandidateResult winner = race.winner();
        CandidateResult.Run published = winner.bestRun(best());
        List<Besides> besides = new ArrayList<>(published.finish().besides());
        for (CandidateResult result : results) {
            if (!race.won(result)) {
                besides.addAll(besides(result.bestRun(best()), inputs));
            }
        }
        Map<String, Object> metrics = new LinkedHashMap<>(published.finish().metrics());
        metrics.putAll(race.metrics());
        Report.write(published.finish().published().folder(), inputs.request(), race);
        return new Finish(published.finish().published(), metrics, besides);
    }

    /** A candidate that did not win, with what it would have published beside its artifact. */
    private static List<Besides> besides(CandidateResult.Run run, Inputs job) {
        String name = "candidates/" + run.runner().candidate().label();
        List<Besides> all = new ArrayList<>();
        for (Besides further : run.finish().besides()) {
            all.add(new Besides(
                    name + "/" + further.name(), further.outcome(), further.request(), further.modelFolder()));
        }
        all.add(new Besides(
                name,
                run.finish().published(),
                run.runner().request(),
                run.runner().modelFolder(job)));
        return all;
    }

    private List<CandidateResult> results(Inputs inputs, List<StageOutcome> done) {
        List<CandidateResult> results = new ArrayList<>();
        int first = 0;
        for (int candidate = 0; candidate < config.candidates().size(); candidate++) {
            List<CandidateResult.Run> runs = new ArrayList<>();
            int last = lastRound(done, candidate);
            for (int seed = 0; seed < config.seeds(); seed++) {
                Runner runner = runners.get(candidate * config.seeds() + seed);
                int stages = runner.recipe().stages().size();
                runs.add(
                        config.halving()
                                ? run(runner, inputs, heats(done, candidate, seed, last))
                                : run(runner, inputs, done.subList(first, first + stages)));
                first += stages;
            }
            results.add(new CandidateResult(
                    config.candidates().get(candidate),
                    metric(),
                    runs,
                    bracket.round(last).share(),
                    last == bracket.rounds().size() - 1));
        }
        return results;
    }

    private CandidateResult.Run run(Runner runner, Inputs inputs, List<StageOutcome> own) {
        Finish finish = runner.recipe()
                .finish(
                        inputsOf(runner, inputs),
                        config.halving()
                                ? List.of(own.getLast()
                                        .named(runner.recipe()
                                                .stages()
                                                .getFirst()
                                                .name()))
                                : runner.alone(name(runner), own));
        return new CandidateResult.Run(
                runner,
                finish,
                score(finish.metrics()),
                own.stream().mapToDouble(StageOutcome::seconds).sum(),
                own.stream().mapToLong(StageOutcome::peakMemoryBytes).max().orElse(0),
                Manifest.bytes(finish.published().folder()));
    }

    private int lastRound(List<StageOutcome> done, int candidate) {
        int last = 0;
        while (config.halving()
                && last + 1 < bracket.rounds().size()
                && field(done, last + 1).contains(candidate)) {
            last++;
        }
        return last;
    }

    private List<StageOutcome> heats(List<StageOutcome> done, int candidate, int seed, int last) {
        List<StageOutcome> heats = new ArrayList<>();
        for (int round = 0; round <= last; round++) {
            heats.add(of(done, round, candidate, seed));
        }
        return heats;
    }
}
