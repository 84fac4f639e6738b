"""What an operator can set about evidence is written down, with what holds when it is not; an empty value is off."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.verification.connectors.choosing import NAMES, ConnectorSettings, connectors
from services.verification.plugins.choosing import PluginSettings
from services.verification.settings import Settings
from shared.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "PLUMBLINE_VERIFICATION_"


def example() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(rf"^#{PREFIX}([A-Z_]+)=(.*)$", text, re.MULTILINE))


def plain(value: Any) -> Any:
    value = value.get_secret_value() if isinstance(value, SecretStr) else value
    return [] if value == () else value


@pytest.mark.parametrize("name", [*ConnectorSettings.model_fields, *PluginSettings.model_fields])
def test_the_example_environment_names_every_setting_of_evidence(name: str) -> None:
    shown = example()
    assert name.upper() in shown, f"{PREFIX}{name.upper()} is not in .env.example"
    given, default = shown[name.upper()], plain(Settings.model_fields[name].default)
    if given == "":
        assert not default
    else:
        assert (given if isinstance(default, str) else json.loads(given)) == default


def test_the_example_environment_names_nothing_that_cannot_be_set() -> None:
    assert set(example()) <= {name.upper() for name in Settings.model_fields}


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
