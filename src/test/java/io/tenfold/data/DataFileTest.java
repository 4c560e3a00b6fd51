package io.tenfold.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DataFileTest {

    @Test
    void theFormatFollowsFromTheExtension() {
        assertEquals(DataFormat.TSV, of("s3://data/sst2/train.tsv", null).format());
        assertEquals(
                DataFormat.PARQUET, of("s3://data/v1.2/TRAIN.PARQUET", null).format());
        assertEquals(DataFormat.JSONL, of("rows.jsonl", null).format());
    }

    @Test
    void aGivenFormatWins() {
        assertEquals(DataFormat.CSV, of("s3://data/train.txt", "csv").format());
    }

    @Test
    void anUnknownExtensionIsRefusedWithTheList() {
        JobException refused = assertThrows(JobException.class, () -> of("s3://data/train.csv.gz", null));
        assertEquals(ErrorCode.BAD_REQUEST, refused.code());
        assertEquals("data.train", refused.param());
        assertEquals(
                "s3://data/train.csv.gz ends in .gz, which is not a known format; known: csv, tsv, jsonl, json, parquet, conll, text; rename it or give format",
                refused.getMessage());
        assertEquals(
                "s3://v1.2/train has no extension; known: csv, tsv, jsonl, json, parquet, conll, text; rename it or give format",
                assertThrows(JobException.class, () -> of("s3://v1.2/train", null))
                        .getMessage());
    }

    @Test
    void aMistypedFormatIsAnsweredWithTheNearest() {
        assertEquals(
                "format jsnol is not known; it is one of csv, tsv, jsonl, json, parquet, conll, text; did you mean jsonl?",
                assertThrows(JobException.class, () -> of("train", "jsnol")).getMessage());
    }

    @Test
    void oneColumnCanNotBeTwoThings() {
        JobException refused =
                assertThrows(JobException.class, () -> new Columns("text", null, "text", "data.columns"));
        assertEquals(ErrorCode.BAD_REQUEST, refused.code());
        assertEquals("data.columns", refused.param());
    }

    private static DataFile of(String location, @Nullable String format) {
        return DataFile.of(Path.of("cache/17"), location, "data.train", format);
    }
}
