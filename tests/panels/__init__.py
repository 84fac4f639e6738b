"""Whole articles of different kinds held against small sets of sources: what the panels say, for people to judge."""
