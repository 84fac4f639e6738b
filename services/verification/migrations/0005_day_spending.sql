-- What a site spent on providers that want money, by day (UTC), in millionths of their currency; `providers` parts it.
CREATE TABLE day_spending (
    site_id uuid NOT NULL,
    day date NOT NULL,
    micros bigint NOT NULL CHECK (micros >= 0),
    providers jsonb NOT NULL,
    PRIMARY KEY (site_id, day)
);
