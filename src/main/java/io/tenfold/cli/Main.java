package io.tenfold.cli;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Where the program starts. Commands that train or load a model run inside Quarkus: {@code worker} with everything,
 * {@code run}, {@code predict} and {@code check} under the profile {@code tool}, in which no Kafka, database or HTTP port
 * starts. The others, every {@code --help} and every mistyped option need no container and answer at once.
 */
@QuarkusMain
public final class Main {

    private Main() {}

    /** Never returns normally: the exit code says how the command ended. */
    public static void main(String... args) {
        CommandLine line = Tenfold.commandLine(CommandLine.defaultFactory());
        NeedsQuarkus command = commandForQuarkus(line, args);
        if (command == null) {
            System.exit(line.execute(args));
        } else {
            runInQuarkus(command, args);
        }
    }

    private static void runInQuarkus(NeedsQuarkus command, String... args) {
        try {
            command.settingsBeforeStart().forEach(System::setProperty);
        } catch (CommandProblem e) {
            System.err.println(e.getMessage());
            System.exit(e.exitStatus());
        }
        Quarkus.run(Application.class, Main::end, args);
    }

    /** Only a start that fails has a failure; Quarkus leaves it to us to tell. */
    private static void end(int status, @Nullable Throwable failure) {
        if (failure != null) {
            System.err.println("Tenfold could not start:");
            failure.printStackTrace(System.err);
        }
        System.exit(status);
    }

    private static @Nullable NeedsQuarkus commandForQuarkus(CommandLine line, String... args) {
        try {
            ParseResult parsed = line.parseArgs(args);
            return parsed.hasSubcommand()
                            && !parsed.subcommand().isUsageHelpRequested()
                            && !parsed.subcommand().isVersionHelpRequested()
                            && parsed.subcommand().commandSpec().userObject() instanceof NeedsQuarkus command
                    ? command
                    : null;
        } catch (ParameterException e) {
            // Executing the same words tells what is wrong with them.
            return null;
        }
    }
}
