package io.tenfold;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/** The rules of docs/architecture.md as ArchUnit sees them. */
final class ArchitectureRules {

    /** Who may import whom. A room imports the rooms in its row, itself, and nothing else of ours. */
    static final Map<String, Set<String>> ROOMS = Map.ofEntries(
            Map.entry("job", Set.of()),
            Map.entry("tensor", Set.of()),
            Map.entry("checkpoint", Set.of("job", "tensor")),
            Map.entry("model", Set.of("job", "tensor", "checkpoint")),
            Map.entry("data", Set.of("job", "tensor")),
            Map.entry("train", Set.of("job", "tensor", "model", "data", "checkpoint")),
            Map.entry("method", Set.of("job", "tensor", "model", "data", "train", "checkpoint")),
            Map.entry("storage", Set.of("job")),
            Map.entry("jobstate", Set.of("job")),
            Map.entry("worker", Set.of("job", "data", "model", "method", "train", "checkpoint")),
            Map.entry("messaging", Set.of("job")),
            Map.entry("web", Set.of("job")),
            Map.entry("telemetry", Set.of("job")),
            Map.entry("cli", Set.of("job", "worker")));

    /**
     * What comes from outside, and the rooms that may touch it.
     *
     * @param except packages within {@code packages} that have a row of their own
     */
    record Vendor(String name, Set<String> packages, Set<String> except, Set<String> rooms) {

        private DescribedPredicate<JavaClass> theirs() {
            DescribedPredicate<JavaClass> all = resideInAnyPackage(packages.toArray(String[]::new));
            return except.isEmpty() ? all : all.and(not(resideInAnyPackage(except.toArray(String[]::new))));
        }
    }

    static final List<Vendor> VENDORS = List.of(
            new Vendor("DJL's PyTorch engine", Set.of("ai.djl.pytorch.."), Set.of(), Set.of("tensor")),
            new Vendor("tokenizers", Set.of("ai.djl.huggingface.."), Set.of(), Set.of("data")),
            new Vendor(
                    "DJL",
                    Set.of("ai.djl.."),
                    Set.of("ai.djl.pytorch..", "ai.djl.huggingface.."),
                    Set.of("tensor", "checkpoint", "model", "data", "train", "method")),
            new Vendor("CSV and Parquet readers", Set.of("de.siegmar..", "dev.hardwood.."), Set.of(), Set.of("data")),
            new Vendor(
                    "the MinIO SDK",
                    Set.of("io.minio..", "io.quarkiverse.minio..", "okhttp3.."),
                    Set.of(),
                    Set.of("storage")),
            new Vendor(
                    "the database",
                    Set.of(
                            "org.hibernate..",
                            "jakarta.persistence..",
                            "io.quarkus.hibernate..",
                            "io.agroal..",
                            "org.flywaydb..",
                            "org.h2..",
                            "org.postgresql..",
                            "java.sql..",
                            "javax.sql.."),
                    Set.of(),
                    Set.of("jobstate")),
            new Vendor(
                    "reactive messaging",
                    Set.of("io.smallrye.reactive.messaging..", "org.eclipse.microprofile.reactive.messaging.."),
                    Set.of(),
                    Set.of("messaging")),
            // The commands submit and watch talk to a broker from a person's shell, without the application.
            new Vendor("Kafka clients", Set.of("org.apache.kafka.."), Set.of(), Set.of("messaging", "cli")),
            new Vendor(
                    "Micrometer and OpenTelemetry",
                    Set.of("io.micrometer..", "io.prometheus..", "io.opentelemetry.."),
                    Set.of(),
                    Set.of("telemetry")),
            new Vendor("JAX-RS", Set.of("jakarta.ws.rs..", "org.jboss.resteasy.."), Set.of(), Set.of("web")),
            new Vendor("Picocli", Set.of("picocli..", "io.quarkus.picocli.."), Set.of(), Set.of("cli")));

    static final ArchRule EVERYTHING_LIVES_IN_A_ROOM =
            classes().that(ours()).should().resideInAnyPackage(packages(ROOMS.keySet()));

