-- Both SQLite and PostgreSQL read this file: types that both know, times as milliseconds since 1970 UTC.
CREATE TABLE run_history (
    run_uid text NOT NULL PRIMARY KEY,
    run_namespace text NOT NULL,
    run_name text NOT NULL,
    instance text,
    phase text,
    first_at bigint NOT NULL,
    last_at bigint NOT NULL,
    entries bigint NOT NULL,
    transcript text
);

CREATE INDEX run_history_by_name ON run_history (run_namespace, run_name, last_at);

CREATE INDEX run_history_by_time ON run_history (last_at);

CREATE TABLE run_history_entry (
    run_uid text NOT NULL,
    entry_id text NOT NULL,
    sequence bigint NOT NULL,
    at bigint NOT NULL,
    topic text NOT NULL,
    phase text,
    data text,
    PRIMARY KEY (run_uid, entry_id)
);

CREATE UNIQUE INDEX run_history_entry_in_order ON run_history_entry (run_uid, sequence);

CREATE TABLE model_call (
    call_id text NOT NULL PRIMARY KEY,
    run_namespace text NOT NULL,
    run_name text NOT NULL,
    instance text,
    provider text NOT NULL,
    model text NOT NULL,
    at bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cached_input_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    estimated integer NOT NULL,
    cost_micro_usd bigint
);

CREATE INDEX model_call_by_time ON model_call (at);

CREATE TABLE session (
    session_namespace text NOT NULL,
    instance text NOT NULL,
    session_key text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    messages bigint NOT NULL,
    PRIMARY KEY (session_namespace, instance, session_key)
);

CREATE INDEX session_by_time ON session (updated_at);

CREATE TABLE session_message (
    session_namespace text NOT NULL,
    instance text NOT NULL,
    session_key text NOT NULL,
    sequence bigint NOT NULL,
    run_uid text NOT NULL,
    role text NOT NULL,
    content text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (session_namespace, instance, session_key, sequence)
);

CREATE TABLE api_key (
    id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    hash text NOT NULL,
    namespaces text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint
);

CREATE UNIQUE INDEX api_key_by_name ON api_key (name) WHERE revoked_at IS NULL;
