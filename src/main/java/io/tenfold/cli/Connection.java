package io.tenfold.cli;

import picocli.CommandLine.Option;

/** Where the running system is; options that several commands share. */
final class Connection {

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "the broker (default: TENFOLD_KAFKA, else 127.0.0.1:9092)",
            defaultValue = "${env:TENFOLD_KAFKA:-127.0.0.1:9092}")
    String kafka = "";

    @Option(
            names = "--http",
            paramLabel = "URL",
            description = "a worker or gateway (default: TENFOLD_HTTP, else http://127.0.0.1:8080)",
            defaultValue = "${env:TENFOLD_HTTP:-http://127.0.0.1:8080}")
    String http = "";

    @Option(
            names = "--topic-prefix",
            paramLabel = "NAME",
            description = "what the topics' names begin with (default: ${DEFAULT-VALUE})",
            defaultValue = "tenfold")
    String topicPrefix = "tenfold";

    String requestsTopic() {
        return topicPrefix + ".requests";
    }

    String commandsTopic() {
        return topicPrefix + ".commands";
    }

    String eventsTopic() {
        return topicPrefix + ".events";
    }
}