    static final ArchRule THE_DOMAIN_KNOWS_ONLY_JAVA_AND_JSON_NODES = classes()
            .that(room("job"))
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "io.tenfold.job..",
                            "java..",
                            "org.jspecify.annotations..",
                            "com.fasterxml.jackson.annotation..",
                            "com.fasterxml.jackson.databind.node..",
                            "com.fasterxml.jackson.databind.annotation..")
                    .or(DescribedPredicate.describe("JsonNode, naming strategies", type -> type.getName()
                            .matches("com\\.fasterxml\\.jackson\\.databind\\.(JsonNode|PropertyNamingStrateg.*)"))))
            .allowEmptyShould(true);

    static final ArchRule THE_WORKER_KNOWS_NEITHER_MESSAGING_NOR_STORAGE = noClasses()
            .that(room("worker"))
            .should()
            .dependOnClassesThat(room("messaging").or(room("storage")))
            .allowEmptyShould(true);

    static final ArchRule ROOMS_HAVE_NO_CYCLES =
            slices().matching("io.tenfold.(*)..").should().beFreeOfCycles().allowEmptyShould(true);

    static final ArchRule METHODS_DO_NOT_KNOW_EACH_OTHER = slices().matching("io.tenfold.method.(*)..")
            .should()
            .notDependOnEachOther()
            .allowEmptyShould(true);

    static final ArchRule ONLY_COMMANDS_PRINT = noClasses()
            .that(ours())
            .and(not(room("cli")))
            .should(ACCESS_STANDARD_STREAMS)
            .allowEmptyShould(true);

    static final ArchRule EVERY_PACKAGE_HAS_ITS_SIGN = classes()
            .that(ours())
            .should(new ArchCondition<>("live in a package whose package-info is @NullMarked") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                    events.add(new SimpleConditionEvent(
                            type, marked, type.getPackageName() + " has no package-info with @NullMarked"));
                }
            });

    private ArchitectureRules() {}

    /** A room imports only the rooms in its row. */
    static ArchRule row(String room) {
        List<String> allowed = new ArrayList<>(ROOMS.getOrDefault(room, Set.of()));
        allowed.add(room);
        return classes()
                .that(room(room))
                .should()
                .onlyDependOnClassesThat(not(ours()).or(resideInAnyPackage(packages(allowed))))
                .allowEmptyShould(true);
    }

    /** Only some rooms touch a vendor. */
    static ArchRule onlyTheirRoomsTouch(Vendor vendor) {
        return noClasses()
                .that(ours())
                .and(not(resideInAnyPackage(packages(vendor.rooms()))))
                .should()
                .dependOnClassesThat(vendor.theirs())
                .allowEmptyShould(true);
    }

    /** All rules by name. */
    static Map<String, ArchRule> all() {
        Map<String, ArchRule> rules = new LinkedHashMap<>();
        ROOMS.keySet().stream()
                .sorted()
                .forEach(room -> rules.put(room + " imports only the rooms in its row", row(room)));
        VENDORS.forEach(vendor -> rules.put(
                "only %s may touch %s".formatted(vendor.rooms(), vendor.name()), onlyTheirRoomsTouch(vendor)));
        rules.put("everything lives in a room", EVERYTHING_LIVES_IN_A_ROOM);
        rules.put("the domain knows only Java and JsonNode", THE_DOMAIN_KNOWS_ONLY_JAVA_AND_JSON_NODES);
        rules.put("the worker knows neither messaging nor storage", THE_WORKER_KNOWS_NEITHER_MESSAGING_NOR_STORAGE);
        rules.put("rooms have no cycles", ROOMS_HAVE_NO_CYCLES);
        rules.put("methods do not know each other", METHODS_DO_NOT_KNOW_EACH_OTHER);
        rules.put("only commands print", ONLY_COMMANDS_PRINT);
        rules.put("every package has its sign", EVERY_PACKAGE_HAS_ITS_SIGN);
        return rules;
    }

    private static DescribedPredicate<JavaClass> ours() {
        return resideInAPackage("io.tenfold..");
    }

    private static DescribedPredicate<JavaClass> room(String room) {
        return resideInAPackage("io.tenfold." + room + "..");
    }

    private static String[] packages(Iterable<String> rooms) {
        List<String> packages = new ArrayList<>();
        rooms.forEach(room -> packages.add("io.tenfold." + room + ".."));
        return packages.toArray(String[]::new);
    }
}
