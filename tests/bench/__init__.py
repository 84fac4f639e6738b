"""Measurements: `python -m tests.bench.NAME`, a table for people and one JSON object as the last line."""

import services  # noqa: F401  first of all: both sides of every bench do their sums on one core, as the product does
