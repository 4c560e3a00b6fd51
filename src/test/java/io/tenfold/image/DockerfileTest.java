package io.tenfold.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every image keeps the policies; and each policy sees an image that breaks it. */
class DockerfileTest {

    private static final Path FOLDER = Path.of("src/main/docker");

    /** What others than Tenfold read: the system, Java, DJL, NVIDIA's runtime. */
    private static final Set<String> FOREIGN = Set.of(
            "LANG",
            "LD_LIBRARY_PATH",
            "JDK_JAVA_OPTIONS",
            "DJL_CACHE_DIR",
            "DJL_OFFLINE",
            "PYTORCH_LIBRARY_PATH",
            "PYTORCH_FLAVOR",
            "RUST_LIBRARY_PATH",
            "NVIDIA_VISIBLE_DEVICES",
            "NVIDIA_DRIVER_CAPABILITIES");

    private static final Set<String> LABELS =
            Set.of("title", "description", "version", "revision", "created", "licenses");

    static Stream<Path> dockerfiles() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(FOLDER)) {
            files = all.filter(file -> file.getFileName().toString().startsWith("Dockerfile."))
                    .toList();
        }
        assertEquals(3, files.size());
        return files.stream();
    }

    @ParameterizedTest
    @MethodSource("dockerfiles")
    void everyImageKeepsThePolicies(Path file) throws IOException {
        assertEquals(List.of(), problems(Dockerfile.read(file)));
    }

    @Test
    void everyPolicyIsAwake() {
        String bad = """
                ARG BASE=docker.io/library/debian:latest
                FROM ${BASE} AS early
                FROM debian
                LABEL org.opencontainers.image.title="x"
                ENV TENFOLD_STORAGE_CACHE_DIRECTORY=/x
                ADD https://example.org/x /x
                USER root
                ENTRYPOINT java -jar x.jar
                """;
        List<String> problems = problems(Dockerfile.of(bad));
        for (String part : List.of(
                "debian:latest",
                "base debian has no tag",
                "label revision",
                "TENFOLD_STORAGE_CACHE_DIRECTORY",
                "ADD",
                "user",
                "DJL_OFFLINE",
                "DJL_CACHE_DIR",
                "exec form",
                "CMD",
                "HEALTHCHECK")) {
            assertTrue(problems.stream().anyMatch(problem -> problem.contains(part)), part + " in " + problems);
        }
    }

    @Test
    void javaGetsTheFlagsOfTheLauncher() throws IOException {
        String launcher = Files.readString(Path.of("tenfold"));
        Matcher runJava = Pattern.compile("bin/java\" (.*?) \\\\\n").matcher(launcher);
        assertTrue(runJava.find());
        Set<String> flags = new TreeSet<>(List.of(runJava.group(1).split(" ", -1)));
        for (String kind : List.of("jvm", "gpu")) {
            Dockerfile image =
                    Dockerfile.read(FOLDER.resolve("Dockerfile." + kind)).image();
            Set<String> own = new TreeSet<>(words(image.all("ENTRYPOINT").getFirst()));
            assertTrue(own.removeAll(Set.of("java", "-jar", "/opt/tenfold/app/quarkus-run.jar")));
            assertTrue(own.remove("-XX:AOTCache=/opt/tenfold/tenfold.aot"));
            own.add(image.named("ENV").getOrDefault("JDK_JAVA_OPTIONS", ""));
            assertEquals(flags, own, kind);
            // A cache is of use only to a Java with the collector that it was made with.
            String training = image.all("RUN").stream()
                    .filter(run -> run.contains("AOTCacheOutput"))
                    .findFirst()
                    .orElse("");
            assertTrue(training.contains("TENFOLD_CLUSTER=false"), "or it can't be built in a cluster");
            flags.stream()
                    .filter(flag -> !flag.startsWith("-Xmx"))
                    .forEach(flag -> assertTrue(training.contains(flag), flag));
        }
    }

    @Test
    void theContextHoldsWhatIsCopiedAndNoMore() throws IOException {
        List<String> ignore = Files.readAllLines(Path.of(".dockerignore"));
        assertTrue(ignore.contains("*"));
        for (Path file : dockerfiles().toList()) {
            for (String copy : Dockerfile.read(file).all("COPY")) {
                if (!copy.startsWith("--from")) {
                    String source = copy.split("\\s+", -1)[0];
                    assertTrue(
                            ignore.stream()
                                    .filter(line -> line.startsWith("!"))
                                    .map(line -> line.substring(1))
                                    .anyMatch(kept -> source.equals(kept) || source.startsWith(kept + "/")),
                            source);
                    assertTrue(source.startsWith("target/") || Files.exists(Path.of(source)), source);
                }
            }
        }
    }

    private static List<String> problems(Dockerfile file) {
        List<String> problems = new ArrayList<>();
        Dockerfile image = file.image();
        for (String base : file.bases()) {
            if (!base.matches("\\S+:\\S+")) {
                problems.add("base " + base + " has no tag");
            } else if (base.endsWith(":latest")) {
                problems.add("base " + base + " is another one every day");
            }
        }
        if (!image.all("USER").equals(List.of("10001:10001"))) {
            problems.add("the user is " + image.all("USER"));
        }
        for (String label : LABELS) {
            if (!image.named("LABEL").containsKey("org.opencontainers.image." + label)) {
                problems.add("label " + label + " is missing");
            }
        }
        image.named("ENV").keySet().stream()
                .filter(name -> !FOREIGN.contains(name) && !settings().contains(name))
                .forEach(name -> problems.add(name + " is no setting"));
        if (!"true".equals(image.named("ENV").get("DJL_OFFLINE"))) {
            problems.add("without DJL_OFFLINE=true a start may download");
        }
        if (!image.named("ENV").containsKey("DJL_CACHE_DIR")) {
            problems.add("without DJL_CACHE_DIR a start unpacks libraries");
        }
        if (!file.all("ADD").isEmpty()) {
            problems.add("ADD fetches or unpacks without saying so; COPY does not");
        }
        if (!image.all("ENTRYPOINT").stream().allMatch(entry -> entry.startsWith("["))
                || image.all("ENTRYPOINT").isEmpty()) {
            problems.add("the entry point is not in exec form: a shell would keep SIGTERM from the program");
        }
        if (!image.all("CMD").equals(List.of("[\"worker\"]"))) {
            problems.add("CMD is not worker");
        }
        if (!image.all("HEALTHCHECK").equals(List.of("NONE"))) {
            problems.add("HEALTHCHECK is not NONE");
        }
        return problems;
    }

    /** The keys of docs/operations.md as environment variables. */
    private static Set<String> settings() {
        try {
            Set<String> names = new TreeSet<>();
            Matcher key = Pattern.compile("`([a-z0-9.-]+\\.[a-z0-9.-]+)`")
                    .matcher(String.join(
                            "\n",
                            Files.readAllLines(Path.of("docs/operations.md")).stream()
                                    .filter(line -> line.startsWith("| `"))
                                    .toList()));
            while (key.find()) {
                names.add(key.group(1).toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"));
            }
            assertFalse(names.isEmpty());
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> words(String json) {
        return Arrays.stream(json.replaceAll("[\\[\\]\"]", "").split(",", -1))
                .map(String::strip)
                .toList();
    }
}
