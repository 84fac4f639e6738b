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
