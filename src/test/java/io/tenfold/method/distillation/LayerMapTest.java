package io.tenfold.method.distillation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerMapTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // scripts/extract_distilbert.py of Sanh et al.
                "6 | 12 | [0, 2, 4, 7, 9, 11]",
                "12 | 12 | [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]",
                "3 | 12 | [0, 6, 11]",
                "2 | 12 | [0, 11]",
                "1 | 12 | [0]",
                "2 | 3 | [0, 2]",
                "4 | 6 | [0, 2, 3, 5]",
            })
    void layersAreChosenAsDistilBertsAuthorsDid(int count, int layers, String chosen) {
        assertEquals(chosen, LayerMap.uniform(count, layers).toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'uniform' | 6 | 12 | 0-0 1-2 2-4 3-7 4-9 5-11",
                "'uniform' | 1 | 12 | 0-11",
                "null | 2 | 4 | 0-0 1-3",
                "'last' | 6 | 12 | 5-11",
                "[3, 7, 11] | 3 | 12 | 0-3 1-7 2-11",
                "[[2, 11], [0, 3]] | 3 | 12 | 2-11 0-3",
                "[1.0] | 1 | 3 | 0-1",
            })
    void aMapNamesPairs(String map, int student, int teacher, String pairs) throws IOException {
        Fields fields = fields(map);
        List<LayerMap.Pair> read = LayerMap.read(fields).pairs(student, teacher);
        assertEquals(List.of(), fields.errors());
        assertEquals(
                pairs,
                String.join(
                        " ",
                        read.stream().map(p -> p.student() + "-" + p.teacher()).toList()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[3, 7] | method.hidden.layer_map has 2 layers, but the student has 3; name one for each, or give pairs",
                "[3, 7, 12] | method.hidden.layer_map names layer 12 of the teacher, which has 12 layers, 0 to 11",
                "[[3, 1]] | method.hidden.layer_map names layer 3 of the student, which has 3 layers, 0 to 2",
            })
    void aLayerThatIsNotThereIsRefused(String map, String message) throws IOException {
        LayerMap read = LayerMap.read(fields(map));
        JobException refused = assertThrows(JobException.class, () -> read.pairs(3, 12));
        assertEquals("method.hidden.layer_map", refused.param());
        assertTrue(String.valueOf(refused.getMessage()).startsWith(message), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'first'",
                "3",
                "[]",
                "[-1]",
                "[0.5]",
                "[1, [0, 1]]",
                "[[0, 1], 2]",
                "[[0, 1, 2]]",
                "{'0': 1}",
                "[null]",
                "''"
            })
    void whatIsNoMapIsRefused(String map) throws IOException {
        Fields fields = fields(map);
        LayerMap.read(fields);
        assertEquals(1, fields.errors().size(), map);
        assertTrue(fields.errors().getFirst().message().contains("[1, 3, 5]"));
    }

    @Test
    void aLayerOfTheStudentHasOneTeacher() throws IOException {
        Fields fields = fields("[[0, 1], [0, 2]]");
        LayerMap.read(fields);
        assertTrue(fields.errors().getFirst().message().contains("two pairs for the student's layer 0"));
    }

    private static Fields fields(String map) throws IOException {
        return new Fields(new ObjectMapper().readTree("{\"layer_map\": %s}".formatted(map.replace('\'', '"'))));
    }
}
