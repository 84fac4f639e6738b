"""Ingest: the door of the newsroom's CMS. What comes in is checked, cleaned, versioned and told to the other services."""
