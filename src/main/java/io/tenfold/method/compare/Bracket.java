package io.tenfold.method.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Who is in which round of successive halving, and where the outcomes of a round stand among all. Without halving there is one
 * round. Who goes on is worked out once for each round: outcomes never change.
 */
final class Bracket {

    private final int seeds;
    private final List<Round> rounds;
    private final List<List<Integer>> fields = new ArrayList<>();

    /**
     * A round of the race.
     *
     * @param candidates how many are in it
     * @param share of their steps that they have made at its end
     */
    record Round(int candidates, double share) {}

    /** The score of the outcome that stands at a place among all. */
    @FunctionalInterface
    interface Scores {
        double at(int index);
    }

    Bracket(CompareConfig config) {
        seeds = config.seeds();
        rounds = rounds(config);
        fields.add(IntStream.range(0, config.candidates().size()).boxed().toList());
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

    List<Round> rounds() {
        return rounds;
    }

    Round round(int number) {
        return rounds.get(number);
    }

    /** Where an outcome stands. */
    int index(int round, int place, int seed) {
        int before = 0;
        for (int i = 0; i < round; i++) {
            before += rounds.get(i).candidates();
        }
        return (before + place) * seeds + seed;
    }

    /**
     * The candidates of a round, in the order in which they run: those that did best come first.
     *
     * @param scores of the rounds before
     * @param best better scores first
     */
    List<Integer> field(int round, Scores scores, Comparator<Double> best) {
        while (fields.size() <= round) {
            int before = fields.size() - 1;
            List<Integer> in = fields.get(before);
            List<Double> means = IntStream.range(0, in.size())
                    .mapToObj(place -> mean(before, place, scores))
                    .toList();
            fields.add(IntStream.range(0, in.size())
                    .boxed()
                    .sorted(Comparator.comparing(means::get, best))
                    .map(in::get)
                    .limit(rounds.get(before + 1).candidates())
                    .toList());
        }
        return fields.get(round);
    }

    private double mean(int round, int place, Scores scores) {
        return IntStream.range(0, seeds)
                        .mapToDouble(seed -> scores.at(index(round, place, seed)))
                        .sum()
                / seeds;
    }
}
