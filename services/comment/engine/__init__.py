"""Cleaning readers' words and judging them by rules. Pure: no network, no database, no clock."""
