"""Every Python that a test starts loads this first, because the folder stands at the head of PYTHONPATH."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location(
    "plumbline_offline_guard", Path(__file__).resolve().parents[1] / "guard.py"
)
assert _spec is not None
assert _spec.loader is not None
_guard = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_guard)
_guard.install()
