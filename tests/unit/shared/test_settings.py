"""Where a setting's value comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.settings import KitSettings, WrongSettings


def test_a_file_variable_gives_the_value_its_file_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("DATABASE_URL", "postgresql://a:b@c:5432"), ("MASTER_KEY", "c2VjcmV0"), ("INSTANCE", "7")):
        (tmp_path / name).write_text(f"{value}\n")
        monkeypatch.setenv(f"PLUMBLINE_{name}_FILE", str(tmp_path / name))
    settings = KitSettings()
    assert settings.database_url == "postgresql://a:b@c:5432"
    assert settings.master_key.get_secret_value() == "c2VjcmV0"
    assert "c2VjcmV0" not in repr(settings)
    assert settings.instance == "7"


def test_a_variable_beats_its_file_and_an_argument_beats_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "instance").write_text("file")
    monkeypatch.setenv("PLUMBLINE_INSTANCE_FILE", str(tmp_path / "instance"))
    monkeypatch.setenv("PLUMBLINE_INSTANCE", "variable")
    assert KitSettings().instance == "variable"
    assert KitSettings(instance="argument").instance == "argument"


def test_a_file_that_is_not_there_is_no_empty_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_MASTER_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(WrongSettings) as wrong:
        KitSettings()
    ((variable, why),) = wrong.value.problems
    assert variable == "PLUMBLINE_MASTER_KEY_FILE"
    assert str(tmp_path / "missing") in why


def test_staff_and_ops_listen_on_loopback_until_somebody_says_otherwise() -> None:
    assert KitSettings().staff_host == KitSettings().ops_host == "127.0.0.1"
