package io.tenfold.worker;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ThreadLocalRandom;

/** A name that no other worker has: host, process, and a random part, since containers have few process numbers. */
final class WorkerName {

    private static final int RANDOM_BITS = 16;

    private WorkerName() {}

    static String ofThisProcess() {
        int random = ThreadLocalRandom.current().nextInt(1 << RANDOM_BITS);
        return "%s-%d-%04x".formatted(host(), ProcessHandle.current().pid(), random);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
