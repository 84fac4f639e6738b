-- Words of the article that the comment points at, to be checked; empty where it points at none.
ALTER TABLE comment ADD COLUMN quote text NOT NULL DEFAULT '';
