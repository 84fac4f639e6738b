-- One row per article: what is heard of it, and what is said under it. Its lock orders everything under one article.
CREATE TABLE thread (
    article_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    article_epoch bigint NOT NULL DEFAULT 0,
    article_counter bigint NOT NULL DEFAULT 0,
    withdrawn boolean NOT NULL DEFAULT false,
    published integer NOT NULL DEFAULT 0 CHECK (published >= 0),
    epoch bigint NOT NULL DEFAULT 0,
    counter bigint NOT NULL DEFAULT 0
);

-- `raw` is what the reader wrote, `html` what is shown of it, cleaned when written.
CREATE TABLE comment (
    comment_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    article_id uuid NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    heard_epoch bigint NOT NULL,
    heard_counter bigint NOT NULL,
    parent_id uuid,
    root_id uuid,
    author_name text NOT NULL,
    author_key text NOT NULL,
    raw text NOT NULL,
    html text NOT NULL,
    text text NOT NULL,
    links integer NOT NULL,
    digest bytea NOT NULL,
    cleaner integer NOT NULL,
    status text NOT NULL CHECK (status IN ('published', 'held', 'removed')),
    decided_by text NOT NULL CHECK (decided_by IN ('rules', 'cms', 'staff')),
    reasons jsonb NOT NULL,
    written_at timestamptz NOT NULL,
    CHECK (parent_id IS NOT NULL OR root_id = comment_id)
);
CREATE INDEX comment_roots ON comment (article_id, written_at DESC, comment_id DESC)
    WHERE parent_id IS NULL AND status = 'published';
CREATE INDEX comment_replies ON comment (root_id, written_at, comment_id)
    WHERE parent_id IS NOT NULL AND status = 'published';
CREATE INDEX comment_waiting ON comment (parent_id) WHERE root_id IS NULL;
CREATE INDEX comment_held ON comment (site_id, written_at, comment_id) WHERE status = 'held';
CREATE INDEX comment_author ON comment (site_id, author_key, written_at) WHERE author_key <> '';
CREATE INDEX comment_copies ON comment (article_id, digest) WHERE digest <> '';

-- How a site moderates; a site without a row has the defaults.
CREATE TABLE moderation_settings (
    site_id uuid PRIMARY KEY,
    premoderated boolean NOT NULL DEFAULT false,
    limits jsonb NOT NULL DEFAULT '{}'
);

-- What people decided. Nobody changes or deletes a row.
CREATE TABLE moderation_act (
    act_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    comment_id uuid NOT NULL,
    at timestamptz NOT NULL,
    person_id text NOT NULL,
    act text NOT NULL CHECK (act IN ('publish', 'remove')),
    status_before text NOT NULL,
    status_after text NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    note text NOT NULL DEFAULT ''
);
CREATE INDEX moderation_act_comment ON moderation_act (comment_id, at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER moderation_act_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON moderation_act
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
