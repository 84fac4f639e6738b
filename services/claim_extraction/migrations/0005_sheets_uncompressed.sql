-- A sheet is written as often as it is read: pressing its body, the text and the event cost most of what storing it cost.
ALTER TABLE sheet
    ALTER COLUMN body SET STORAGE EXTERNAL,
    ALTER COLUMN told SET STORAGE EXTERNAL,
    ALTER COLUMN reading SET STORAGE EXTERNAL;
