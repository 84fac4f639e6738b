"""Where an installed package keeps its files, found without importing it (an import may start or warn about things)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def package_folder(name: str) -> Path:
    """Folder of an installed top-level package. Raises ModuleNotFoundError when it is not installed."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"package {name} is not installed", name=name)
    return Path(spec.submodule_search_locations[0])
