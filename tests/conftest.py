"""Fixtures every test may use. They live in shared/testing, beside the servers they start."""

from __future__ import annotations

pytest_plugins = [
    "shared.testing.servers",
    "shared.testing.kit",
    "shared.testing.summary",
    "tests.offline.plugin",
    "tests.sample.fixtures",
]
