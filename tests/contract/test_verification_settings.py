"""Connectors are off until the environment switches them on."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.verification.connectors.choosing import NAMES, connectors
from services.verification.settings import Settings
from shared.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "PLUMBLINE_VERIFICATION_"


def test_nothing_is_asked_unless_somebody_switched_it_on() -> None:
    assert connectors(Settings(), SystemClock().now) == []


def test_every_connector_can_be_switched_on_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("secret\n")
    for name, value in {
        "ANALYSES_FOLDER": str(tmp_path),
        "FEEDS": '["https://news.example/rss"]',
        "GOOGLE_FACT_CHECK_KEY_FILE": str(key),
        "WIKIPEDIA_URL": "https://en.wikipedia.org",
        "WIKIDATA_URL": "https://www.wikidata.org",
        "GDELT_URL": "https://api.gdeltproject.org/api/v2/doc/doc",
        "SEARXNG_URL": "http://10.0.0.5:8888",
        "BRAVE_KEY": "k",
        "STATISTICS_URL": "https://api.worldbank.org/v2",
    }.items():
        monkeypatch.setenv(PREFIX + name, value)
    settings = Settings()
    assert [each.name for each in connectors(settings, SystemClock().now)] == list(NAMES)
    assert settings.google_fact_check_key.get_secret_value() == "secret"
    assert "secret" not in repr(settings)
