-- Which installation owns this database, and what grains need on a cluster: membership, state, reminders.
-- Orleans' ADO.NET providers read their statements from "OrleansQuery" by key. The keys, the names of the parameters, the names of the result
-- columns and "0 means refused" are the providers' protocol; tables and statements are ours.

CREATE TABLE installation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id text NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orleansquery (
    querykey text PRIMARY KEY,
    querytext text NOT NULL
);

CREATE TABLE silo_table_version (
    cluster text PRIMARY KEY,
    version integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE silo (
    cluster text NOT NULL REFERENCES silo_table_version,
    address text NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,
    name text NOT NULL,
    host text NOT NULL,
    status integer NOT NULL,
    gateway_port integer,
    suspicions text,
    started_at timestamptz NOT NULL,
    alive_at timestamptz NOT NULL,
    PRIMARY KEY (cluster, address, port, generation)
);

-- A version is never used twice, so that state which was cleared and written anew is told apart from what it was.
CREATE SEQUENCE grain_state_version AS integer CYCLE;

CREATE TABLE grain_state (
    service text NOT NULL,
    type text NOT NULL,
    key_text text NOT NULL DEFAULT '',
    key_0 bigint NOT NULL,
    key_1 bigint NOT NULL,
    payload bytea,
    version integer NOT NULL DEFAULT nextval('grain_state_version'),
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service, type, key_text, key_0, key_1)
);

CREATE TABLE grain_reminder (
    service text NOT NULL,
    grain text NOT NULL,
    name text NOT NULL,
    starts_at timestamptz NOT NULL,
    period_ms bigint NOT NULL,
    hash integer NOT NULL,
    version integer NOT NULL DEFAULT 0,
    PRIMARY KEY (service, grain, name)
);

CREATE INDEX grain_reminder_by_hash ON grain_reminder (service, hash);

INSERT INTO orleansquery (querykey, querytext) VALUES

-- Membership. Each change names the version of the table that it was made from; when another silo was first, it changes nothing.
('InsertMembershipVersionKey', $q$
WITH made AS (
    INSERT INTO silo_table_version (cluster) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1
)
SELECT count(*)::integer FROM made
$q$),

