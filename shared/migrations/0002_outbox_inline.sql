-- An outbox row lives for days and is read once: pressing its value costs more than writing it. It is stored as it is,
-- inside the row as long as the row fits its page.
ALTER TABLE outbox ALTER COLUMN value SET STORAGE EXTERNAL;
ALTER TABLE outbox SET (toast_tuple_target = 8160);
