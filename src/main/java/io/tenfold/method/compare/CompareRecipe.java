package io.tenfold.method.compare;

import io.tenfold.checkpoint.Manifest;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.MetricNames;
import io.tenfold.method.compare.CompareConfig.Candidate;
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
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The race: every run of every candidate, one after another. With halving there are rounds: in each, the runs of those that
 * are left go on to a larger share of their steps, from where they stopped.
 */
final class CompareRecipe implements Recipe {

    private final CompareConfig config;
    private final List<Runner> runners;
    private final List<Round> rounds;
    private @Nullable SharedBase base;

    /**
     * One run of a candidate.
     *
     * @param number of the candidate, from 0
     * @param seed from 0
     * @param request that would make the run alone
     */
    record Runner(Candidate candidate, int number, int seed, FineTuneRequest request, Recipe recipe) {

        /** What the candidate's stages work with. */
        Inputs inputs(Inputs job, SharedBase base) {
            String prefix = "candidates[%d].".formatted(number);
            Map<String, Path> own = new TreeMap<>();
            job.folders().forEach((option, folder) -> {
                if (option.startsWith(prefix)) {
                    own.put(option.substring(prefix.length()), folder);
                }
            });
            return new Inputs(
                    request,
                    job.modelFolder(),
                    job.tokenizer(),
                    job.tasks(),
                    job.target(),
                    job.heads(),
                    own,
                    job.workFolder(),
                    job.backend(),
                    base);
        }
    }

    /**
     * A round of the race.
     *
     * @param candidates how many are in it
     * @param share of their steps that they have made at its end
     */
    record Round(int candidates, double share) {}

    CompareRecipe(CompareConfig config, List<Runner> runners) {
        this.config = config;
        this.runners = List.copyOf(runners);
        rounds = rounds(config);
    }

    /** From all candidates down to those that fit into one round more, each time divided by the factor, at least two. */
    static List<Round> rounds(CompareConfig config) {
        List<Integer> counts = new ArrayList<>(List.of(config.candidates().size()));
        while (config.halving() && counts.getLast() > 2) {
            counts.add(Math.max(2, Math.ceilDiv(counts.getLast(), config.reductionFactor())));
        }
        List<Round> rounds = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
            rounds.add(new Round(counts.get(i), Math.pow(config.reductionFactor(), i - (counts.size() - 1.0))));
        }
        return rounds;
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
        for (int round = 0; round < rounds.size(); round++) {
            for (int place = 0; place < rounds.get(round).candidates(); place++) {
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
        }
        return runner.inputs(job, base);
    }

    private String name(Runner runner, @Nullable String more) {
        String label = runner.candidate().label();
        String seeded = config.seeds() == 1
                ? label
                : "%s/seed-%d".formatted(label, runner.request().training().seed());
        return more == null ? seeded : seeded + "/" + more;
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
            return CompareRecipe.this.name(runner, stage.name());
        }

        @Override
        public String name(List<StageOutcome> done) {
            return CompareRecipe.this.name(runner, stage.name(own(done)));
        }

        @Override
        public Inputs inputs(Inputs job, List<StageOutcome> done) {
            return stage.inputs(inputsOf(runner, job), own(done));
        }

        @Override
        public Span span(List<StageOutcome> done) {
            return stage.span(own(done));
        }

