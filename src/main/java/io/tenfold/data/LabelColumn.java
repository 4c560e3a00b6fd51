package io.tenfold.data;

import io.tenfold.job.Suggest;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the values of one file's label column: class ids or scores. Ids of names that are found on the way are provisional until {@link #order}. */
final class LabelColumn {

    private final DataFile file;
    private final Targets targets;
    private final Map<String, Integer> ids = new HashMap<>();
    private final boolean found;
    private final int indices;

    LabelColumn(DataFile file, Targets targets) {
        this.file = file;
        this.targets = targets;
        List<String> names = targets.labels();
        names.forEach(name -> ids.putIfAbsent(name, ids.size()));
        found = names.isEmpty();
        indices = names.stream().allMatch(name -> number(name) == null) ? names.size() : 0;
    }

    /** The class id of a row; names that the request leaves out are numbered as they come. */
    int id(Example row) {
        return id(value(row), row.line(), "label");
    }

    /** The id of a word's tag, likewise. */
    int id(Sentence sentence, int word) {
        // A word has a line of its own in CoNLL files alone.
        long line = sentence.line() + (file.format() == DataFormat.CONLL ? word : 0);
        return id(Sentences.tag(sentence, word), line, "tag");
    }

    /** @param what it is, for messages */
    private int id(String value, long line, String what) {
        Integer id = ids.get(value);
        if (id != null) {
            return id;
        }
        if (found) {
            if (value.isEmpty()) {
                throw file.bad(line, "the %s is empty".formatted(what));
            }
            ids.put(value, ids.size());
            return ids.size() - 1;
        }
        int index = index(value);
        if (index >= 0) {
            return index;
        }
        String known = ids.keySet().stream()
                .sorted(Comparator.comparing(ids::get))
                .limit(20)
                .map(name -> Shown.value(name, 60))
                .collect(Collectors.joining(", "));
        throw file.bad(
                line,
                "%s \"%s\" is not one of %s%s%s"
                        .formatted(
                                what,
                                Shown.value(value, 60),
                                known,
                                ids.size() > 20 ? " and %d more".formatted(ids.size() - 20) : "",
                                Suggest.didYouMean(value, ids.keySet())));
    }

    /** The score of a row. */
    float score(Example row) {
        String value = value(row);
        BigDecimal number = number(value.strip());
        float score = number == null ? Float.NaN : (float) number.doubleValue();
        if (!Float.isFinite(score)) {
            throw file.bad(
                    row.line(),
                    "score \"%s\" is not a finite number such as 3.5; regression needs one in every row"
                            .formatted(Shown.value(value, 60)));
        }
        return score;
    }

    /** For every provisional id its final one: numbers by value, names by code point; the same id where names were given. */
    int[] order() {
        List<String> sorted = sorted();
        int[] order = new int[sorted.size()];
        for (int i = 0; i < order.length; i++) {
            order[ids.getOrDefault(sorted.get(i), i)] = i;
        }
        return order;
    }

    /** The targets with every class name, in the order of final ids. */
    Targets complete() {
        return switch (targets) {
            case Targets.Classes _ -> new Targets.Classes(sorted());
            case Targets.Tags _ -> new Targets.Tags(sorted());
            case Targets.Numbers _, Targets.Language _, Targets.Preference _, Targets.None _ -> targets;
        };
    }

    private List<String> sorted() {
        List<String> names = new ArrayList<>(ids.keySet());
        if (!found) {
            names.sort(Comparator.comparing(ids::get));
        } else if (names.stream().allMatch(name -> number(name) != null)) {
            names.sort(Comparator.comparing(LabelColumn::magnitude).thenComparing(Comparator.naturalOrder()));
        } else {
            names.sort((a, b) ->
                    Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray()));
        }
        return names;
    }

    private static String value(Example row) {
        String label = row.label();
        if (label == null) {
            throw new IllegalArgumentException("the columns name no label");
        }
        return label;
    }

    private static BigDecimal magnitude(String name) {
        BigDecimal number = number(name);
        return number == null ? BigDecimal.ZERO : number;
    }

    /** The place that a number such as {@code 2} or {@code 2.0} means, or -1. */
    private int index(String value) {
        BigDecimal number = number(value);
        if (number == null || number.signum() < 0 || number.compareTo(BigDecimal.valueOf(indices)) >= 0) {
            return -1;
        }
        int index = number.intValue();
        return number.compareTo(BigDecimal.valueOf(index)) == 0 ? index : -1;
    }

    private static @Nullable BigDecimal number(String value) {
        if (value.isEmpty() || value.length() > 60 || "+-.0123456789".indexOf(value.charAt(0)) < 0) {
            return null;
        }
        try {
            BigDecimal number = new BigDecimal(value);
            return Math.abs((long) number.scale()) > 1000 ? null : number;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
