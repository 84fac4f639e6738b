-- What verification keeps: subjects and claims as heard, evidence as fetched, outcomes as they stand, and an append-only
-- record of every assessment, verdict and act behind them.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- A subject under check. (epoch, counter) is the version of its verdict sheet; run_* is the round of checks under way.
CREATE TABLE subject (
    subject_id text PRIMARY KEY,
    site_id uuid NOT NULL,
    article_id text NOT NULL,
    claims_epoch bigint NOT NULL,
    claims_counter bigint NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    counter bigint NOT NULL DEFAULT 0,
    body jsonb NOT NULL,
    run_id text,
    run_every boolean NOT NULL DEFAULT false,
    run_claims text[] NOT NULL DEFAULT '{}',
    run_started_at timestamptz,
    run_attempt integer NOT NULL DEFAULT 0,
    last_run_id text NOT NULL DEFAULT '',
    checked_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (subject_id, site_id)
);
CREATE INDEX subject_article ON subject (article_id) WHERE article_id <> '';

CREATE TABLE claim (
    claim_id text PRIMARY KEY,
    subject_id text NOT NULL,
    site_id uuid NOT NULL,
    position integer NOT NULL,
    text text NOT NULL,
    text_hash text NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'stale', 'orphaned', 'withdrawn', 'dismissed')),
    source_kind text NOT NULL,
    source_name text NOT NULL,
    verbatim boolean NOT NULL,
    report boolean NOT NULL,
    FOREIGN KEY (subject_id, site_id) REFERENCES subject (subject_id, site_id),
    UNIQUE (claim_id, site_id)
);
CREATE INDEX claim_subject ON claim (subject_id, position);

-- The words a claim had and whether it was made, from when to when we knew it.
CREATE TABLE claim_words (
    word_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim_id text NOT NULL,
    site_id uuid NOT NULL,
    text text NOT NULL,
    text_hash text NOT NULL,
    state text NOT NULL,
    recorded_at timestamptz NOT NULL,
    FOREIGN KEY (claim_id, site_id) REFERENCES claim (claim_id, site_id)
);
CREATE INDEX claim_words_claim ON claim_words (claim_id, word_id DESC);
CREATE TRIGGER claim_words_append BEFORE UPDATE OR DELETE ON claim_words FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What the last check of a claim stood on, so that a change finds the claims it touches: fact checks near enough to
-- count, pages asked for, sites of the evidence.
CREATE TABLE claim_basis (
    claim_id text NOT NULL,
    site_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('fact_check', 'page', 'source')),
    value text NOT NULL,
    PRIMARY KEY (claim_id, kind, value),
    FOREIGN KEY (claim_id, site_id) REFERENCES claim (claim_id, site_id)
);
CREATE INDEX claim_basis_value ON claim_basis (site_id, kind, value);

-- The half-precision unit vector of a claim's words, so that a new fact check is held against all of them at once.
CREATE TABLE claim_vector (
    claim_id text PRIMARY KEY,
    site_id uuid NOT NULL,
    text_hash text NOT NULL,
    model_sha256 text NOT NULL,
    vector bytea NOT NULL,
    FOREIGN KEY (claim_id, site_id) REFERENCES claim (claim_id, site_id)
);
CREATE INDEX claim_vector_site ON claim_vector (site_id, claim_id);

-- The words of a page, once for every page that has them. The name of a snapshot is the hash of its words.
CREATE TABLE snapshot (
    sha256 text PRIMARY KEY,
    text text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex'))
);
CREATE TRIGGER snapshot_fixed BEFORE UPDATE ON snapshot FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE evidence (
    evidence_id text PRIMARY KEY,
    site_id uuid NOT NULL,
    sha256 text NOT NULL REFERENCES snapshot (sha256),
    url text NOT NULL,
    title text NOT NULL,
    publisher text NOT NULL,
    published_at timestamptz,
    published_at_source text NOT NULL CHECK (published_at_source IN ('', 'feed', 'page', 'markup', 'person')),
    fetched_at timestamptz NOT NULL,
    evidence_class text NOT NULL CHECK (evidence_class IN ('newsroom_analysis', 'real_time_source')),
    origin text NOT NULL CHECK (origin IN ('fetched', 'uploaded', 'typed', 'analysis')),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (evidence_id, site_id),
    CHECK ((published_at IS NULL) = (published_at_source = ''))
);
CREATE TRIGGER evidence_fixed BEFORE UPDATE OR DELETE ON evidence FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The last try at each address: what came of it, and which evidence it gave.
CREATE TABLE page (
    site_id uuid NOT NULL,
    url text NOT NULL,
    evidence_id text,
    problem text NOT NULL DEFAULT '',
    detail text NOT NULL DEFAULT '',
    tried_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, url),
    FOREIGN KEY (evidence_id, site_id) REFERENCES evidence (evidence_id, site_id),
    CHECK ((evidence_id IS NULL) <> (problem = ''))
);

