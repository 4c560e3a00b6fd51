package io.tenfold.localstack;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./tenfold up}: a local system until Ctrl-C. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Starts Kafka, S3, a database and worker(s) on this machine, until Ctrl-C.",
            "A worker that dies is started again. When all is ready, one JSON line on stdout says where things are."
        },
        footer = {
            "",
            "Examples:",
            "  ./tenfold up",
            "  ./tenfold up --dir /var/tmp/tenfold --workers 2",
            "  ./tenfold up --kafka-port 0 --s3-port 0 --http-port 0     any free ports; read them from the JSON line"
        })
final class Up implements Callable<Integer> {

    private static final int WRONG_COMMAND_LINE = 2;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "where its state lives and survives (default: ${DEFAULT-VALUE})")
    Path directory = Path.of(".tenfold");

    @Option(names = "--kafka-port", paramLabel = "PORT", description = "default: ${DEFAULT-VALUE}; 0: any free one")
    int kafkaPort = 9092;

    @Option(names = "--s3-port", paramLabel = "PORT", description = "default: ${DEFAULT-VALUE}; 0: any free one")
    int s3Port = 9000;

    @Option(names = "--http-port", paramLabel = "PORT", description = "default: ${DEFAULT-VALUE}; 0: any free one")
    int httpPort = 8080;

    @Option(names = "--workers", paramLabel = "N", description = "default: ${DEFAULT-VALUE}")
    int workers = 1;

    public static void main(String... arguments) {
        CommandLine line = new CommandLine(new Up());
        line.setExecutionExceptionHandler((problem, command, parsed) -> {
            if (problem instanceof StackProblem) {
                command.getErr().println(problem.getMessage());
                return WRONG_COMMAND_LINE;
            }
            throw problem;
        });
        System.exit(line.execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        if (workers < 0) {
            throw new StackProblem("--workers is %d; it must be at least 0".formatted(workers));
        }
        Path home = directory.toAbsolutePath().normalize();
        System.err.println("starting Kafka, S3, a database and " + workers + " worker(s) in " + home);
        LocalStack stack =
                new LocalStack(new LocalStack.Settings(home, kafkaPort, s3Port, httpPort, workers), System.err);
        // Ctrl-C and SIGTERM both end here; so does a start that fails.
        Runtime.getRuntime().addShutdownHook(new Thread(stack::close, "stop"));
        stack.start();
        stack.awaitWorkers();
        System.out.println(readyLine(stack));
        System.err.println("ready; Ctrl-C stops it. Logs are in " + home.resolve("logs"));
        new CountDownLatch(1).await();
        return 0;
    }

    private static String readyLine(LocalStack stack) {
        ObjectNode ready = JsonMapper.builder().build().createObjectNode();
        ready.put("ready", true).put("kafka", stack.kafka().bootstrap());
        ObjectNode s3 = ready.putObject("s3")
                .put("endpoint", stack.s3().endpoint())
                .put("access_key", stack.s3().accessKey())
                .put("secret_key", stack.s3().secretKey());
        LocalStack.BUCKETS.forEach(bucket -> s3.withArray("buckets").add(bucket));
        ready.put("http", stack.http());
        ObjectNode topics = ready.putObject("topics");
        LocalStack.TOPICS.forEach(topics::put);
        var pids = ready.putObject("pids").putArray("worker");
        stack.workerPids().forEach(pids::add);
        return ready.toString();
    }
}
