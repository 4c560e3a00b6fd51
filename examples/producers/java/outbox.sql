-- PostgreSQL. The columns are those that Debezium's outbox event router reads by default.
CREATE TABLE outbox (
    id            UUID         PRIMARY KEY,
    aggregatetype VARCHAR(255) NOT NULL,
    aggregateid   VARCHAR(255) NOT NULL,
    type          VARCHAR(255) NOT NULL,
    payload       JSONB        NOT NULL
);
