"""Fixtures every test may use. They live in shared/testing, beside the servers they start.

Generated examples are the same in every run, so a run never fails by chance; `make soak` draws others.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "shared.testing.servers",
    "shared.testing.kit",
    "shared.testing.summary",
    "tests.offline.plugin",
    "tests.sample.fixtures",
]

# How long an example takes depends on what else the machine does.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("same", _UNHURRIED, derandomize=True, database=None)
settings.register_profile("other", _UNHURRIED, derandomize=False)
settings.load_profile("same")
