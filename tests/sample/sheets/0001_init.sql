CREATE TABLE sheet (
    article_id text PRIMARY KEY,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    article_epoch bigint NOT NULL,
    article_counter bigint NOT NULL,
    title text NOT NULL
);
