-- Only this service reads a sheet's body, and always the whole of it: it is kept as it was written. Parsing it as jsonb
-- and pressing it, the text and the event cost most of what storing a sheet cost.
ALTER TABLE sheet ALTER COLUMN body TYPE bytea USING convert_to(body::text, 'UTF8');
ALTER TABLE sheet
    ALTER COLUMN body SET STORAGE EXTERNAL,
    ALTER COLUMN told SET STORAGE EXTERNAL,
    ALTER COLUMN reading SET STORAGE EXTERNAL;
