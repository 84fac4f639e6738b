"""Models that propose what a source does to a claim. None is switched on by itself, and none decides."""
