package io.tenfold.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Labels or answers sentences with an artifact from S3 by the packaged program, as a user would. */
final class DemoPrediction {

    /** To be labelled. */
    static final List<String> SENTENCES = List.of(
            "The courier left it with someone I have never met.",
            "The bill is fine, but the lamp went dark after one evening.",
            "I got a new phone and now I can't get past the sign-in page.");

    /** To be answered; none of them is learnt from. */
    static final List<String> QUESTIONS = List.of(
            "The courier left it with someone I have never met.",
            "The kettle I bought from you last week has stopped working.",
            "Please cancel the lamp that I ordered this morning.");

    private DemoPrediction() {}

    /**
     * Prints the program's answer; returns its exit code.
     *
     * @param options that choose a task or domain, or say how answers are written
     */
    static int run(LocalStack stack, Path directory, String artifact, List<String> options, List<String> sentences) {
        List<String> words = new ArrayList<>(List.of("predict", "--artifact", artifact));
        words.addAll(options);
        System.out.printf("%n./tenfold %s --text … (three times)%n", String.join(" ", words));
        sentences.forEach(sentence -> words.addAll(List.of("--text", sentence)));
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
            throw new StackProblem("interrupted while the program predicted");
        }
    }
}
