package io.tenfold.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocationTest {

    @Test
    void eachSchemeIsTakenApart() {
        assertEquals(new Location.S3("s3://b-1/k/x", "b-1", "k/x"), Location.parse("s3://b-1/k/x/", "model"));
        assertEquals(
                new Location.Hub("hf://org/name", "models", "org/name", "main", ""),
                Location.parse("hf://org/name", "model"));
        assertEquals(
                new Location.Hub("hf://datasets/org/name@v1.0/a/b.csv", "datasets", "org/name", "v1.0", "a/b.csv"),
                Location.parse("hf://datasets/org/name@v1.0/a/b.csv", "model"));
        assertEquals(new Location.Local("file:a/b", "a/b"), Location.parse("file:a/b", "model"));
        assertEquals(new Location.Local("file:///a", "/a"), Location.parse("file:///a", "model"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "s3://",
                "s3://bucket",
                "s3://bucket/",
                "s3://UPPER/key",
                "s3://bucket/../other/key",
                "s3://bucket/a//b",
                "s3://bucket/a/./b",
                "s3:bucket/key",
                "hf://name",
                "hf://org/..",
                "hf://org/name/../../secret",
                "hf://datasets/org",
                "file:",
                "file://host/path",
                "gs://bucket/key",
                "s3://bucket/a\nb"
            })
    void whatIsNoLocationIsRefusedWithTheFieldAndAWayOut(String location) {
        JobException e = assertThrows(JobException.class, () -> Location.parse(location, "model"));
        assertEquals(ErrorCode.BAD_REQUEST, e.code());
        assertEquals("model", e.param());
    }

    @Property
    void anyTextIsALocationOrABadRequest(@ForAll String text) {
        try {
            Location location = Location.parse("s3://bucket/" + text, "model");
            assertTrue(location instanceof Location.S3 s3 && Location.staysBelow(s3.key()));
        } catch (JobException e) {
            assertEquals(ErrorCode.BAD_REQUEST, e.code());
        }
    }
}
