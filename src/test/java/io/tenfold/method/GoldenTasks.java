package io.tenfold.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.data.Columns;
import io.tenfold.data.DataFile;
import io.tenfold.data.Preparation;
import io.tenfold.data.Targets;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.RequestReader;
import io.tenfold.method.multitask.MultitaskMethod;
import io.tenfold.tensor.Backend;
import io.tenfold.train.Inputs;
import io.tenfold.train.Recipe;
import io.tenfold.train.TaskRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Two tasks on a golden model, as {@code make_multitask.py} has them: {@code topic} and {@code gap}. */
public final class GoldenTasks implements AutoCloseable {

    private static final Path GOLDEN = GoldenJob.GOLDEN;

    private final Backend backend = Backend.open("cpu", 1);
    private final MethodRegistry methods = new MethodRegistry(List.of(new MultitaskMethod()));
    private final TextTokenizer tokenizer;
    private final FineTuneRequest request;
    private final Inputs inputs;

    /**
     * @param model a golden model's folder
     * @param method JSON of the method
     * @param training JSON of the training options
     * @param scored whether the training rows are validation rows too
     * @param folder for the job's files
     */
    public GoldenTasks(String model, String method, String training, boolean scored, Path folder) throws IOException {
        request = new RequestReader(methods, GoldenJob.locationsAreFine()).readValid(body(method, training), "tasks");
        tokenizer = TextTokenizer.open(GOLDEN.resolve(model), model);
        List<TaskRows> tasks = new ArrayList<>();
        for (FineTuneRequest.TaskData data : request.data().tasks()) {
            TokenizedSet rows = rows(data);
            tasks.add(new TaskRows(data.name(), data.task(), rows.targets().labels(), rows, scored ? rows : null));
        }
        inputs = new Inputs(
                request, GOLDEN.resolve(model), tokenizer, tasks, null, Map.of(), Map.of(), folder, backend, null);
    }

    private static JsonNode body(String method, String training) throws IOException {
        return new ObjectMapper().readTree("""
                {"model": "file:model", "output": "file:out", "method": %s, "training": %s,
                 "data": {"tasks": [
                  {"name": "topic", "train": "file:bert/curve.tsv", "task": {"type": "sequence_classification"}},
                  {"name": "gap", "train": "file:bert-multitask/gap.tsv", "task": {"type": "regression"},
                   "columns": {"text2": "text2"}}]}}""".formatted(method, training));
    }

    private TokenizedSet rows(FineTuneRequest.TaskData data) {
        String file = data.train().substring("file:".length());
        return new Preparation(
                        tokenizer,
                        request.training().maxLength(),
                        request.training().tooLong(),
                        8)
                .training(
                        DataFile.of(GOLDEN.resolve(file), file, data.param(), null),
                        Columns.of(data.columns(), data.param()),
                        Targets.of(data.task()),
                        io.tenfold.data.Draw.ALL);
    }

    public Inputs inputs() {
        return inputs;
    }

    public Recipe recipe() {
        return methods.recipe(request);
    }

    public Backend backend() {
        return backend;
    }

    @Override
    public void close() {
        tokenizer.close();
        backend.close();
    }
}
