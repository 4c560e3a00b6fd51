package io.tenfold.localstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SupportMessagesTest {

    private static final String TRAIN = "support.train.csv";
    private static final String VALIDATION = "support.validation.csv";

    @Test
    void theGeneratorMakesTheCommittedFilesByteForByte() {
        SupportMessages.files().forEach((name, text) -> assertEquals(SupportMessages.resource(name), text, name));
    }

    @Test
    void thereAreSixClassesAndNoneIsNearAThird() {
        for (String file : List.of(TRAIN, VALIDATION)) {
            List<String> labels = rows(file).stream()
                    .map(row -> row.substring(row.lastIndexOf(',') + 1))
                    .toList();
            var counts = labels.stream().collect(Collectors.groupingBy(label -> label, Collectors.counting()));
            assertEquals(6, counts.size());
            counts.forEach((label, count) ->
                    assertTrue(count < 0.3 * labels.size() && count > 0.08 * labels.size(), label + " in " + file));
        }
    }

    @Test
    void noMessageStandsTwiceNorInBothFiles() {
        Set<String> seen = new HashSet<>();
        for (String file : List.of(TRAIN, VALIDATION)) {
            Set<String> here = new HashSet<>();
            rows(file).forEach(row -> assertTrue(here.add(row), () -> row + " stands twice in " + file));
            here.forEach(row -> assertTrue(seen.add(row), () -> row + " stands in both files"));
        }
    }

    private static List<String> rows(String file) {
        return SupportMessages.resource(file).lines().skip(1).toList();
    }
}
