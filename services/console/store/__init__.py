"""Every SQL statement of the staff desk, by what it keeps."""
