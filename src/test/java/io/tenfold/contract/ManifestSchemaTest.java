package io.tenfold.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.checkpoint.Manifest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A manifest as the code writes it is the schema's, field by field. */
class ManifestSchemaTest {

    @ParameterizedTest
    @EnumSource(Manifest.Kind.class)
    void aWrittenManifestIsValidAndHasAllFields(Manifest.Kind kind) {
        Manifest manifest = new Manifest(
                1,
                kind,
                "job-1",
                "0f".repeat(32),
                2,
                "2026-03-01T12:00:00Z",
                List.of(new Manifest.FileEntry("heads/news.safetensors", 10, "ab".repeat(32))));
        JsonNode written = Contract.json(new String(manifest.toJson(), StandardCharsets.UTF_8));
        JsonNode properties = Contract.file("manifest.schema.json").path("properties");
        assertEquals(List.of(), Contract.errors("manifest.schema.json", written));
        assertEquals(Contract.names(written), Contract.names(properties));
        assertEquals(
                Contract.names(written.path("files").path(0)),
                Contract.names(properties.at("/files/items/properties")));
        assertEquals(
                Arrays.stream(Manifest.Kind.values()).map(Manifest.Kind::wire).toList(),
                properties
                        .at("/kind/enum")
                        .valueStream()
                        .map(JsonNode::textValue)
                        .toList());
    }
}
