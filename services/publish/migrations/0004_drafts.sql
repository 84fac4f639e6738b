-- What was last heard of each draft, in any order; its words stand in its claims alone. Apart from `publication`, so that no
-- page, search or stream can come upon one. `revision` grows with every change, for whoever waits for the report.
CREATE TABLE draft (
    draft_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    draft bytea,
    claims bytea,
    verdicts bytea,
    revision bigint NOT NULL DEFAULT 0,
    heard_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX draft_age ON draft (heard_at);
