package io.tenfold.data;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.Suggest;
import java.util.Collection;
import java.util.List;

/** Where the wanted columns stand in a file's header. */
final class Header {

    private Header() {}

    /** The columns of a CSV, TSV or Parquet file, in order. */
    static List<String> names(DataFile file) {
        return switch (file.format()) {
            case CSV -> CsvRows.header(file);
            case TSV -> TsvRows.header(file);
            case PARQUET -> ParquetRows.header(file);
            case JSONL, JSON, CONLL, TEXT -> throw new IllegalArgumentException("the format has no header");
        };
    }

    /** The place of every column of {@link Columns#names()}; BAD_DATA for one that is missing or stands there twice. */
    static int[] places(DataFile file, Columns columns, List<String> header) {
        List<String> names = columns.names();
        int[] places = new int[names.size()];
        for (int i = 0; i < places.length; i++) {
            String name = names.get(i);
            places[i] = header.indexOf(name);
            if (places[i] < 0) {
                throw missing(file, columns, name, header, "");
            }
            if (header.lastIndexOf(name) != places[i]) {
                throw new JobException(
                        ErrorCode.BAD_DATA,
                        columns.paramOf(name),
                        "%s: the header has column %s twice".formatted(file.location(), name));
            }
        }
        return places;
    }

    /** @param where more about the place, such as {@code ", line 3"} */
    static JobException missing(DataFile file, Columns columns, String name, Collection<String> there, String where) {
        String alike = Suggest.didYouMean(name, there);
        return new JobException(
                ErrorCode.BAD_DATA,
                columns.paramOf(name),
                "%s%s: there is no column %s; its columns are %s%s"
                        .formatted(
                                file.location(),
                                where,
                                name,
                                shown(there),
                                alike.isEmpty() ? "; name the one that is meant in " + columns.paramOf(name) : alike));
    }

    /** At most twenty names of at most 60 characters. */
    private static String shown(Collection<String> names) {
        List<String> first =
                names.stream().limit(20).map(name -> Shown.value(name, 60)).toList();
        String more = names.size() > 20 ? " and %d more".formatted(names.size() - 20) : "";
        return String.join(", ", first) + more;
    }
}
