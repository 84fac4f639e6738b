"""The partner door, one file a noun: the archive, the record, the watching of a subject."""
