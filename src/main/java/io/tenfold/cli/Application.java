package io.tenfold.cli;

import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import picocli.CommandLine;

/** Executes the command once Quarkus is up, with its beans. */
class Application implements QuarkusApplication {

    @Inject
    CommandLine.IFactory factory;

    @Override
    public int run(String... args) {
        return Tenfold.commandLine(factory).execute(args);
    }
}
