package io.tenfold.localstack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports on loopback. */
public final class Ports {

    /**
     * Free ports are drawn below the range from which systems take a connection's own (Linux: from 32768). One taken from that
     * range, as a bind to port 0 does, can be a connection's before the server that it was drawn for listens.
     */
    private static final int FIRST_DRAWN = 20_000;

    private static final int END_OF_DRAWN = 32_768;
    private static final int DRAWS = 1_000;

    private Ports() {}

    /**
     * The port itself when nobody has it; any free one for 0.
     *
     * @param option where the person chose it, for the message
     * @throws StackProblem when somebody has it
     */
    static int available(int port, String option) {
        if (port == 0) {
            return free();
        }
        if (!isFree(port)) {
            throw new StackProblem("port %d is taken by another program; give %s another one, or 0 for any free one"
                    .formatted(port, option));
        }
        return port;
    }

    /** A port that nobody has. */
    public static int free() {
        for (int draw = 0; draw < DRAWS; draw++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_DRAWN, END_OF_DRAWN);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no port is free from %d to %d".formatted(FIRST_DRAWN, END_OF_DRAWN));
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // As servers do: a port whose last connections are only lingering is free.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
