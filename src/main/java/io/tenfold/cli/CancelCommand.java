package io.tenfold.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Asks a running system to end a job. */
@Command(
        name = "cancel",
        mixinStandardHelpOptions = true,
        description = {
            "Asks for a job to be cancelled. A running one writes a checkpoint and stops at its next step;",
            "for one that is not there yet the wish is kept. One that has ended stays as it is."
        },
        footer = {"", "Example:", "  ./tenfold cancel support-lora && ./tenfold watch support-lora"})
class CancelCommand implements Callable<Integer> {

    @Parameters(paramLabel = "JOB", description = "the job's id")
    String job = "";

    @Mixin
    Connection connection = new Connection();

    @Override
    public Integer call() {
        var command = Json.MAPPER.createObjectNode().put("job_id", job).put("command", "cancel");
        try (Sender sender = new Sender(connection.kafka)) {
            sender.send(connection.commandsTopic(), job, command);
        }
        System.err.println("asked; './tenfold watch " + job + "' shows what becomes of it");
        return ExitStatus.DONE;
    }
}
