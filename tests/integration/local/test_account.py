"""Postgres refuses root: root lends it another account, and opens no folder to the world for that."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import asyncpg
import pytest

from shared.local.account import UNPRIVILEGED, NoAccount, ServerAccount, account_for
from shared.local.postgres import EmbeddedPostgres


def test_anyone_but_root_runs_it_under_their_own_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    account = account_for(tmp_path, [])
    assert account == ServerAccount()
    assert account.command(["postgres"]) == ["postgres"]


def test_root_without_setpriv_is_told_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoAccount, match="setpriv"):
        account_for(tmp_path, [])


def test_the_capability_past_closed_folders_is_lent_only_where_one_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/setpriv")
    assert "--ambient-caps=+dac_override" not in account_for(Path("/"), []).prefix
    tmp_path.chmod(0o700)
    assert "--ambient-caps=+dac_override" in account_for(tmp_path, []).prefix


@pytest.mark.parametrize("mode", [0o700, 0o755])
async def test_it_never_runs_as_root_and_leaves_the_folders_as_they_were(tmp_path: Path, mode: int) -> None:
    above = tmp_path / "above"
    above.mkdir(mode=mode)
    above.chmod(mode)
    modes = [folder.stat().st_mode for folder in (above, *above.parents)]
    async with EmbeddedPostgres(above / "postgres", fsync=False) as server:
        assert server.pid is not None
        owner = Path(f"/proc/{server.pid}").stat().st_uid
        connection = await asyncpg.connect(server.dsn())
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
    assert owner != 0
    lent = {pwd.getpwnam(name).pw_uid for name in UNPRIVILEGED if name in {entry.pw_name for entry in pwd.getpwall()}}
    assert owner in (lent if os.geteuid() == 0 else {os.geteuid()})
    assert [folder.stat().st_mode for folder in (above, *above.parents)] == modes
