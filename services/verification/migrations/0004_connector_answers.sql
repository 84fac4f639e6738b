-- What a provider answered, for all instances: found or nothing, never a failure. A question is named by its hash.
CREATE TABLE connector_answer (
    site_id uuid NOT NULL,
    connector text NOT NULL,
    question_sha256 text NOT NULL,
    status text NOT NULL CHECK (status IN ('found', 'nothing')),
    body text NOT NULL CHECK (octet_length(body) <= 1000000),
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, connector, question_sha256)
);
CREATE INDEX connector_answer_age ON connector_answer (answered_at);