        @Override
        public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
            return stage.prepare(inputs, own(done));
        }

        private List<StageOutcome> own(List<StageOutcome> done) {
            return done.subList(first, done.size());
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
            return CompareRecipe.this.name(runner(done), "round-" + (round + 1));
        }

        @Override
        public Inputs inputs(Inputs job, List<StageOutcome> done) {
            return only(done).inputs(inputsOf(runner(done), job), List.of());
        }

        @Override
        public Span span(List<StageOutcome> done) {
            Path from = round == 0
                    ? null
                    : of(done, round - 1, candidate(done), seed).state();
            return new Span(from, rounds.get(round).share());
        }

        @Override
        public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
            return only(done).prepare(inputs, List.of());
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

    /** The candidates of a round of halving, in the order in which they run: those that did best come first. */
    private List<Integer> field(List<StageOutcome> done, int round) {
        List<Integer> field = new ArrayList<>();
        for (int i = 0; i < config.candidates().size(); i++) {
            field.add(i);
        }
        for (int before = 0; before < round; before++) {
            int played = before;
            Map<Integer, Double> scores = new LinkedHashMap<>();
            List<Integer> in = List.copyOf(field);
            in.forEach(candidate -> scores.put(candidate, meanScore(done, in, played, candidate)));
            field.sort(Comparator.comparing((Integer candidate) -> scores.getOrDefault(candidate, Double.NaN), best()));
            field = new ArrayList<>(field.subList(0, rounds.get(before + 1).candidates()));
        }
        return field;
    }

    private double meanScore(List<StageOutcome> done, List<Integer> in, int round, int candidate) {
        double sum = 0;
        for (int seed = 0; seed < config.seeds(); seed++) {
            sum += score(
                    done.get(index(round, in.indexOf(candidate), seed)).result().metrics());
        }
        return sum / config.seeds();
    }

    /** Where a heat's outcome stands. */
    private int index(int round, int place, int seed) {
        int before = 0;
        for (int i = 0; i < round; i++) {
            before += rounds.get(i).candidates();
        }
        return (before + place) * config.seeds() + seed;
    }

    private StageOutcome of(List<StageOutcome> done, int round, int candidate, int seed) {
        return done.get(index(round, field(done, round).indexOf(candidate), seed));
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
        Race race =
                new Race(config, metric(), best(), results, inputs.options().seed());
        CandidateResult winner = race.winner();
        CandidateResult.Run published = winner.bestRun(best());
        List<Besides> besides = new ArrayList<>(published.finish().besides());
        for (CandidateResult result : results) {
            if (!race.won(result)) {
                CandidateResult.Run best = result.bestRun(best());
                besides.add(new Besides(
                        "candidates/" + result.candidate().label(),
                        best.finish().published(),
                        best.runner().request()));
            }
        }
        Map<String, Object> metrics = new LinkedHashMap<>(published.finish().metrics());
        metrics.putAll(race.metrics());
        Report.write(published.finish().published().folder(), inputs.request(), race);
        return new Finish(published.finish().published(), metrics, besides);
    }

    private List<CandidateResult> results(Inputs inputs, List<StageOutcome> done) {
        List<CandidateResult> results = new ArrayList<>();
        for (int candidate = 0; candidate < config.candidates().size(); candidate++) {
            List<CandidateResult.Run> runs = new ArrayList<>();
            int last = lastRound(done, candidate);
            for (int seed = 0; seed < config.seeds(); seed++) {
                Runner runner = runners.get(candidate * config.seeds() + seed);
                List<StageOutcome> own = config.halving() ? heats(done, candidate, seed, last) : whole(done, runner);
                Finish finish = runner.recipe()
                        .finish(inputsOf(runner, inputs), config.halving() ? List.of(own.getLast()) : own);
                runs.add(new CandidateResult.Run(
                        runner,
                        finish,
                        score(finish.metrics()),
                        own.stream().mapToDouble(StageOutcome::seconds).sum(),
                        own.stream()
                                .mapToLong(StageOutcome::peakMemoryBytes)
                                .max()
                                .orElse(0),
                        Manifest.bytes(finish.published().folder())));
            }
            results.add(new CandidateResult(
                    config.candidates().get(candidate),
                    metric(),
                    runs,
                    rounds.get(last).share(),
                    last == rounds.size() - 1));
        }
        return results;
    }

    private int lastRound(List<StageOutcome> done, int candidate) {
        int last = 0;
        while (config.halving()
                && last + 1 < rounds.size()
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

    private List<StageOutcome> whole(List<StageOutcome> done, Runner runner) {
        int from = 0;
        for (Runner before : runners.subList(0, runners.indexOf(runner))) {
            from += before.recipe().stages().size();
        }
        return done.subList(from, from + runner.recipe().stages().size());
    }
}
