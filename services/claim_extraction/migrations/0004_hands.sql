-- What people did with the claims of an article, one row an act. Nobody changes or deletes a row.
CREATE TABLE claim_act (
    act_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject_id uuid NOT NULL,
    site_id uuid NOT NULL,
    act text NOT NULL CHECK (act IN ('add', 'split', 'merge', 'dismiss', 'restore')),
    claim_id text NOT NULL,
    others text[] NOT NULL,
    person_id text NOT NULL,
    person text NOT NULL,
    note text NOT NULL,
    epoch bigint NOT NULL,
    counter bigint NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX claim_act_subject ON claim_act (subject_id, act_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER claim_act_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_act
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
