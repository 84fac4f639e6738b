"""Commands that are used wrongly: one line that names what is wrong and exit code 2, before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import app


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["dlt", "list", "ingest", "--limit", "-1"], "--limit"),
        (["dlt", "list", "ingest", "--limit", "99999999999999999999"], "--limit"),
        (["dlt", "list", "ingest", "--state", "lost"], "--state"),
        (["dlt", "show", "ingest", "7"], "dead_letter_id"),
        (["audit", "replay", "--latest", "-3"], "--latest"),
        (["partner", "add", "X", "--scope", "panels.read", "--rpm", "-5"], "--rpm"),
        (["run", "nosuch"], "nosuch"),
    ],
)
def test_S7_a_wrong_word_is_named(words: list[str], named: str, tmp_path: Path) -> None:
    ended = CliRunner().invoke(app, words, env={"PLUMBLINE_HOME": str(tmp_path / "home"), "COLUMNS": "200"})
    assert ended.exit_code == 2
    assert named in ended.output
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("words", [["outbox", "status"], ["run", "ingest"], ["demo", "--once"], ["topics", "check"]])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLUMBLINE_HTTP_PORT", "hunter2"),
        ("PLUMBLINE_DATABASE_URL", "mysql:hunter2"),
        ("PLUMBLINE_MASTER_KEY_FILE", "/nowhere/key"),
    ],
)
def test_S7_a_wrong_setting_is_named_by_every_command(words: list[str], name: str, value: str, tmp_path: Path) -> None:
    ended = CliRunner().invoke(
        app, words, env={"PLUMBLINE_HOME": str(tmp_path / "home"), "COLUMNS": "200", name: value}
    )
    assert ended.exit_code == 2
    assert f"{name}: " in ended.output
    assert "hunter2" not in ended.output
    assert not (tmp_path / "home").exists()
