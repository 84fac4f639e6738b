-- Tables every service has: what it says, what it heard, what it set aside, whom it knows.

-- A restore raises the epoch, so every later version beats every earlier one.
CREATE TABLE installation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch bigint NOT NULL DEFAULT 1
);
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    headers bytea NOT NULL,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX outbox_pending ON outbox (position) WHERE published_at IS NULL;
CREATE INDEX outbox_event ON outbox (event_id);

CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    topic text NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_age ON inbox (handled_at);

-- One data key a day, wrapped by the master key; destroying the row makes what it sealed unreadable.
CREATE TABLE day_key (
    day date PRIMARY KEY,
    wrapped bytea NOT NULL
);

CREATE TABLE dead_letter (
    dead_letter_id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('event', 'job')),
    event_id uuid,
    topic text NOT NULL,
    partition integer,
    "offset" bigint,
    key text NOT NULL DEFAULT '',
    type text NOT NULL DEFAULT '',
    sealed bytea NOT NULL,
    sealed_day date NOT NULL,
    error text NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL,
    trace_id text NOT NULL DEFAULT '',
    first_seen timestamptz NOT NULL,
    dead_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed', 'discarded')),
    settled_at timestamptz,
    settled_by text
);
CREATE INDEX dead_letter_open ON dead_letter (dead_at) WHERE state = 'open';
CREATE INDEX dead_letter_event ON dead_letter (event_id);

-- Acts of operators on this database; never updated, never deleted.
CREATE TABLE operator_act (
    act_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    person text NOT NULL,
    act text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);

-- The directory as this service last heard it; it holds while Kafka is down.
CREATE TABLE site (
    site_id uuid PRIMARY KEY,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    name text NOT NULL,
    body bytea NOT NULL
);
INSERT INTO site VALUES ('01900000-0000-7000-8000-000000000001', 0, 0, 'Default site', '');

CREATE TABLE partner_key (
    key_id text PRIMARY KEY,
    site_id uuid NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    partner_id text NOT NULL,
    partner_name text NOT NULL,
    secret_sha256 bytea NOT NULL,
    scopes text[] NOT NULL,
    requests_per_minute integer NOT NULL,
    revoked boolean NOT NULL,
    expires_at timestamptz
);

CREATE TABLE staff_signer (
    signer_id text PRIMARY KEY,
    site_id uuid NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    public_key bytea NOT NULL,
    revoked boolean NOT NULL
);
