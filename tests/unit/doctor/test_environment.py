"""What the doctor says of settings, keys, schemas and clocks."""

from __future__ import annotations

import base64
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.doctor import Examined, Finding, State
from shared.doctor.databases import clock, compare
from shared.doctor.environment import doors, read, settings_of, shown, unread
from shared.doctor.machine import encoder, home, master_key
from shared.postgres import PLATFORM
from shared.service import ServiceSpec
from shared.settings import FromEnvironment, KitSettings


class Own(FromEnvironment):
    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_SAMPLE_", frozen=True, extra="ignore")

    pages: int = Field(default=3, ge=1)
    api_key: str = ""
    places: tuple[str, ...] = ()


def test_a_secret_shows_only_whether_it_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://plumbline:hunter2@db:5432/postgres?sslmode=require")
    environment = {
        "PLUMBLINE_MASTER_KEY": "hunter3",
        "PLUMBLINE_DATABASE_URL_FILE": str(tmp_path / "url"),
        "PLUMBLINE_SAMPLE_API_KEY": "hunter4",
        "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    rows = {row.name: row for kind in (KitSettings, Own) for row in settings_of(kind, kind(), environment)}
    assert "hunter" not in str(rows)
    assert rows["PLUMBLINE_MASTER_KEY"].value == rows["PLUMBLINE_SAMPLE_API_KEY"].value == "(set)"
    url = rows["PLUMBLINE_DATABASE_URL"]
    assert url.value == "postgresql://plumbline:(set)@db:5432/postgres?sslmode=require"
    assert url.source == "PLUMBLINE_DATABASE_URL_FILE"
    kafka = rows["PLUMBLINE_KAFKA_BOOTSTRAP_SERVERS"]
    assert (kafka.value, kafka.source) == ("kafka:9092", "KAFKA_BOOTSTRAP_SERVERS")
    assert rows["PLUMBLINE_SAMPLE_PAGES"].source == "default"


def test_a_file_variable_of_any_service_is_one_somebody_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hunter2\n")
    monkeypatch.setenv("PLUMBLINE_SAMPLE_API_KEY_FILE", str(tmp_path / "key"))
    environment = {"PLUMBLINE_SAMPLE_API_KEY_FILE": str(tmp_path / "key")}
    assert unread([KitSettings, Own], environment) == []
    own = Own()
    assert own.api_key == "hunter2"
    (row,) = [row for row in settings_of(Own, own, environment) if row.name.endswith("API_KEY")]
    assert (row.value, row.source) == ("(set)", "PLUMBLINE_SAMPLE_API_KEY_FILE")


def test_an_address_shows_no_key_in_its_query() -> None:
    assert (
        shown("endpoint", "https://spans.example/v1?token=abc&team=4") == "https://spans.example/v1?token=(set)&team=4"
    )
    assert shown("endpoint", "http://otel-collector:4317") == "http://otel-collector:4317"
    assert shown("master_key", SecretStr("")) == ""


def test_a_variable_nobody_reads_is_told_with_the_one_that_was_meant() -> None:
    environment = {"PLUMBLINE_HTTP_PROT": "1", "PLUMBLINE_COLOUR_OF_MOON": "2", "PLUMBLINE_HTTP_PORT": "3", "PATH": "/"}
    found = {finding.what: finding for finding in unread([KitSettings, Own], environment)}
    assert set(found) == {"PLUMBLINE_HTTP_PROT", "PLUMBLINE_COLOUR_OF_MOON"}
    assert found["PLUMBLINE_HTTP_PROT"].mend == "Did you mean PLUMBLINE_HTTP_PORT?"
    assert all(finding.state is State.NOTE for finding in found.values())


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("PLUMBLINE_HTTP_PORT", "eighty", KitSettings),
        ("PLUMBLINE_HTTP_PORT", "99999", KitSettings),
        ("PLUMBLINE_TRUSTED_PROXIES", "10.0.0.2, proxy", KitSettings),
        ("PLUMBLINE_DATABASE_URL", "mysql:hunter2", KitSettings),
        ("PLUMBLINE_SAMPLE_PAGES", "0", Own),
        ("PLUMBLINE_SAMPLE_PLACES", "hunter2", Own),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, kind: type[BaseSettings]
) -> None:
    monkeypatch.setenv(name, value)
    settings, (finding,) = read(kind)
    assert settings is None
    assert (finding.what, finding.state) == (name, State.WRONG)
    assert value not in finding.seen


