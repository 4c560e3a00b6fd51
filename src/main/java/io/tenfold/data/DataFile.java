package io.tenfold.data;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A data file that lies on this machine.
 *
 * @param path where it lies
 * @param location what its owner calls it ({@code s3://data/sst2/train.tsv}), for messages
 * @param param the request's field that names it ({@code data.train}), for messages
 */
public record DataFile(Path path, String location, String param, DataFormat format) {

    /**
     * A file whose format is {@code format}, or follows from the location's extension where that is null.
     *
     * @throws JobException BAD_REQUEST for an unknown format or extension
     */
    public static DataFile of(Path path, String location, String param, @Nullable String format) {
        return new DataFile(path, location, param, DataFormat.of(format, location, param));
    }

    /** The failure of a whole file. */
    JobException bad(String what) {
        return new JobException(ErrorCode.BAD_DATA, param, "%s: %s".formatted(location, what));
    }

    /** A format that a task can't read. */
    JobException notFor(String what) {
        return new JobException(ErrorCode.BAD_REQUEST, param, "%s is %s, %s".formatted(location, format.wire(), what));
    }

    /** The failure of one row; lines count from 1, so do the rows of formats without lines. */
    JobException bad(long line, String what) {
        String unit = format == DataFormat.PARQUET ? "row" : "line";
        return new JobException(ErrorCode.BAD_DATA, param, "%s, %s %d: %s".formatted(location, unit, line, what));
    }
}
