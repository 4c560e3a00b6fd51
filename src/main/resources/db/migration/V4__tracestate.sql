-- Runs unchanged on PostgreSQL and on H2 in its PostgreSQL mode.

-- What tracing systems add for themselves beside traceparent.
ALTER TABLE job ADD COLUMN tracestate VARCHAR(512);