def test_a_secret_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_MASTER_KEY_FILE", "/nowhere/key")
    _, (finding,) = read(KitSettings)
    assert "/nowhere/key" in finding.seen
    assert finding.state is State.WRONG


@pytest.mark.parametrize(
    ("changed", "what", "state"),
    [
        ({}, "doors", State.GOOD),
        ({"trusted_proxies": "10.0.0.2, 10.1.0.0/16"}, "doors", State.GOOD),
        ({"ops_host": "0.0.0.0"}, "PLUMBLINE_OPS_HOST", State.NOTE),
        ({"staff_port": 8080}, "ports", State.WRONG),
    ],
)
def test_doors(changed: dict[str, object], what: str, state: State) -> None:
    (finding,) = doors(KitSettings(**changed))  # type: ignore[arg-type]
    assert (finding.what, finding.state) == (what, state)


KEY = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("given", "file", "mode", "state"),
    [
        (KEY, None, 0, State.GOOD),
        ("c2hvcnQ=", None, 0, State.WRONG),
        ("no base64 at all!", None, 0, State.WRONG),
        ("", None, 0, State.NOTE),
        ("", KEY, 0o600, State.GOOD),
        ("", KEY, 0o640, State.WRONG),
        ("", "damaged", 0o600, State.WRONG),
    ],
)
def test_master_key(tmp_path: Path, given: str, file: str | None, mode: int, state: State) -> None:
    if file is not None:
        (tmp_path / "master.key").write_text(file)
        (tmp_path / "master.key").chmod(mode)
    found = master_key(KitSettings(home=tmp_path, master_key=SecretStr(given)))
    assert found.state is state
    assert KEY not in str(found)
    assert bool(found.mend) == (state is not State.GOOD)


def test_home_and_encoder_of_a_new_installation(tmp_path: Path) -> None:
    settings = KitSettings(home=tmp_path / "not yet")
    assert home(settings).state is State.NOTE
    assert encoder(settings).mend == "plumbline models build"
    assert not os.path.exists(settings.home), "the doctor makes nothing"


@pytest.fixture
def spec(tmp_path: Path) -> ServiceSpec:
    (tmp_path / "0001_init.sql").write_text("SELECT 1;")
    return ServiceSpec("sample", Own, lambda *_: None, tmp_path)  # type: ignore[arg-type]


def test_a_schema_is_compared_with_the_code(spec: ServiceSpec, tmp_path: Path) -> None:
    ran = {
        f"{scope}/{file.name}": sha256(file.read_bytes()).hexdigest()
        for scope, folder in (("platform", PLATFORM), ("sample", tmp_path))
        for file in folder.glob("*.sql")
    }
    assert compare(spec, ran) is None
    newer, older, edited = (
        compare(spec, ran | {"sample/0009_x.sql": ""}),
        compare(spec, {}),
        compare(spec, ran | {"sample/0001_init.sql": "other"}),
    )
    assert newer is not None
    assert older is not None
    assert edited is not None
    assert (newer.state, "0009_x" in newer.seen) == (State.WRONG, True)
    assert (edited.state, "edited" in edited.seen) == (State.WRONG, True)
    assert (older.state, "sample/0001_init.sql" in older.seen) == (State.NOTE, True)
    shutil.copytree(tmp_path, tmp_path / "more")
    (tmp_path / "more" / "0002_next.sql").write_text("SELECT 2;")
    waiting = compare(replace(spec, migrations=tmp_path / "more"), ran)
    assert waiting is not None
    assert waiting.seen == "to be migrated: sample/0002_next.sql"


def test_clocks_that_differ_are_told() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert clock(now, now + timedelta(seconds=1)).state is State.GOOD
    for apart in (-90, 90):
        found = clock(now, now + timedelta(seconds=apart))
        assert (found.state, found.seen) == (State.WRONG, "90 s apart from the database's")


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([State.GOOD, State.NOTE], 0),
        ([State.GOOD, State.WRONG], 1),
        ([State.UNREACHABLE, State.WRONG], 3),
        ([], 0),
    ],
)
def test_the_exit_code_is_the_worst_there_is(states: list[State], code: int) -> None:
    examined = Examined((), tuple(Finding("x", state, "y") for state in states))
    assert examined.exit_code == examined.as_json()["exit_code"] == code
