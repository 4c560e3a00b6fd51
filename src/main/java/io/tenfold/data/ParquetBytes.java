package io.tenfold.data;

import dev.hardwood.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The bytes of a Parquet file for Hardwood (1.0.0). Where a broken page header claims more bytes than its column has, that
 * reader asks for nothing over and over, in a thread that nobody can stop; a read of nothing is refused here, which ends it.
 */
final class ParquetBytes implements InputFile {

    private final InputFile file;

    ParquetBytes(Path path) {
        this.file = InputFile.of(path);
    }

    @Override
    public void open() throws IOException {
        file.open();
    }

    @Override
    public ByteBuffer readRange(long offset, int length) throws IOException {
        if (length <= 0 || offset < 0 || offset > file.length() - length) {
            throw new IOException("it claims %d bytes at %d of %d".formatted(length, offset, file.length()));
        }
        return file.readRange(offset, length);
    }

    @Override
    public long length() throws IOException {
        return file.length();
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
