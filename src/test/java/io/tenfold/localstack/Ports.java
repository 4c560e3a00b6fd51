package io.tenfold.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports on loopback. */
final class Ports {

    private Ports() {}

    /**
     * The port itself when nobody has it; any free one for 0.
     *
     * @param option where the person chose it, for the message
     * @throws StackProblem when somebody has it
     */
    static int available(int port, String option) {
        try (ServerSocket socket = new ServerSocket()) {
            // As servers do: a port whose last connections are only lingering is free.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return socket.getLocalPort();
        } catch (IOException e) {
            if (port == 0) {
                throw new UncheckedIOException("no port is free", e);
            }
            throw new StackProblem("port %d is taken by another program; give %s another one, or 0 for any free one"
                    .formatted(port, option));
        }
    }
}
