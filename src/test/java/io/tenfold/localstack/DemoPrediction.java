package io.tenfold.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Labels sentences with an artifact from S3 by the packaged program, as a user would. */
final class DemoPrediction {

    private static final List<String> SENTENCES = List.of(
            "The courier left it with someone I have never met.",
            "The bill is fine, but the lamp went dark after one evening.",
            "I got a new phone and now I can't get past the sign-in page.");

    private DemoPrediction() {}

    /**
     * Prints the program's answer; returns its exit code.
     *
     * @param part options that choose a task or domain
     */
    static int run(LocalStack stack, Path directory, String artifact, List<String> part) {
        List<String> words = new ArrayList<>(List.of("predict", "--artifact", artifact));
        words.addAll(part);
        System.out.printf("%n./tenfold %s --text … (three times)%n", String.join(" ", words));
        SENTENCES.forEach(sentence -> words.addAll(List.of("--text", sentence)));
        ProcessBuilder builder = new ProcessBuilder(stack.program().command(words))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("logs").resolve("predict.log").toFile()));
        builder.environment().putAll(stack.environment());
        try {
            System.out.flush();
            return builder.start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("the prediction did not start", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackProblem("interrupted while sentences were labelled");
        }
    }
}
