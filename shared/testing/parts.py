"""Parts a test may need of the machine, and what happens when one is missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
PARTS_USED = pytest.StashKey[dict[str, str]]()


def under_ci() -> bool:
    """Whether every part is required (CI=true)."""
    return os.environ.get("CI", "").lower() in {"true", "1"}


def missing(reason: str) -> NoReturn:
    """End a test that lacks a part: a failure under CI=true, elsewhere a skip that says why."""
    if under_ci():
        pytest.fail(f"{reason}; required under CI=true", pytrace=False)
    pytest.skip(reason)


def note_part(config: pytest.Config, part: str, used: str) -> None:
    """Record which broker, browser, ... this run used; printed at its end."""
    config.stash.setdefault(PARTS_USED, {})[part] = used


def find_chromium() -> str | None:
    """Path of a Chromium: $PLUMBLINE_CHROMIUM, one on the PATH, or the one playwright downloaded. None when there is none."""
    if given := os.environ.get("PLUMBLINE_CHROMIUM"):
        return given
    on_path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if on_path is None and MAC_CHROME.exists():
        return str(MAC_CHROME)
    return on_path or _playwright_download()


def _playwright_download() -> str | None:
    given = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    places = (
        [Path(given)] if given else [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    )
    patterns = (
        "chromium-*/chrome-linux*/chrome",
        "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
        "chromium_headless_shell-*/chrome-*/*headless*shell",
    )
    found = [path for place in places for pattern in patterns for path in sorted(place.glob(pattern))]
    return str(found[-1]) if found else None
