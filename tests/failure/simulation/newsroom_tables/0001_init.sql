-- What the simulated newsroom keeps, for the suite that compares the simulated Postgres with a real one.
CREATE TABLE submission (
    event text PRIMARY KEY,
    subject text NOT NULL,
    counter bigint NOT NULL,
    outcome text NOT NULL DEFAULT '',
    told uuid
);
CREATE TABLE document (
    name text PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0,
    counter bigint NOT NULL DEFAULT 0,
    body text NOT NULL DEFAULT ''
);
