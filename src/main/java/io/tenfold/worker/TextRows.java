package io.tenfold.worker;

import io.tenfold.data.Columns;
import io.tenfold.data.DataFile;
import io.tenfold.data.Examples;
import io.tenfold.data.PromptRows;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.worker.Predictor.TextRow;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads rows to be labelled from a data file of any known format. */
@ApplicationScoped
public class TextRows {

    private final ArtifactStore store;

    public TextRows(ArtifactStore store) {
        this.store = store;
    }

    /**
     * The rows of a file: its column {@code text}, and {@code text2Column} where the task has two texts.
     *
     * @param useColumn names each row's artifact, {@code use} where it is blank; null: {@code use} labels all
     * @param use the artifact that labels every row; null: the first
     * @throws JobException bad_data when the file is not there or a row can't be read
     */
    public List<TextRow> read(
            String location, @Nullable String text2Column, @Nullable String useColumn, @Nullable String use) {
        try {
            Path path = store.fetch(location);
            DataFile file = DataFile.of(path, location, "input", null);
            Columns columns = new Columns("text", text2Column, useColumn, "input");
            return Examples.list(file, columns).stream()
                    .map(row -> new TextRow(row.text(), row.text2(), chosen(row.label(), use)))
                    .toList();
        } catch (ArtifactStore.NotFoundException e) {
            throw new JobException(ErrorCode.BAD_DATA, "input", String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * The rows of a file whose words are to be tagged: its column {@code tokens}, or the first column of a CoNLL file.
     *
     * @param use the artifact that tags every row; null: the first
     * @throws JobException as {@link #read}
     */
    public List<TextRow> readWords(String location, @Nullable String use) {
        try {
            Path path = store.fetch(location);
            DataFile file = DataFile.of(path, location, "input", null);
            return Examples.words(file, new Columns("tokens", null, null, "input", true)).stream()
                    .map(words -> new TextRow(String.join(" ", words), null, use, words, null))
                    .toList();
        } catch (ArtifactStore.NotFoundException e) {
            throw new JobException(ErrorCode.BAD_DATA, "input", String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * The rows of a file that are to be written on: {@link PromptRows}.
     *
     * @param useColumn names each row's artifact, {@code use} where it is blank; null: {@code use} writes all
     * @throws JobException as {@link #read}
     */
    public List<TextRow> readPrompts(String location, @Nullable String useColumn, @Nullable String use) {
        try {
            Path path = store.fetch(location);
            return PromptRows.read(DataFile.of(path, location, "input", null), useColumn).stream()
                    .map(row -> new TextRow(row.text(), null, chosen(row.use(), use), List.of(), row.conversation()))
                    .toList();
        } catch (ArtifactStore.NotFoundException e) {
            throw new JobException(ErrorCode.BAD_DATA, "input", String.valueOf(e.getMessage()), e);
        }
    }

    private static @Nullable String chosen(@Nullable String cell, @Nullable String use) {
        return cell == null || cell.isBlank() ? use : cell;
    }
}
