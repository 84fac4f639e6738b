-- What was last heard of each article, side by side, and the panel folded from it. Parts arrive in any order.
CREATE TABLE publication (
    article_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    article bytea,
    article_epoch bigint NOT NULL DEFAULT 0,
    article_counter bigint NOT NULL DEFAULT 0,
    claims bytea,
    claims_epoch bigint NOT NULL DEFAULT 0,
    claims_counter bigint NOT NULL DEFAULT 0,
    verdicts bytea,
    verdicts_epoch bigint NOT NULL DEFAULT 0,
    verdicts_counter bigint NOT NULL DEFAULT 0,
    panel bytea,
    panel_epoch bigint NOT NULL DEFAULT 0,
    panel_counter bigint NOT NULL DEFAULT 0,
    revision bigint NOT NULL DEFAULT 0,
    published_at timestamptz,
    withdrawn boolean NOT NULL DEFAULT false,
    claim_ids uuid[] NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX publication_latest ON publication (site_id, published_at DESC, article_id)
    WHERE article IS NOT NULL AND NOT withdrawn;
CREATE INDEX publication_claim ON publication USING gin (claim_ids);

-- Every panel in the order its transaction committed: writers take one lock before they draw a revision.
CREATE SEQUENCE publication_revision;
CREATE TABLE publication_log (
    revision bigint PRIMARY KEY,
    article_id uuid NOT NULL,
    site_id uuid NOT NULL,
    panel bytea NOT NULL,
    logged_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX publication_log_age ON publication_log (logged_at);

CREATE TABLE correction (
    correction_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    article_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    body bytea NOT NULL,
    corrected_at timestamptz NOT NULL
);
CREATE INDEX correction_article ON correction (article_id, corrected_at DESC);
CREATE INDEX correction_site ON correction (site_id, corrected_at DESC, correction_id);

CREATE TABLE progress (
    article_id uuid PRIMARY KEY,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    run_id text NOT NULL,
    done integer NOT NULL,
    total integer NOT NULL,
    heard_at timestamptz NOT NULL
);

CREATE TABLE comment (
    comment_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    article_id uuid NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    status text NOT NULL,
    parent_id text NOT NULL,
    root_id text NOT NULL,
    author_name text NOT NULL,
    body_html text NOT NULL,
    written_at timestamptz NOT NULL
);
CREATE INDEX comment_roots ON comment (article_id, written_at DESC, comment_id DESC)
    WHERE parent_id = '' AND status = 'published';
CREATE INDEX comment_replies ON comment (root_id, written_at, comment_id) WHERE parent_id <> '' AND status = 'published';

CREATE TABLE comment_count (
    article_id uuid PRIMARY KEY,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    published integer NOT NULL
);

CREATE TABLE fact_check (
    fact_check_id text PRIMARY KEY,
    site_id uuid NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    own boolean NOT NULL,
    withdrawn boolean NOT NULL,
    claim text NOT NULL,
    title text NOT NULL,
    claimant text NOT NULL,
    url text NOT NULL,
    publisher text NOT NULL,
    rating text NOT NULL,
    rating_label text NOT NULL,
    reviewed_at timestamptz,
    claim_id text NOT NULL,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english', claim || ' ' || title || ' ' || publisher)) STORED
);
CREATE INDEX fact_check_words ON fact_check USING gin (words);
CREATE INDEX fact_check_latest ON fact_check (site_id, reviewed_at DESC NULLS LAST, fact_check_id) WHERE NOT withdrawn;

CREATE TABLE verification_request (
    article_id uuid PRIMARY KEY,
    request_id uuid NOT NULL,
    counter bigint NOT NULL,
    requested_at timestamptz NOT NULL
);

-- The spoken article; made again only when its words changed.
CREATE TABLE audio (
    article_id uuid PRIMARY KEY,
    text_sha256 text NOT NULL,
    state text NOT NULL CHECK (state IN ('ready', 'unavailable')),
    reason text NOT NULL DEFAULT '',
    opus bytea,
    mp3 bytea,
    vtt text NOT NULL DEFAULT '',
    duration_ms integer NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL DEFAULT now()
);
