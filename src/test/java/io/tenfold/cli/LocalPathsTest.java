package io.tenfold.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LocalPathsTest {

    private static final Path HERE = Path.of("/home/ada/work");

    @Test
    void plainPathsAndFileLocationsAreTakenFromTheWorkingDirectory() {
        assertEquals("file:/home/ada/work/out", LocalPaths.resolve("out", HERE));
        assertEquals("file:/home/ada/data.csv", LocalPaths.resolve("../data.csv", HERE));
        assertEquals("file:/home/ada/work/out", LocalPaths.resolve("file:out", HERE));
        assertEquals("file:/data/a.csv", LocalPaths.resolve("file:///data/a.csv", HERE));
        assertEquals("file:/data/a.csv", LocalPaths.resolve("/data/a.csv", HERE));
    }

    @Test
    void otherSchemesStayAsTheyAre() {
        assertEquals("s3://models/minilm", LocalPaths.resolve("s3://models/minilm", HERE));
        assertEquals("hf://org/name", LocalPaths.resolve("hf://org/name", HERE));
    }

    @Test
    void onlyLocationsOfARequestChange() throws Exception {
        ObjectNode request = (ObjectNode) Json.MAPPER.readTree("""
                {"id": "a", "model": "m", "output": "o", "metadata": {"model": "kept"},
                 "data": {"train": "t.csv", "columns": {"text": "t"}, "tasks": [{"name": "n", "train": "u.csv"}]},
                 "method": {"name": "lora", "merge_adapters": {"adapters": ["x"]}}}
                """);
        assertEquals(Json.MAPPER.readTree("""
                {"id": "a", "model": "file:/home/ada/work/m", "output": "file:/home/ada/work/o", "metadata": {"model": "kept"},
                 "data": {"train": "file:/home/ada/work/t.csv", "columns": {"text": "t"},
                          "tasks": [{"name": "n", "train": "file:/home/ada/work/u.csv"}]},
                 "method": {"name": "lora", "merge_adapters": {"adapters": ["file:/home/ada/work/x"]}}}
                """), LocalPaths.resolve(request, HERE));
        assertEquals("m", request.path("model").asText());
    }
}
