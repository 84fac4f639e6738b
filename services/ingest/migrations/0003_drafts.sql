-- Texts to be checked before they are published, each as it was told: it can be told again while its report can be read.
-- `ended` once it was told that its time is over, then without its words.
-- The token that opens the report is made from the master key and the draft's id; nothing of it stands here.
CREATE TABLE draft (
    draft_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    source_id text NOT NULL,
    told bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    ended boolean NOT NULL DEFAULT false
);
CREATE INDEX draft_age ON draft (expires_at);
