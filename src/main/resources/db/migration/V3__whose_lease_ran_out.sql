-- Runs unchanged on PostgreSQL and on H2 in its PostgreSQL mode.

-- Running jobs whose lease ran out; no other job has one.
CREATE INDEX job_by_lease ON job (lease_until);
