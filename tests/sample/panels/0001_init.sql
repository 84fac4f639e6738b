CREATE TABLE panel (
    article_id text PRIMARY KEY,
    article_epoch bigint NOT NULL DEFAULT 0,
    article_counter bigint NOT NULL DEFAULT 0,
    title text NOT NULL DEFAULT '',
    sheet_epoch bigint NOT NULL DEFAULT 0,
    sheet_counter bigint NOT NULL DEFAULT 0,
    claim text NOT NULL DEFAULT ''
);

CREATE TABLE announcement (
    article_id text NOT NULL,
    counter bigint NOT NULL,
    PRIMARY KEY (article_id, counter)
);
