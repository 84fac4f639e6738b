"""The operator's commands as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from services.__main__ import NAMES
from shared.local.postgres import EmbeddedPostgres
from shared.local.process import free_port
from shared.testing.patience import PATIENCE


class Shell:
    """Runs `plumbline ...` on an installation of its own."""

    def __init__(self, home: Path, dsn: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLUMBLINE_", "KAFKA_"))}
        doors = {f"PLUMBLINE_{door}_PORT": str(free_port()) for door in ("HTTP", "PARTNER", "STAFF", "OPS", "OTLP")}
        self.environment = {
            **kept,
            **doors,
            "PLUMBLINE_HOME": str(home),
            "PLUMBLINE_DATABASE_URL": dsn,
            "COLUMNS": "200",
        }

    def run(self, *words: str, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "services", *words]
        ran = subprocess.run(
            program,
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=5 * PATIENCE,
            stdin=subprocess.DEVNULL,
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, postgres_server: EmbeddedPostgres) -> Shell:
    return Shell(tmp_path_factory.mktemp("operator"), postgres_server.dsn())


async def drop_all(postgres: EmbeddedPostgres) -> None:
    for name in NAMES:
        await postgres.drop_database(f"plumbline_{name}")


async def test_D12_an_installation_is_backed_up_lost_and_brought_back(
    shell: Shell, postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    await drop_all(postgres_server)
    try:
        shell.run("migrate")
        secret = shell.run("source", "add", "courier").stdout
        assert "whsec_" in secret
        folder = tmp_path / "backup"
        said = shell.run("backup", str(folder)).stdout
        assert all(f"{name}: " in said for name in NAMES)
        assert "master key is not in it" in said
        assert "not empty" in shell.run("backup", str(folder), code=2).stderr
        assert "not empty" in shell.run("restore", str(folder), code=2).stderr

        await drop_all(postgres_server)
        said = shell.run("restore", str(folder)).stdout
        assert all(f"{name}: " in said and "epoch 2" in said for name in NAMES)
        sources = json.loads(shell.run("source", "list", "--json").stdout)
        assert [source["source_id"] for source in sources] == ["courier"]
        assert "0 events told again" in shell.run("republish", "claim-extraction").stdout

        connection = await asyncpg.connect(postgres_server.dsn("plumbline_ingest"))
        acts = {row["act"] for row in await connection.fetch("SELECT act FROM operator_act")}
        await connection.close()
        assert "restore" in acts

        for name in ("comment", "publish"):
            await postgres_server.drop_database(f"plumbline_{name}")
        said = shell.run("restore", str(folder), "--only", "comment").stdout
        assert "comment: " in said
        assert "publish: " not in said
        assert "No such service: weather" in shell.run("restore", str(folder), "--only", "weather", code=2).stderr
    finally:
        await drop_all(postgres_server)


def test_the_doctor_speaks_to_people_and_to_programs(shell: Shell) -> None:
    examined = json.loads(shell.run("doctor", "--json", code=1).stdout)
    assert {finding["state"] for finding in examined["findings"]} <= {"good", "note", "wrong"}
    assert examined["exit_code"] == 1
    said = shell.run("doctor", code=1)
    assert "plumbline models build" in said.stdout
    assert "PLUMBLINE_DATABASE_URL" in said.stdout
    password = shell.environment["PLUMBLINE_DATABASE_URL"].partition("://")[2].partition("@")[0].partition(":")[2]
    assert password
    assert password not in said.stdout + said.stderr + json.dumps(examined)
    away = f"postgresql://127.0.0.1:{free_port()}"
    assert "not reachable" in shell.run("doctor", code=3, PLUMBLINE_DATABASE_URL=away).stdout
    assert "PLUMBLINE_HTTP_PROT" in shell.run("doctor", code=1, PLUMBLINE_HTTP_PROT="1").stdout
    assert "PLUMBLINE_HTTP_PORT" in shell.run("doctor", code=1, PLUMBLINE_HTTP_PORT="eighty").stdout


def test_retention_is_shown(shell: Shell) -> None:
    rows = json.loads(shell.run("retention", "--json").stdout)
    assert {"service": "ingest", "table": "delivery", "kept": "30 days"}.items() <= next(
        row for row in rows if row["table"] == "delivery"
    ).items()
