-- The claim that makes several statements, of which this one is one.
ALTER TABLE claim ADD COLUMN part_of text NOT NULL DEFAULT '';
