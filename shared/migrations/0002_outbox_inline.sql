-- An outbox row lives for days and is read once: pressing its value costs more than writing it. It is stored as it is,
-- and out of the row when it is long, so that marking the row as published does not write it again.
ALTER TABLE outbox ALTER COLUMN value SET STORAGE EXTERNAL;
