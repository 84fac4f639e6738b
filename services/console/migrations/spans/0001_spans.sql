-- Spans of every service, in a database of their own: they may be dropped whole at any time.

CREATE TABLE span (
    trace_id bytea NOT NULL,
    span_id bytea NOT NULL,
    parent_id bytea,
    service text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    started_ns bigint NOT NULL,
    ended_ns bigint NOT NULL,
    failed boolean NOT NULL,
    attributes jsonb NOT NULL,
    links jsonb NOT NULL,
    PRIMARY KEY (trace_id, span_id)
);
CREATE INDEX span_age ON span (started_ns);
CREATE INDEX span_roots ON span (started_ns DESC) WHERE parent_id IS NULL;
