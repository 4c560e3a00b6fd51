package io.tenfold.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        assertEquals(9, line.getSubcommands().size());
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a|''|--average needs two artifacts or more; --artifact is given once",
                "a b|1,2,3|--average has 3 weights for 2 artifacts; give one for each, or none",
                "a b|1,x|--average has x; weights are numbers of at least 0, such as 3,1",
                "a b|1,-1|--average has -1; weights are numbers of at least 0, such as 3,1",
                "a b|0,0|--average is 0,0; one weight at least must be above 0"
            })
    void anAverageThatCantBeMadeIsTwo(String artifacts, String average, String message) {
        PredictCommand predict = new PredictCommand();
        predict.artifacts = List.of(artifacts.split(" ", -1));
        predict.texts = List.of("a row");
        predict.average = average;
        CommandProblem problem = assertThrows(CommandProblem.class, predict::settingsBeforeStart);
        assertEquals(2, problem.exitStatus());
        assertEquals(message, problem.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--use-column|--use-column names a column of --input, and --text is given; use --use",
                "--text2-column|--text2-column names a column of --input, and --text is given; use --text2"
            })
    void columnsOfNoFileAreRefused(String option, String message) {
        PredictCommand predict = new PredictCommand();
        new CommandLine(predict).parseArgs("--artifact", "a", "--text", "a row", option, "x");
        CommandProblem problem = assertThrows(CommandProblem.class, predict::settingsBeforeStart);
        assertEquals(message, problem.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--raw --system x|--system is given with --raw, which leaves the text as it stands; write it into the text, or leave out --raw",
                "--top-k 5|--top-k is given, but --temperature is 0, which always takes the most probable token; give one above 0, such as 0.7",
                "--top-p 0.9 --temperature 0|--top-p is given, but --temperature is 0",
                "--max-new-tokens 0|--max-new-tokens is 0",
                "--temperature 0.7 --top-p 1.5|--top-p is 1.5",
                "--temperature -1|--temperature is -1",
                "--temperature 1 --top-k -1|--top-k is -1"
            })
    void waysOfWritingThatMakeNoSenseAreTwo(String options, String message) {
        PredictCommand predict = new PredictCommand();
        List<String> arguments = new ArrayList<>(List.of("--artifact", "a", "--text", "a row"));
        arguments.addAll(List.of(options.split(" ", -1)));
        new CommandLine(predict).parseArgs(arguments.toArray(String[]::new));
        CommandProblem problem = assertThrows(CommandProblem.class, predict::settingsBeforeStart);
        assertEquals(2, problem.exitStatus());
        assertTrue(String.valueOf(problem.getMessage()).startsWith(message), String.valueOf(problem.getMessage()));
    }

    @Test
    void averageMayStandAloneOrHaveWeights() {
        for (String[] arguments : new String[][] {{"--average"}, {"--average", "3,1"}, {"--average=3,1"}}) {
            PredictCommand predict = new PredictCommand();
            CommandLine line = new CommandLine(predict);
            List<String> all = new ArrayList<>(List.of("--artifact", "a", "--artifact", "b"));
            all.addAll(List.of(arguments));
            all.addAll(List.of("--text", "a row"));
            line.parseArgs(all.toArray(String[]::new));
            assertEquals(arguments.length == 1 && arguments[0].equals("--average") ? "" : "3,1", predict.average);
            assertEquals(List.of("a row"), predict.texts);
            predict.settingsBeforeStart();
        }
    }

    private int execute(String... arguments) {
        CommandLine line = Tenfold.commandLine(CommandLine.defaultFactory());
        line.setErr(new PrintWriter(words, true));
        return line.execute(arguments);
    }
}