-- Quotations are word for word at their offsets (code points) in stored evidence, or they are not stored.
CREATE FUNCTION is_verbatim(evidence_wanted text, site_wanted uuid, start_at integer, end_at integer, exact text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT start_at >= 0 AND end_at > start_at AND exact <> '' AND EXISTS (
        SELECT FROM evidence e JOIN snapshot s USING (sha256)
        WHERE e.evidence_id = evidence_wanted AND e.site_id = site_wanted
          AND end_at <= char_length(s.text) AND substr(s.text, start_at + 1, end_at - start_at) = exact)
$$;

CREATE FUNCTION check_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cited jsonb;
BEGIN
    FOR cited IN SELECT * FROM jsonb_array_elements(NEW.body -> 'citations') LOOP
        IF NOT is_verbatim(cited ->> 'evidence_id', NEW.site_id, (cited ->> 'start')::integer,
                           (cited ->> 'end')::integer, cited ->> 'exact') THEN
            RAISE EXCEPTION 'a quotation is not word for word in evidence %', cited ->> 'evidence_id'
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    IF NEW.status = 'verdict' AND NEW.body ->> 'rating' IN ('refuted', 'mostly_refuted')
       AND (NEW.body ->> 'decided_by' = '' OR NEW.body ->> 'reviewed_by' = '') THEN
        RAISE EXCEPTION 'a refutation names two people' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_verdict_citation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT is_verbatim(NEW.evidence_id, NEW.site_id, NEW.start_at, NEW.end_at, NEW.exact) THEN
        RAISE EXCEPTION 'a quotation is not word for word in evidence %', NEW.evidence_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- What a claim's card says now; `machine` is what the checks alone say.
CREATE TABLE outcome (
    claim_id text PRIMARY KEY,
    site_id uuid NOT NULL,
    text_hash text NOT NULL,
    status text NOT NULL CHECK (status IN ('needs_review', 'assessed', 'verdict', 'withdrawn')),
    body jsonb NOT NULL,
    machine jsonb,
    updated_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (claim_id, site_id) REFERENCES claim (claim_id, site_id)
);
CREATE TRIGGER outcome_cites_evidence BEFORE INSERT OR UPDATE ON outcome
    FOR EACH ROW EXECUTE FUNCTION check_outcome();

-- What the machine found in each run, kept for replay.
CREATE TABLE assessment (
    assessment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim_id text NOT NULL,
    site_id uuid NOT NULL,
    text_hash text NOT NULL,
    run_id text NOT NULL,
    outcome jsonb NOT NULL,
    inputs jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (claim_id, site_id) REFERENCES claim (claim_id, site_id)
);
CREATE INDEX assessment_claim ON assessment (claim_id, assessment_id DESC);
CREATE TRIGGER assessment_append BEFORE UPDATE OR DELETE ON assessment FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER assessment_keep BEFORE TRUNCATE ON assessment EXECUTE FUNCTION refuse_change();

CREATE TABLE verdict (
    claim_id text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    site_id uuid NOT NULL,
    text_hash text NOT NULL,
    rating text NOT NULL,
    explanation text NOT NULL,
    basis text NOT NULL,
    decided_by text NOT NULL,
    reviewed_by text NOT NULL,
    decided_by_id text NOT NULL,
    reviewed_by_id text NOT NULL,
    decided_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    fact_check_id text NOT NULL,
    note text NOT NULL,
    settings_version integer NOT NULL,
    PRIMARY KEY (claim_id, version),
    UNIQUE (claim_id, version, site_id),
    FOREIGN KEY (claim_id, site_id) REFERENCES claim (claim_id, site_id),
    -- no refutation by one person, whoever writes the row
    CHECK (rating NOT IN ('refuted', 'mostly_refuted')
           OR (decided_by_id <> '' AND reviewed_by_id <> '' AND decided_by_id <> reviewed_by_id))
);
CREATE TRIGGER verdict_append BEFORE UPDATE OR DELETE ON verdict FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER verdict_keep BEFORE TRUNCATE ON verdict EXECUTE FUNCTION refuse_change();

CREATE TABLE verdict_citation (
    claim_id text NOT NULL,
    version integer NOT NULL,
    site_id uuid NOT NULL,
    position integer NOT NULL,
    evidence_id text NOT NULL,
    start_at integer NOT NULL CHECK (start_at >= 0),
    end_at integer NOT NULL CHECK (end_at > start_at),
    exact text NOT NULL CHECK (exact <> ''),
    stance text NOT NULL CHECK (stance IN ('supports', 'contradicts', 'discusses')),
    PRIMARY KEY (claim_id, version, position),
    FOREIGN KEY (claim_id, version, site_id) REFERENCES verdict (claim_id, version, site_id),
    FOREIGN KEY (evidence_id, site_id) REFERENCES evidence (evidence_id, site_id)
);
CREATE INDEX verdict_citation_evidence ON verdict_citation (evidence_id);
CREATE TRIGGER verdict_citation_verbatim BEFORE INSERT ON verdict_citation
    FOR EACH ROW EXECUTE FUNCTION check_verdict_citation();
CREATE TRIGGER verdict_citation_append BEFORE UPDATE OR DELETE ON verdict_citation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER verdict_citation_keep BEFORE TRUNCATE ON verdict_citation EXECUTE FUNCTION refuse_change();

-- The review of one claim; `seen` names what the machine had found when people last decided.
CREATE TABLE review (
    claim_id text PRIMARY KEY,
    site_id uuid NOT NULL,
    text_hash text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'proposed', 'decided')),
    version integer NOT NULL,
    decision jsonb,
    proposed_by_id text NOT NULL DEFAULT '',
    proposed_by text NOT NULL DEFAULT '',
    assigned_to text NOT NULL DEFAULT '',
    opened_at timestamptz NOT NULL,
    due_at timestamptz,
    returned_note text NOT NULL DEFAULT '',
    verdict_version integer NOT NULL DEFAULT 0,
    seen text NOT NULL DEFAULT '',
    FOREIGN KEY (claim_id, site_id) REFERENCES claim (claim_id, site_id)
);
CREATE INDEX review_waiting ON review (site_id, state, opened_at, claim_id);

