-- A rating names who gave it in words people read, and where the ground of it can be read.
ALTER TABLE source_rating
    ADD COLUMN recorded_by_name text NOT NULL DEFAULT '',
    ADD COLUMN link text NOT NULL DEFAULT '';
