package io.tenfold.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TenfoldTest {

    private final StringWriter words = new StringWriter();

    @Test
    void everyCommandTeachesByExample() {
        CommandLine line = Tenfold.commandLine(CommandLine.defaultFactory());
        line.getSubcommands().forEach((name, command) -> {
            String help = command.getUsageMessage();
            assertTrue(help.contains("./tenfold " + name), name);
        });
        assertEquals(7, line.getSubcommands().size());
    }

    @Test
    void aMistypedCommandIsTwoWithAProposal() {
        assertEquals(2, execute("sumbit"));
        assertTrue(words.toString().contains("submit"), words.toString());
    }

    @Test
    void aFileThatIsNotThereIsTwo(@TempDir Path directory) {
        String file = directory.resolve("none.json").toString();
        assertEquals(2, execute("submit", file));
        assertEquals(file + " does not exist", words.toString().strip());
    }

    @Test
    void aRoleThatDoesNotExistIsRefusedBeforeAnythingStarts() {
        WorkerCommand worker = new WorkerCommand();
        worker.roles = List.of("runner", "reader");
        CommandProblem problem = assertThrows(CommandProblem.class, worker::settingsBeforeStart);
        assertEquals(2, problem.exitStatus());
        assertEquals("--roles has reader; the roles are intake, relay, runner", problem.getMessage());
    }

    @Test
    void zeroThreadsAreRefused() {
        RunCommand run = new RunCommand();
        run.threads = 0;
        assertEquals(
                2, assertThrows(CommandProblem.class, run::settingsBeforeStart).exitStatus());
    }

    private int execute(String... arguments) {
        CommandLine line = Tenfold.commandLine(CommandLine.defaultFactory());
        line.setErr(new PrintWriter(words, true));
        return line.execute(arguments);
    }
}
