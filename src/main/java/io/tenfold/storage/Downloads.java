package io.tenfold.storage;

import io.tenfold.job.StopCheck;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Copies what comes in; a download of many gigabytes can be stopped between two pieces. */
final class Downloads {

    private static final int PIECE = 1 << 16;

    private Downloads() {}

    static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] piece = new byte[PIECE];
        for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
            out.write(piece, 0, read);
            StopCheck.ask();
        }
    }
}
