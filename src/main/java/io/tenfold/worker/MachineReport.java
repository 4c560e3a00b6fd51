package io.tenfold.worker;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.train.Machine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;

/** What this machine has for jobs: libraries, device, folders. */
public record MachineReport(Machine machine, String asked, List<Folder> folders) {

    /**
     * A folder that jobs write to.
     *
     * @param purpose what for
     * @param setting where it is set
     */
    public record Folder(String purpose, String setting, Path path, boolean writable) {

        private static Folder of(String purpose, String setting, Path path) {
            return new Folder(purpose, setting, path, canBeMade(path.toAbsolutePath()));
        }

        /** Nothing is made: the nearest folder that is there decides. */
        private static boolean canBeMade(Path path) {
            Path nearest = path;
            while (nearest != null && !Files.exists(nearest)) {
                nearest = nearest.getParent();
            }
            return nearest != null && Files.isDirectory(nearest) && Files.isWritable(nearest);
        }
    }

    static MachineReport of(RunnerConfig config, ArtifactStore store) {
        return new MachineReport(
                Machine.look(config.device(), config.threads()),
                config.device(),
                List.of(
                        Folder.of("work", "tenfold.work-dir", config.workDir()),
                        Folder.of("cache", "tenfold.storage.cache-dir", store.cacheFolder())));
    }

    public boolean ready() {
        return problems().isEmpty();
    }

    /** Everything that is missing, each with its way out. */
    public List<JobError> problems() {
        List<JobError> problems = new ArrayList<>(machine.problems());
        for (Folder folder : folders) {
            if (!folder.writable()) {
                problems.add(new JobError(
                        ErrorCode.OUT_OF_RESOURCES,
                        "%s can't be written, and jobs keep their %s there; set %s to a folder that %s can write to"
                                .formatted(
                                        folder.path(),
                                        folder.purpose(),
                                        folder.setting(),
                                        System.getProperty("user.name")),
                        folder.setting()));
            }
        }
        return List.copyOf(problems);
    }

    /** Everything that was found, as JSON. */
    public ObjectNode facts() {
        ObjectNode facts = machine.facts().put("ready", ready()).put("asked_device", asked);
        ArrayNode all = facts.putArray("folders");
        for (Folder folder : folders) {
            all.addObject()
                    .put("purpose", folder.purpose())
                    .put("path", folder.path().toString())
                    .put("writable", folder.writable());
        }
        ArrayNode missing = facts.putArray("problems");
        problems().forEach(problem -> missing.add(problem.message()));
        return facts;
    }

    /** The same for a reader: what each part is, under its name. */
    public SequencedMap<String, String> lines() {
        SequencedMap<String, String> lines = machine.lines();
        lines.computeIfPresent("device", (_, device) -> "%s (tenfold.device=%s)".formatted(device, asked));
        for (Folder folder : folders) {
            lines.put(
                    folder.purpose(),
                    "%s (%s)".formatted(folder.path(), folder.writable() ? "can be written" : "can't be written"));
        }
        return lines;
    }
}
