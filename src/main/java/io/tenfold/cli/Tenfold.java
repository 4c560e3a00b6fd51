package io.tenfold.cli;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command that holds all others. */
@Command(
        name = "tenfold",
        mixinStandardHelpOptions = true,
        version = "tenfold 0.1.0",
        description = "Fine-tunes models on requests from Kafka, tells every step and leaves the artifact in S3.",
        footer = {
            "",
            "Exit codes: 0 done, 1 the job failed, 2 the request or the command line is wrong, 130 interrupted.",
            "'demo', 'up' and 'test' belong to the launcher ./tenfold in the source tree."
        },
        subcommands = {
            RunCommand.class,
            PredictCommand.class,
            SubmitCommand.class,
            WatchCommand.class,
            CancelCommand.class,
            JobsCommand.class,
            WorkerCommand.class,
            CheckCommand.class,
            CleanupCommand.class
        })
public final class Tenfold {

    private static final int HELP_COLUMNS = 120;

    /** The whole command line; problems become one line on stderr and an exit code. */
    static CommandLine commandLine(CommandLine.IFactory factory) {
        CommandLine line = new CommandLine(new Tenfold(), factory);
        line.setUsageHelpWidth(HELP_COLUMNS);
        line.setExecutionExceptionHandler((problem, command, parsed) -> switch (problem) {
            case CommandProblem wrong -> tell(command, String.valueOf(wrong.getMessage()), wrong.exitStatus());
            case JobException job -> tell(command, Words.of(job.error()), exitStatusOf(job.code()));
            default -> throw problem;
        });
        return line;
    }

    private static int exitStatusOf(ErrorCode code) {
        return code == ErrorCode.BAD_REQUEST || code == ErrorCode.CONFLICT
                ? ExitStatus.WRONG_REQUEST
                : ExitStatus.JOB_FAILED;
    }

    private static int tell(CommandLine command, String message, int exitStatus) {
        command.getErr().println(message);
        command.getErr().flush();
        return exitStatus;
    }
}
