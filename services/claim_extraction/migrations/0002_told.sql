-- The sheet as it was last told: it can be told again without the article it was read from.
ALTER TABLE sheet ADD COLUMN told bytea;
