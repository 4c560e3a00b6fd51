package io.tenfold.jobstate;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** The newest command for a job that has not come yet. */
@Entity
@Table(name = "waiting_command")
public class WaitingCommandRow {

    @Id
    @Column(name = "job_id")
    String jobId = "";

    /** A {@link io.tenfold.job.JobCommand} by its wire name. */
    String command = "";
}
