-- The desk: who has a claim, by when, what people put before it, and every step they took.

ALTER TABLE review DROP CONSTRAINT review_state_check;
ALTER TABLE review
    ADD CONSTRAINT review_state_check
        CHECK (state IN ('open', 'assigned', 'proposed', 'decided', 'corrected', 'withdrawn')),
    ADD COLUMN assigned_name text NOT NULL DEFAULT '',
    ADD COLUMN priority smallint NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 3),
    ADD COLUMN came_from text NOT NULL DEFAULT 'open'
        CHECK (came_from IN ('open', 'decided', 'corrected', 'withdrawn')),
    ADD CONSTRAINT review_assigned CHECK (state <> 'assigned' OR assigned_to <> ''),
    ADD CONSTRAINT review_proposed CHECK (state <> 'proposed' OR (decision IS NOT NULL AND proposed_by_id <> ''));
CREATE INDEX review_due ON review (site_id, due_at) WHERE due_at IS NOT NULL;

-- Sources people put before a claim. An address is fetched by a job, so it is `fetching` first.
CREATE TABLE review_source (
    source_id text PRIMARY KEY,
    claim_id text NOT NULL,
    site_id uuid NOT NULL,
    way text NOT NULL CHECK (way IN ('url', 'upload', 'typed')),
    url text NOT NULL,
    own_analysis boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('fetching', 'ready', 'failed')),
    problem text NOT NULL DEFAULT '',
    evidence_id text,
    added_by_id text NOT NULL,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    FOREIGN KEY (claim_id, site_id) REFERENCES claim (claim_id, site_id),
    FOREIGN KEY (evidence_id, site_id) REFERENCES evidence (evidence_id, site_id),
    CHECK ((state = 'ready') = (evidence_id IS NOT NULL)),
    CHECK ((state = 'failed') = (problem <> ''))
);
CREATE INDEX review_source_claim ON review_source (claim_id, added_at);
CREATE INDEX review_source_newest ON review_source (site_id, added_at DESC, source_id);

-- Passages kept for the decision; word for word, or the database refuses them.
CREATE TABLE review_quote (
    quote_id text PRIMARY KEY,
    claim_id text NOT NULL,
    site_id uuid NOT NULL,
    evidence_id text NOT NULL,
    start_at integer NOT NULL CHECK (start_at >= 0),
    end_at integer NOT NULL CHECK (end_at > start_at),
    exact text NOT NULL CHECK (exact <> ''),
    stance text NOT NULL CHECK (stance IN ('supports', 'contradicts', 'discusses')),
    picked_by_id text NOT NULL,
    picked_by text NOT NULL,
    picked_at timestamptz NOT NULL,
    FOREIGN KEY (claim_id, site_id) REFERENCES claim (claim_id, site_id),
    FOREIGN KEY (evidence_id, site_id) REFERENCES evidence (evidence_id, site_id)
);
CREATE INDEX review_quote_claim ON review_quote (claim_id, picked_at);
CREATE TRIGGER review_quote_verbatim BEFORE INSERT OR UPDATE ON review_quote
    FOR EACH ROW EXECUTE FUNCTION check_verdict_citation();

-- What people did with a claim, for people to read. The audit chain holds the same steps as ids and hashes.
CREATE TABLE review_act (
    act_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim_id text NOT NULL,
    site_id uuid NOT NULL,
    act text NOT NULL,
    person_id text NOT NULL,
    person text NOT NULL,
    note text NOT NULL,
    rating text NOT NULL,
    review_version integer NOT NULL,
    verdict_version integer NOT NULL,
    at timestamptz NOT NULL,
    FOREIGN KEY (claim_id, site_id) REFERENCES claim (claim_id, site_id)
);
CREATE INDEX review_act_claim ON review_act (claim_id, act_id);
CREATE TRIGGER review_act_append BEFORE UPDATE OR DELETE ON review_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER review_act_keep BEFORE TRUNCATE ON review_act EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON review_act FROM CURRENT_USER, PUBLIC;
