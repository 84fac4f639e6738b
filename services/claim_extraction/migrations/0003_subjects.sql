-- Subjects without an article stand beside articles. `owner` is the partner that sent one in, empty for everything else.
-- `reading` is the text as it was last read and the day its dates count from; `answer` is what the sender was told;
-- `to_relate` says that its claims are still to be compared with what is known elsewhere.
ALTER TABLE sheet
    ADD COLUMN kind text NOT NULL DEFAULT 'article' CHECK (kind IN ('article', 'draft', 'text', 'claim')),
    ADD COLUMN owner text NOT NULL DEFAULT '',
    ADD COLUMN reading bytea,
    ADD COLUMN content_sha256 text NOT NULL DEFAULT '',
    ADD COLUMN answer bytea,
    ADD COLUMN to_relate boolean NOT NULL DEFAULT false,
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX sheet_owner ON sheet (site_id, owner, created_at DESC, subject_id DESC) WHERE owner <> '';

CREATE INDEX sheet_to_relate ON sheet (subject_id) WHERE to_relate;

-- Words readers pointed at, kept also before their article came and while its words are other ones.
CREATE TABLE tip (
    tip_id uuid PRIMARY KEY,
    article_id uuid NOT NULL,
    site_id uuid NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    words text NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tip_article ON tip (article_id, tip_id);

-- What is known to be claimed: the statements of published articles and the fact checks of the archive. `vector` is of
-- `text`, by `model`; `earlier` and `checked_as` are what a claim was last found to be the same as; a fact check is
-- `waiting` until it was compared with the claims.
CREATE TABLE known (
    known_id text PRIMARY KEY,
    site_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('claim', 'fact_check')),
    epoch bigint NOT NULL DEFAULT 0,
    counter bigint NOT NULL DEFAULT 0,
    text text NOT NULL,
    subject_id text NOT NULL DEFAULT '',
    of_claim text NOT NULL DEFAULT '',
    dated timestamptz NOT NULL,
    url text NOT NULL DEFAULT '',
    publisher text NOT NULL DEFAULT '',
    rating_label text NOT NULL DEFAULT '',
    withdrawn boolean NOT NULL DEFAULT false,
    waiting boolean NOT NULL DEFAULT false,
    model text NOT NULL DEFAULT '',
    vector bytea,
    earlier text NOT NULL DEFAULT '',
    checked_as text NOT NULL DEFAULT '',
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX known_changed ON known (changed_at);
CREATE INDEX known_checked_as ON known (checked_as) WHERE checked_as <> '';
CREATE INDEX known_waiting ON known (known_id) WHERE waiting;
