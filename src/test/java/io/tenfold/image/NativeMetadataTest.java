package io.tenfold.image;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The metadata of the native program names every class that is reached by name: by the native libraries, by our own code and
 * by Jackson. The truth is read from the libraries and from our classes, not written down twice.
 */
class NativeMetadataTest {

    private static final Path RESOURCES = Path.of("src/main/resources");
    private static final Path METADATA =
            RESOURCES.resolve("META-INF/native-image/io.tenfold/tenfold/reachability-metadata.json");

    private static final Map<String, JsonNode> TYPES = new HashMap<>();
    private static JsonNode metadata = MissingNode.getInstance();
    private static OurClasses ours;

    @BeforeAll
    static void read() throws IOException {
        metadata = new ObjectMapper().readTree(METADATA.toFile());
        metadata.path("reflection")
                .forEach(entry -> TYPES.put(entry.path("type").asText(), entry));
        ours = OurClasses.below(Path.of("target/classes/io/tenfold"));
    }

    @TestFactory
    Stream<DynamicTest> whatALibraryLooksUpIsThereForJni() {
        return NativeLibrary.ALL.stream()
                .map(library -> DynamicTest.dynamicTest(library.resource(), () -> {
                    Set<String> missing = new TreeSet<>(library.classes());
                    assertTrue(!missing.isEmpty(), "a library that knows no class was not read well");
                    missing.removeIf(name -> TYPES.containsKey(name)
                            && TYPES.get(name).path("jniAccessible").asBoolean());
                    assertEquals(Set.of(), missing);
                }));
    }

    @Test
    void classesAreFoundInAllKindsOfLibraries() throws IOException {
        assertTrue(NativeLibrary.ALL
                .getFirst()
                .classes()
                .containsAll(
                        List.of("ai.djl.engine.EngineException", "ai.djl.pytorch.jni.JniUtils", "org.slf4j.Logger")));
        assertTrue(
                NativeLibrary.ALL
                        .get(2)
                        .classes()
                        .containsAll(List.of("ai.djl.huggingface.tokenizers.jni.CharSpan", "java.lang.String")),
                "texts without an end");
    }

    /** Zstandard keeps pointers and positions in fields of the objects whose native methods are called; no name tells of them. */
    @Test
    void whatZstandardWritesIntoIsThereForJni() throws Exception {
        Set<String> missing = new TreeSet<>();
        Path jar = Path.of(
                Zstd.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : Collections.list(file.entries())) {
                if (entry.getName().endsWith(".class")) {
                    ClassModel model =
                            ClassFile.of().parse(file.getInputStream(entry).readAllBytes());
                    if (model.methods().stream()
                            .anyMatch(method -> method.flags().has(AccessFlag.NATIVE))) {
                        missing.add(model.thisClass().asInternalName().replace('/', '.'));
                    }
                }
            }
        }
        assertTrue(missing.contains("com.github.luben.zstd.ZstdDecompressCtx"), missing::toString);
        missing.removeIf(name ->
                TYPES.containsKey(name) && TYPES.get(name).path("jniAccessible").asBoolean());
        assertEquals(Set.of(), missing);
    }

    @Test
    void whatOurCodeLooksUpIsThere() {
        Set<String> names = ours.namedByForName();
        assertTrue(names.contains("sun.misc.Signal"), names::toString);
        names.removeIf(TYPES::containsKey);
        assertEquals(Set.of(), names);
    }

    @Test
    void whatJacksonBindsIsThereWithItsMembers() {
        Set<String> bound = ours.boundByJackson();
        assertTrue(
                bound.containsAll(List.of("io.tenfold.job.JobError", "io.tenfold.model.encoder.Bert$Config")),
                bound::toString);
        bound.removeIf(name -> Stream.of("allDeclaredConstructors", "allDeclaredMethods", "allDeclaredFields")
                .allMatch(members ->
                        TYPES.containsKey(name) && TYPES.get(name).path(members).asBoolean()));
        assertEquals(Set.of(), bound);
    }

    @Test
    void everyClassThatIsNamedExists() {
        for (String name : TYPES.keySet()) {
            String plain = name.endsWith("[]") ? name.substring(0, name.length() - 2) : name;
            if (!plain.isEmpty()) {
                assertDoesNotThrow(() -> Class.forName(plain, false, NativeMetadataTest.class.getClassLoader()), name);
            }
        }
    }

    @Test
    void everyFileBesideOurClassesIsAResource() throws IOException {
        Set<String> named = new TreeSet<>();
        metadata.path("resources").forEach(entry -> named.add(entry.path("glob").asText()));
        try (Stream<Path> files = Files.walk(RESOURCES.resolve("io"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = RESOURCES.relativize(file).toString().replace('\\', '/');
                assertTrue(named.contains(name), name);
            }
        }
    }

    @Test
    void everyForeignFunctionHasItsShape() {
        assertEquals(1, ours.downcalls());
        JsonNode downcalls = metadata.path("foreign").path("downcalls");
        assertEquals(1, downcalls.size());
        assertEquals("jint", downcalls.get(0).path("returnType").asText());
        assertEquals("jlong", downcalls.get(0).path("parameterTypes").get(0).asText());
    }
}