CREATE TABLE fact_check (
    fact_check_id text PRIMARY KEY,
    site_id uuid NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    own boolean NOT NULL,
    claim text NOT NULL,
    title text NOT NULL,
    claimant text NOT NULL,
    url text NOT NULL,
    publisher text NOT NULL,
    publisher_url text NOT NULL,
    rating text NOT NULL,
    rating_label text NOT NULL,
    reviewed_at timestamptz,
    language text NOT NULL,
    withdrawn boolean NOT NULL,
    article_id text NOT NULL,
    claim_id text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fact_check_newest ON fact_check (site_id, (COALESCE(reviewed_at, timestamptz 'epoch')), fact_check_id);
CREATE INDEX fact_check_changed ON fact_check (changed_at);

-- Half-precision unit vectors (claim, title) of a fact check as it was at a version, so that a start encodes nothing again.
CREATE TABLE fact_check_vector (
    fact_check_id text NOT NULL REFERENCES fact_check (fact_check_id),
    model_sha256 text NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    vectors bytea NOT NULL,
    PRIMARY KEY (fact_check_id, model_sha256)
);

-- A site's policy, version by version; only a person's act adds one.
CREATE TABLE policy (
    site_id uuid NOT NULL,
    version integer NOT NULL,
    body jsonb NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, version)
);
CREATE TRIGGER policy_append BEFORE UPDATE OR DELETE ON policy FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- How a site rates its sources, version by version, with where that is known from; only a person's act adds one.
CREATE TABLE source_rating (
    site_id uuid NOT NULL,
    domain text NOT NULL CHECK (domain <> ''),
    version integer NOT NULL CHECK (version > 0),
    credibility text NOT NULL CHECK (credibility IN ('reliable', 'mixed', 'unreliable', 'unrated')),
    note text NOT NULL,
    provenance text NOT NULL,
    recorded_by text NOT NULL,
    valid_from timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, domain, version)
);
CREATE TRIGGER source_rating_append BEFORE UPDATE OR DELETE ON source_rating
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Everything that decided: ids and hashes alone, each row hashed over the one before it.
CREATE TABLE audit (
    seq bigint PRIMARY KEY,
    entry text NOT NULL,
    prev_hash text NOT NULL,
    entry_hash text NOT NULL
);
CREATE TABLE audit_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    seq bigint NOT NULL,
    entry_hash text NOT NULL
);
INSERT INTO audit_head VALUES (true, 0, repeat('0', 64));
CREATE TRIGGER audit_append BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_keep BEFORE TRUNCATE ON audit EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_keep BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_whole BEFORE TRUNCATE ON audit_head EXECUTE FUNCTION refuse_change();

-- The only writer of the chain: the head's row lock puts the writers in a line.
CREATE FUNCTION append_audit(new_entry text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    head audit_head%ROWTYPE;
    new_hash text;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    new_hash := encode(sha256(convert_to(head.entry_hash || E'\n' || (head.seq + 1) || E'\n' || new_entry, 'UTF8')), 'hex');
    INSERT INTO audit VALUES (head.seq + 1, new_entry, head.entry_hash, new_hash);
    UPDATE audit_head SET seq = head.seq + 1, entry_hash = new_hash;
    RETURN head.seq + 1;
END $$;

-- An owner that is no superuser loses the right itself; the triggers hold for everybody. Tables that others refer to
-- keep UPDATE, because a foreign key check locks their rows as their owner; there the triggers stand alone.
REVOKE UPDATE, DELETE, TRUNCATE ON audit, assessment, verdict_citation, policy, source_rating, claim_words FROM CURRENT_USER, PUBLIC;
REVOKE DELETE, TRUNCATE ON verdict, evidence, snapshot FROM CURRENT_USER, PUBLIC;
