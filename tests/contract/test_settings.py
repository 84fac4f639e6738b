"""What an operator can set is written down, with what holds when it is not; nothing else is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, TypeAdapter

from services.__main__ import all_specs
from shared.doctor.environment import TESTS_ALONE
from shared.settings import FromEnvironment, KitSettings

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
KINDS: list[type[Any]] = [KitSettings, *(spec.settings for spec in all_specs())]
DEFAULTS: dict[str, Any] = {
    kind.variable(name): field.default
    for kind in KINDS
    if issubclass(kind, FromEnvironment)
    for name, field in kind.model_fields.items()
}


def shown() -> dict[str, str]:
    return dict(re.findall(r"^#(PLUMBLINE_[A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("variable", DEFAULTS)
def test_the_example_environment_names_every_setting_with_its_default(variable: str) -> None:
    default = DEFAULTS[variable]
    default = default.get_secret_value() if isinstance(default, SecretStr) else default
    assert variable in shown(), f"{variable} is not in .env.example"
    given = shown()[variable]
    if default is None or default == "":
        assert given == ""
    elif isinstance(default, tuple):
        assert json.loads(given) == list(default)
    else:
        assert TypeAdapter(type(default)).validate_python(given) == default


def test_the_example_environment_names_nothing_that_cannot_be_set() -> None:
    assert set(shown()) - TESTS_ALONE == set(DEFAULTS)


def test_every_service_reads_its_settings_from_variables_and_files_alike() -> None:
    assert all(issubclass(kind, FromEnvironment) for kind in KINDS)
