-- One row a subject: all its claims at the sheet's present version.
CREATE TABLE sheet (
    subject_id uuid PRIMARY KEY,
    site_id uuid NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    article_epoch bigint NOT NULL,
    article_counter bigint NOT NULL,
    body jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Vectors of sentences already read, by the hash of their normalised words and the model that made them.
CREATE TABLE sentence_vector (
    text_hash bytea NOT NULL,
    model_sha256 bytea NOT NULL,
    vector bytea NOT NULL,
    used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (text_hash, model_sha256)
);
