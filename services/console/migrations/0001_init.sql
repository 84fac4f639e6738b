-- The staff desk: people, their sessions, the key that vouches for them, and what was done.
-- Sites, partner keys and public halves of signers stand in the directory tables every service has; here, at the
-- console, those rows are the original and not a copy.

CREATE TABLE staff (
    staff_id uuid PRIMARY KEY,
    site_id uuid NOT NULL REFERENCES site,
    login text NOT NULL UNIQUE CHECK (login = lower(login)),
    display_name text NOT NULL,
    password_hash text NOT NULL,
    roles text[] NOT NULL CHECK (roles <@ ARRAY['reviewer', 'moderator', 'admin']),
    disabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- The cookie's value is kept as a hash only.
CREATE TABLE session (
    token_sha256 bytea PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_expiry ON session (expires_at);

-- Private halves, sealed under the master key.
CREATE TABLE signer_secret (
    signer_id text PRIMARY KEY REFERENCES staff_signer,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE audit (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    site_id uuid NOT NULL,
    person text NOT NULL,
    act text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is only ever added to';
END
$$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
