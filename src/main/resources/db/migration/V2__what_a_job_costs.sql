-- Runs unchanged on PostgreSQL and on H2 in its PostgreSQL mode.

-- Where the newest attempt trains.
ALTER TABLE job ADD COLUMN device VARCHAR(32);
-- How long attempts held a device, all together, until counted_until.
ALTER TABLE job ADD COLUMN device_seconds DOUBLE PRECISION DEFAULT 0 NOT NULL;
-- Until when the attempt that runs is counted: its claim, or its last renewal.
ALTER TABLE job ADD COLUMN counted_until TIMESTAMP WITH TIME ZONE;
