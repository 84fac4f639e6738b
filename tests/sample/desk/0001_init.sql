CREATE TABLE article (
    article_id text PRIMARY KEY,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    title text NOT NULL
);
