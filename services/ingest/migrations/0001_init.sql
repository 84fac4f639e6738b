-- Who may deliver. Secrets are sealed under the master key; a rotation keeps the previous one for a while.
CREATE TABLE source (
    source_id text PRIMARY KEY CHECK (source_id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    site_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('cloudevents', 'kafka')),
    sealed_current bytea NOT NULL,
    sealed_previous bytea,
    previous_until timestamptz,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoked')),
    created_at timestamptz NOT NULL,
    rotated_at timestamptz
);

-- One request or record as it came: raw bytes sealed under the key of their day, which retention destroys.
CREATE TABLE delivery (
    delivery_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    source_id text NOT NULL,
    door text NOT NULL CHECK (door IN ('http', 'kafka')),
    headers_sha256 bytea NOT NULL,
    sealed bytea NOT NULL,
    sealed_day date NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX delivery_age ON delivery (received_at);

-- What became of each event of a delivery.
CREATE TABLE submission (
    submission_id uuid PRIMARY KEY,
    delivery_id uuid NOT NULL,
    site_id uuid NOT NULL,
    source_id text NOT NULL,
    event_id text NOT NULL,
    event_type text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'stale', 'rejected')),
    reason text NOT NULL DEFAULT '',
    field text NOT NULL DEFAULT '',
    article_id uuid,
    comment_id uuid,
    told_event_id uuid,
    received_at timestamptz NOT NULL
);
CREATE INDEX submission_delivery ON submission (delivery_id);
CREATE INDEX submission_article ON submission (article_id, received_at) WHERE article_id IS NOT NULL;
CREATE INDEX submission_age ON submission (received_at);

-- Deliveries and events taken in, by what the sender calls them: a repetition changes nothing.
CREATE TABLE seen_delivery (
    source_id text NOT NULL,
    key text NOT NULL,
    submission_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, key)
);
CREATE INDEX seen_delivery_age ON seen_delivery (seen_at);

-- The newest state of every article; (epoch, counter) = (0, 0) stands only inside the transaction that first hears of it.
CREATE TABLE article (
    article_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    source_id text NOT NULL,
    external_id text NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    counter bigint NOT NULL DEFAULT 0,
    withdrawn boolean NOT NULL DEFAULT false,
    url text NOT NULL DEFAULT '',
    title text NOT NULL DEFAULT '',
    standfirst text NOT NULL DEFAULT '',
    bylines text[] NOT NULL DEFAULT '{}',
    language text NOT NULL DEFAULT '',
    published_at timestamptz,
    updated_at timestamptz,
    blocks jsonb NOT NULL DEFAULT '[]',
    links text[] NOT NULL DEFAULT '{}',
    text_sha256 text NOT NULL DEFAULT '',
    UNIQUE (site_id, source_id, external_id)
);

-- Which version of a reader's comment was last told. Its words live in the comment service alone.
CREATE TABLE cms_comment (
    comment_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    source_id text NOT NULL,
    article_id uuid NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    counter bigint NOT NULL DEFAULT 0
);