('InsertMembershipKey', $q$
WITH turn AS (
    UPDATE silo_table_version SET version = version + 1, changed_at = now()
    WHERE cluster = @DeploymentId AND version = @Version
      AND NOT EXISTS (
          SELECT 1 FROM silo
          WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING cluster
), made AS (
    INSERT INTO silo (cluster, address, port, generation, name, host, status, gateway_port, started_at, alive_at)
    SELECT cluster, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM turn
    RETURNING 1
)
SELECT count(*)::integer FROM made
$q$),

('UpdateMembershipKey', $q$
WITH turn AS (
    UPDATE silo_table_version SET version = version + 1, changed_at = now()
    WHERE cluster = @DeploymentId AND version = @Version
      AND EXISTS (
          SELECT 1 FROM silo
          WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING cluster
), changed AS (
    UPDATE silo SET status = @Status, suspicions = @SuspectTimes::text, alive_at = @IAmAliveTime
    FROM turn
    WHERE silo.cluster = turn.cluster AND address = @Address AND port = @Port AND generation = @Generation
    RETURNING 1
)
SELECT count(*)::integer FROM changed
$q$),

('UpdateIAmAlivetimeKey', $q$
UPDATE silo SET alive_at = @IAmAliveTime
WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$q$),

-- Outer joins: the version comes even when there is no silo.
('MembershipReadRowKey', $q$
SELECT v.cluster AS "DeploymentId", s.address AS "Address", s.port AS "Port", s.generation AS "Generation", s.name AS "SiloName",
       s.host AS "HostName", s.status AS "Status", s.gateway_port AS "ProxyPort", s.suspicions AS "SuspectTimes",
       s.started_at AS "StartTime", s.alive_at AS "IAmAliveTime", v.version AS "Version"
FROM silo_table_version v
LEFT JOIN silo s ON s.cluster = v.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
WHERE v.cluster = @DeploymentId
$q$),

('MembershipReadAllKey', $q$
SELECT v.cluster AS "DeploymentId", s.address AS "Address", s.port AS "Port", s.generation AS "Generation", s.name AS "SiloName",
       s.host AS "HostName", s.status AS "Status", s.gateway_port AS "ProxyPort", s.suspicions AS "SuspectTimes",
       s.started_at AS "StartTime", s.alive_at AS "IAmAliveTime", v.version AS "Version"
FROM silo_table_version v
LEFT JOIN silo s ON s.cluster = v.cluster
WHERE v.cluster = @DeploymentId
$q$),

('GatewaysQueryKey', $q$
SELECT address AS "Address", gateway_port AS "ProxyPort", generation AS "Generation"
FROM silo
WHERE cluster = @DeploymentId AND status = @Status AND gateway_port > 0
$q$),

('DeleteMembershipTableEntriesKey', $q$
WITH emptied AS (
    DELETE FROM silo WHERE cluster = @DeploymentId
)
DELETE FROM silo_table_version WHERE cluster = @DeploymentId
$q$),

-- 3 is an active silo; others that gave no sign of life for long are history.
('CleanupDefunctSiloEntriesKey', $q$
DELETE FROM silo WHERE cluster = @DeploymentId AND alive_at < @IAmAliveTime AND status <> 3
$q$),

-- State. No version given: there must be no record yet. The provider takes an answer with the version that it gave, or none, for a conflict.
('WriteToStorageKey', $q$
WITH changed AS (
    UPDATE grain_state SET payload = @PayloadBinary, version = nextval('grain_state_version'), written_at = now()
    WHERE @GrainStateVersion::integer IS NOT NULL AND version = @GrainStateVersion::integer
      AND service = @ServiceId AND type = @GrainTypeString AND key_text = coalesce(@GrainIdExtensionString::text, '')
      AND key_0 = @GrainIdN0 AND key_1 = @GrainIdN1
    RETURNING version
), made AS (
    INSERT INTO grain_state (service, type, key_text, key_0, key_1, payload)
    SELECT @ServiceId, @GrainTypeString, coalesce(@GrainIdExtensionString::text, ''), @GrainIdN0, @GrainIdN1, @PayloadBinary
    WHERE @GrainStateVersion::integer IS NULL
    ON CONFLICT DO NOTHING
    RETURNING version
), written AS (
    SELECT version FROM changed UNION ALL SELECT version FROM made
)
SELECT coalesce((SELECT version FROM written), @GrainStateVersion::integer) AS "NewGrainStateVersion"
$q$),

('ReadFromStorageKey', $q$
SELECT payload AS "PayloadBinary", now() AS "ReadAt", version AS "Version"
FROM grain_state
WHERE service = @ServiceId AND type = @GrainTypeString AND key_text = coalesce(@GrainIdExtensionString::text, '')
  AND key_0 = @GrainIdN0 AND key_1 = @GrainIdN1
$q$),

('ClearStorageKey', $q$
UPDATE grain_state SET payload = NULL, version = nextval('grain_state_version'), written_at = now()
WHERE version = @GrainStateVersion::integer
  AND service = @ServiceId AND type = @GrainTypeString AND key_text = coalesce(@GrainIdExtensionString::text, '')
  AND key_0 = @GrainIdN0 AND key_1 = @GrainIdN1
RETURNING version AS "NewGrainStateVersion"
$q$),

-- Any version but the one given says that the record is gone; no row says that there was another one.
('DeleteStorageKey', $q$
DELETE FROM grain_state
WHERE version = @GrainStateVersion::integer
  AND service = @ServiceId AND type = @GrainTypeString AND key_text = coalesce(@GrainIdExtensionString::text, '')
  AND key_0 = @GrainIdN0 AND key_1 = @GrainIdN1
RETURNING -1 AS "NewGrainStateVersion"
$q$),

-- Reminders. Hashes are unsigned and kept in signed columns; the provider picks the range or its complement by their signed order.
('UpsertReminderRowKey', $q$
INSERT INTO grain_reminder (service, grain, name, starts_at, period_ms, hash)
VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash)
ON CONFLICT (service, grain, name) DO UPDATE
SET starts_at = excluded.starts_at, period_ms = excluded.period_ms, hash = excluded.hash, version = grain_reminder.version + 1
RETURNING version AS "Version"
$q$),

('ReadReminderRowsKey', $q$
SELECT grain AS "GrainId", name AS "ReminderName", starts_at AS "StartTime", period_ms AS "Period", version AS "Version"
FROM grain_reminder
WHERE service = @ServiceId AND grain = @GrainId
$q$),

('ReadReminderRowKey', $q$
SELECT grain AS "GrainId", name AS "ReminderName", starts_at AS "StartTime", period_ms AS "Period", version AS "Version"
FROM grain_reminder
WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName
$q$),

('ReadRangeRows1Key', $q$
SELECT grain AS "GrainId", name AS "ReminderName", starts_at AS "StartTime", period_ms AS "Period", version AS "Version"
FROM grain_reminder
WHERE service = @ServiceId AND hash > @BeginHash AND hash <= @EndHash
$q$),

('ReadRangeRows2Key', $q$
SELECT grain AS "GrainId", name AS "ReminderName", starts_at AS "StartTime", period_ms AS "Period", version AS "Version"
FROM grain_reminder
WHERE service = @ServiceId AND (hash > @BeginHash OR hash <= @EndHash)
$q$),

('DeleteReminderRowKey', $q$
WITH gone AS (
    DELETE FROM grain_reminder
    WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName AND version = @Version
    RETURNING 1
)
SELECT count(*)::integer FROM gone
$q$),

('DeleteReminderRowsKey', $q$
DELETE FROM grain_reminder WHERE service = @ServiceId
$q$);
