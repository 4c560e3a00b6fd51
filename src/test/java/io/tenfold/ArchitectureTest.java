package io.tenfold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Our classes keep the rules; and every rule sees a class that breaks it, so that none of them is asleep. */
class ArchitectureTest {

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.tenfold");

    @TempDir
    Path planted;

    @TestFactory
    Stream<DynamicTest> ourClassesKeepTheRules() {
        return ArchitectureRules.all().entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(
                        rule.getKey(), () -> rule.getValue().check(OURS)));
    }

    @Test
    void everyForeignRoomIsSeenInEveryRoomAndNoAllowedOne() throws IOException {
        for (String room : ArchitectureRules.ROOMS.keySet()) {
            for (String other : ArchitectureRules.ROOMS.keySet()) {
                write("io.tenfold.%s.Visitor".formatted(room) + other, "io.tenfold.%s.Host".formatted(other));
            }
        }
        JavaClasses visitors = importPlanted();
        for (String room : ArchitectureRules.ROOMS.keySet()) {
            String seen = violations(ArchitectureRules.row(room), visitors);
            for (String other : ArchitectureRules.ROOMS.keySet()) {
                boolean allowed = other.equals(room)
                        || ArchitectureRules.ROOMS.getOrDefault(room, Set.of()).contains(other);
                assertEquals(!allowed, seen.contains("io.tenfold.%s.Host".formatted(other)), room + " and " + other);
            }
        }
    }

    @Test
    void everyVendorIsSeenInEveryRoomButItsOwn() throws IOException {
        for (String room : ArchitectureRules.ROOMS.keySet()) {
            int number = 0;
            for (ArchitectureRules.Vendor vendor : ArchitectureRules.VENDORS) {
                for (String pattern : vendor.packages()) {
                    write("io.tenfold.%s.Toucher".formatted(room) + number++, pattern.replace("..", ".deep.Thing"));
                }
            }
        }
        JavaClasses touchers = importPlanted();
        for (ArchitectureRules.Vendor vendor : ArchitectureRules.VENDORS) {
            List<String> seen = violations(ArchitectureRules.onlyTheirRoomsTouch(vendor), touchers)
                    .lines()
                    .toList();
            for (String room : ArchitectureRules.ROOMS.keySet()) {
                for (String pattern : vendor.packages()) {
                    boolean found = seen.stream()
                            .anyMatch(line -> line.contains("io.tenfold.%s.Toucher".formatted(room))
                                    && line.contains("<" + pattern.replace("..", ".deep.Thing")));
                    assertEquals(!vendor.rooms().contains(room), found, room + " and " + pattern);
                }
            }
        }
    }

    @Test
    void aClassOutsideTheRoomsIsSeen() throws IOException {
        plant("io.tenfold.util.Helper", "java.lang.String");
        assertSeen(ArchitectureRules.EVERYTHING_LIVES_IN_A_ROOM, "a room called util");
    }

    @Test
    void aMapperInTheDomainIsSeenAndAJsonNodeIsNot() throws IOException {
        plant("io.tenfold.job.Mapping", "com.fasterxml.jackson.databind.ObjectMapper");
        assertSeen(ArchitectureRules.THE_DOMAIN_KNOWS_ONLY_JAVA_AND_JSON_NODES, "ObjectMapper in job");
        plant("io.tenfold.job.Body", "com.fasterxml.jackson.databind.JsonNode");
        assertKept(ArchitectureRules.THE_DOMAIN_KNOWS_ONLY_JAVA_AND_JSON_NODES, "JsonNode in job");
    }

    @Test
    void aWorkerThatKnowsMessagingOrStorageIsSeen() throws IOException {
        for (String room : Set.of("messaging", "storage")) {
            plant("io.tenfold.worker.Impatient", "io.tenfold.%s.Port".formatted(room));
            assertSeen(ArchitectureRules.THE_WORKER_KNOWS_NEITHER_MESSAGING_NOR_STORAGE, room);
        }
    }

    @Test
    void twoRoomsThatImportEachOtherAreSeen() throws IOException {
        write("io.tenfold.model.Egg", "io.tenfold.train.Hen");
        write("io.tenfold.train.Hen", "io.tenfold.model.Egg");
        assertSeen(ArchitectureRules.ROOMS_HAVE_NO_CYCLES, "model and train");
    }

    @Test
    void aMethodThatKnowsASiblingIsSeen() throws IOException {
        write("io.tenfold.method.lora.Curious", "io.tenfold.method.adapter.Secret");
        write("io.tenfold.method.adapter.Secret", "java.lang.String");
        assertSeen(ArchitectureRules.METHODS_DO_NOT_KNOW_EACH_OTHER, "lora and adapter");
    }

    @Test
    void aPackageWithoutItsSignIsSeen() throws IOException {
        plant("io.tenfold.job.unsigned.Thing", "java.lang.String");
        assertSeen(ArchitectureRules.EVERY_PACKAGE_HAS_ITS_SIGN, "no package-info");
    }

    @Test
    void aClassThatPrintsIsSeenUnlessItIsACommand() throws IOException {
        plantPrinter("io.tenfold.train.Chatty");
        assertSeen(ArchitectureRules.ONLY_COMMANDS_PRINT, "train prints");
        plantPrinter("io.tenfold.cli.Answer");
        assertKept(ArchitectureRules.ONLY_COMMANDS_PRINT, "cli prints");
    }

    private static String violations(ArchRule rule, JavaClasses classes) {
        return String.join("\n", rule.evaluate(classes).getFailureReport().getDetails());
    }

    private void assertSeen(ArchRule rule, String what) {
        assertTrue(rule.evaluate(importPlanted()).hasViolation(), () -> "not seen: " + what);
    }

    private void assertKept(ArchRule rule, String what) {
        assertFalse(rule.evaluate(importPlanted()).hasViolation(), () -> "refused though allowed: " + what);
    }

    private JavaClasses importPlanted() {
        return new ClassFileImporter().importPath(planted);
    }

    /** The only planted class: it has a field of that type. */
    private void plant(String name, String fieldType) throws IOException {
        clear();
        write(name, fieldType);
    }

    private void write(String name, String fieldType) throws IOException {
        save(
                name,
                ClassFile.of()
                        .build(
                                ClassDesc.of(name),
                                type -> type.withField("planted", ClassDesc.of(fieldType), ClassFile.ACC_PRIVATE)));
    }

    private void plantPrinter(String name) throws IOException {
        clear();
        ClassDesc stream = ClassDesc.of("java.io.PrintStream");
        save(
                name,
                ClassFile.of()
                        .build(
                                ClassDesc.of(name),
                                type -> type.withMethodBody(
                                        "print",
                                        MethodTypeDesc.of(ConstantDescs.CD_void),
                                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                                        code -> code.getstatic(ClassDesc.of("java.lang.System"), "out", stream)
                                                .invokevirtual(
                                                        stream, "println", MethodTypeDesc.of(ConstantDescs.CD_void))
                                                .return_())));
    }

    private void save(String name, byte[] bytes) throws IOException {
        Path file = planted.resolve(name.replace('.', '/') + ".class");
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    private void clear() throws IOException {
        try (Stream<Path> files = Files.walk(planted)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }
}
