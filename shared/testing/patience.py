"""How long a test waits for what has to come."""

from __future__ import annotations

import os

PATIENCE = float(os.environ.get("PLUMBLINE_TEST_PATIENCE", "120"))
"""Seconds, many times what a slow and busy machine needs: a test that passes never waits so long, and none fails by chance.
Only `tests.prove`, whose tests are meant to fail, asks for less."""
