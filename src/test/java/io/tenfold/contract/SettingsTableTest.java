package io.tenfold.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** Every setting of the program stands in the table of docs/operations.md, and no other one. */
class SettingsTableTest {

    private static final Pattern KEY = Pattern.compile("`(tenfold\\.[a-z0-9.-]+)`");

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.tenfold");

    @Test
    void theTableHoldsTheSettingsOfTheCode() throws IOException {
        // These stand in application.properties alone.
        Set<String> code =
                new TreeSet<>(Set.of("tenfold.kafka.group", "tenfold.log.json", "tenfold.telemetry.otlp-endpoint"));
        code.addAll(mapped());
        code.addAll(injected());
        assertEquals(code, table());
    }

    private static Set<String> mapped() {
        return OURS.stream()
                .filter(type -> type.isAnnotatedWith(ConfigMapping.class))
                .map(type -> ConfigMappings.ConfigClass.configClass(type.reflect()))
                .flatMap(config -> ConfigMappings.getProperties(config).keySet().stream())
                .filter(key -> !key.endsWith("[*]"))
                .collect(Collectors.toSet());
    }

    private static Set<String> injected() {
        return OURS.stream()
                .flatMap(type -> type.getCodeUnits().stream())
                .flatMap(method -> method.getParameters().stream())
                .filter(parameter -> parameter.isAnnotatedWith(ConfigProperty.class))
                .map(parameter ->
                        parameter.getAnnotationOfType(ConfigProperty.class).name())
                .filter(key -> key.startsWith("tenfold."))
                .collect(Collectors.toSet());
    }

    private static Set<String> table() throws IOException {
        return Files.readAllLines(Path.of("docs/operations.md")).stream()
                .filter(line -> line.startsWith("| `tenfold."))
                .map(line -> line.split("\\|", -1)[1])
                .flatMap(cell -> KEY.matcher(cell).results().map(key -> key.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
