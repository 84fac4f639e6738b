-- Claims readers sent in, so that a form sent twice is one request: a digest of what was asked, nothing of who asked.
CREATE TABLE reader_request (
    request_id uuid PRIMARY KEY,
    digest bytea NOT NULL,
    taken_at timestamptz NOT NULL
);
CREATE INDEX reader_request_age ON reader_request (taken_at);
