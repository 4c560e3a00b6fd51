package io.tenfold.jobstate;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import io.tenfold.job.JobCommand;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** Commands that wait for their job; the newest for a job replaces the one before, but a cancel stands. */
@ApplicationScoped
public class WaitingCommands implements PanacheRepositoryBase<WaitingCommandRow, String> {

    void keep(String jobId, JobCommand command) {
        WaitingCommandRow row = findById(jobId);
        if (row == null) {
            row = new WaitingCommandRow();
            row.jobId = jobId;
            row.command = command.wire();
            persist(row);
        } else if (!row.command.equals(JobCommand.CANCEL.wire())) {
            row.command = command.wire();
        }
    }

    Optional<JobCommand> take(String jobId) {
        WaitingCommandRow row = findById(jobId);
        if (row == null) {
            return Optional.empty();
        }
        delete(row);
        return JobCommand.ofWire(row.command);
    }
}
