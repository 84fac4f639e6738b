"""Every SQL statement of verification, one file a noun."""
