-- Runs unchanged on PostgreSQL and on H2 in its PostgreSQL mode. All times are the database's.

CREATE TABLE job (
    id              VARCHAR(255) PRIMARY KEY,
    state           VARCHAR(16)  NOT NULL,
    priority        INT          NOT NULL,
    method          VARCHAR(255) NOT NULL,
    request         VARCHAR      NOT NULL,
    request_sha256  VARCHAR(64)  NOT NULL,
    -- The number of the newest attempt; every write of a runner names it.
    fence           INT          NOT NULL,
    owner           VARCHAR(255),
    lease_until     TIMESTAMP WITH TIME ZONE,
    -- Attempts that died since the newest checkpoint.
    deaths          INT          NOT NULL,
    checkpoint_step BIGINT,
    checkpoint_uri  VARCHAR,
    -- What a running attempt is asked to do: cancel or pause.
    wish            VARCHAR(16),
    -- Numbers of the newest event and of the newest progress event.
    last_seq        BIGINT       NOT NULL,
    progress_seq    BIGINT,
    traceparent     VARCHAR(255),
    submitted_at    TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
    started_at      TIMESTAMP WITH TIME ZONE,
    ended_at        TIMESTAMP WITH TIME ZONE
);

-- Claiming, counting what is ahead, and the autoscaler's count.
CREATE INDEX job_by_turn ON job (state, priority DESC, submitted_at);
-- Pages of jobs, newest first.
CREATE INDEX job_by_submission ON job (submitted_at DESC, id DESC);
-- Retention.
CREATE INDEX job_by_end ON job (ended_at);

-- The outbox: what stays here after it was published serves REST.
CREATE TABLE job_event (
    job_id     VARCHAR(255) NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    seq        BIGINT       NOT NULL,
    attempt    INT          NOT NULL,
    kind       VARCHAR(32)  NOT NULL,
    data       VARCHAR      NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
    published  BOOLEAN      DEFAULT FALSE NOT NULL,
    PRIMARY KEY (job_id, seq)
);

-- What the relay has yet to publish, oldest first.
CREATE INDEX job_event_to_publish ON job_event (published, written_at, job_id);

-- One row a job, which a relay locks while it publishes. Not the job's own row: a broker's outage must not hold up a runner.
CREATE TABLE relay_lane (
    job_id VARCHAR(255) PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE
);

-- A command for a job that has not come yet.
CREATE TABLE waiting_command (
    job_id   VARCHAR(255) PRIMARY KEY,
    command  VARCHAR(16) NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL
);

-- Intake locks the slot of a job's id, so that a request and a command for it see each other whichever is first.
CREATE TABLE intake_slot (
    slot INT PRIMARY KEY
);

INSERT INTO intake_slot (slot) VALUES
    (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15),
    (16), (17), (18), (19), (20), (21), (22), (23), (24), (25), (26), (27), (28), (29), (30), (31);
