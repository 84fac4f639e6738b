-- Parts and panels are kept as they were written: pressing them cost more than writing them. Nobody but this service
-- reads them, and the log forgets by age.
ALTER TABLE publication
    ALTER COLUMN article SET STORAGE EXTERNAL,
    ALTER COLUMN claims SET STORAGE EXTERNAL,
    ALTER COLUMN verdicts SET STORAGE EXTERNAL,
    ALTER COLUMN panel SET STORAGE EXTERNAL;
ALTER TABLE publication_log ALTER COLUMN panel SET STORAGE EXTERNAL;
