package io.tenfold.method.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.train.PredictionFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The paired test on prediction files as they are written. */
class PairedTestTest {

    @TempDir
    Path root;

    private RowLosses losses(String... lines) throws IOException {
        return RowLosses.ofRuns(List.of(run(lines)));
    }

    private Path run(String... lines) throws IOException {
        Path folder = Files.createTempDirectory(root, "run");
        Files.writeString(
                folder.resolve(PredictionFiles.NAME), String.join("\n", lines).replace('\'', '"') + "\n");
        return folder;
    }

    private static PairedTest test(RowLosses one, RowLosses other) {
        return Objects.requireNonNull(PairedTest.of("a", one, "b", other, 1));
    }

    @Test
    void ofWordsThoseWithAnotherTagAreCounted() throws IOException {
        List<String> good = new ArrayList<>();
        List<String> bad = new ArrayList<>();
        for (int row = 0; row < 12; row++) {
            good.add("{'row':%d,'labels':['O','B','I'],'predicted':['O','B',null]}".formatted(row));
            bad.add("{'row':%d,'labels':['O','B','I'],'predicted':['B','O',null]}".formatted(row));
        }
        PairedTest test = test(losses(good.toArray(String[]::new)), losses(bad.toArray(String[]::new)));
        assertEquals("wrong words a row", test.of());
        assertEquals(-2, test.difference());
        assertTrue(test.p() < 0.005, "all twelve rows say the same: p = 2 / 4096, not " + test.p());
    }

    @Test
    void ofLabelsThePIsTheSignTests() throws IOException {
        // 5 rows of 5 in one direction: both signs of 2^5 draws are as large.
        List<String> right = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (int row = 0; row < 5; row++) {
            right.add("{'row':%d,'label':'x','predicted':'x'}".formatted(row));
            wrong.add("{'row':%d,'label':'x','predicted':'y'}".formatted(row));
        }
        PairedTest test = test(losses(wrong.toArray(String[]::new)), losses(right.toArray(String[]::new)));
        assertEquals("error rate", test.of());
        assertEquals(1, test.difference());
        assertEquals(2 / 32.0, test.p(), 0.01);
    }

    @Test
    void aRowsLossIsTheMeanOverRunsAndNumbersAreSquared() throws IOException {
        RowLosses two = RowLosses.ofRuns(
                List.of(run("{'row':0,'label':1.0,'predicted':3.0}"), run("{'row':0,'label':1.0,'predicted':1.0}")));
        assertEquals(2, two.byRow().get(new RowLosses.Row("", 0)));
        assertEquals("squared error", two.of());
    }

    @Test
    void rowsArePairedByTaskAndNumberHoweverTheyAreOrdered() throws IOException {
        RowLosses one = losses(
                "{'task':'b','row':0,'label':'x','predicted':'x'}", "{'task':'a','row':0,'label':'x','predicted':'y'}");
        RowLosses other = losses(
                "{'task':'a','row':0,'label':'x','predicted':'y'}", "{'task':'b','row':0,'label':'x','predicted':'x'}");
        PairedTest test = test(one, other);
        assertEquals(2, test.rows());
        assertEquals(0, test.difference());
        assertEquals(1, test.p());
    }

    @Test
    void ofTwoDomainsTheTargetsRowsAreTested() throws IOException {
        RowLosses losses = losses(
                "{'domain':'source','row':0,'label':'x','predicted':'y'}",
                "{'domain':'target','row':0,'label':'x','predicted':'x'}");
        assertEquals(1, losses.byRow().size());
        assertEquals(0, losses.byRow().get(new RowLosses.Row("target", 0)));
    }

    @Test
    void squaredErrorsBesideLabelsAreInUnitsOfTheirVariance() throws IOException {
        RowLosses losses = losses(
                "{'task':'n','row':0,'label':0.0,'predicted':10.0}",
                "{'task':'n','row':1,'label':20.0,'predicted':20.0}",
                "{'task':'c','row':0,'label':'x','predicted':'y'}");
        assertEquals(1, losses.byRow().get(new RowLosses.Row("n", 0)), "as far off as the mean would be");
        assertEquals(1, losses.byRow().get(new RowLosses.Row("c", 0)));
        assertEquals("row loss", losses.of());
    }

    @Test
    void withoutRowsThereIsNoTest() throws IOException {
        RowLosses none = RowLosses.ofRuns(List.of());
        assertNull(PairedTest.of("a", none, "b", none, 1));
    }
}
