package io.tenfold.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends a request to a running system. */
@Command(
        name = "submit",
        mixinStandardHelpOptions = true,
        description = {
            "Puts a request on the requests topic; the record's key is the job's id.",
            "Sending the same request twice is one job. Prints the id."
        },
        footer = {
            "",
            "Examples:",
            "  ./tenfold submit request.json",
            "  ./tenfold submit request.json --watch",
            "  ./tenfold submit request.json --watch --json --kafka broker:9092 | tail -1"
        })
class SubmitCommand implements Callable<Integer> {

    @Parameters(paramLabel = "REQUEST.json", description = "the request")
    Path file = Path.of("");

    @Option(names = "--watch", description = "follow the job to its end; the exit code says how it ended")
    boolean watch;

    @Option(names = "--json", description = "every event as one CloudEvent line on stdout, the last one last")
    boolean json;

    @Mixin
    Connection connection = new Connection();

    @Override
    public Integer call() {
        ObjectNode body = RequestFile.read(file);
        String id = RequestFile.id(body, file);
        try (Sender sender = new Sender(connection.kafka)) {
            sender.send(connection.requestsTopic(), id, body);
        }
        if (watch) {
            return Watch.follow(connection, id, null, json);
        }
        System.err.println("sent; './tenfold watch " + id + "' follows it");
        System.out.println(id);
        return ExitStatus.DONE;
    }
}
