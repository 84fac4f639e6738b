"""The embedded Postgres keeps what it acknowledged, whatever happens to it or to its owner."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from pathlib import Path

import asyncpg
import pytest

from shared.local.folder import FolderInUse
from shared.local.postgres import EmbeddedPostgres
from shared.local.process import alive, until
from shared.testing.patience import PATIENCE

# A second owner, in a process of its own: starts the server, says so, and lives until it is told or killed.
OWNER = """
import asyncio, sys
from shared.local.postgres import EmbeddedPostgres

async def own() -> None:
    server = EmbeddedPostgres(sys.argv[1])
    await server.start()
    print(server.pid, server.dsn(), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()

asyncio.run(own())
"""


async def start_owner(folder: Path) -> tuple[asyncio.subprocess.Process, int, str]:
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OWNER,
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert owner.stdout is not None
    async with asyncio.timeout(PATIENCE):
        pid, dsn = (await owner.stdout.readline()).decode().split()
    return owner, int(pid), dsn


async def rows(dsn: str) -> list[int]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row["n"] for row in await connection.fetch("SELECT n FROM acknowledged ORDER BY n")]
    finally:
        await connection.close()


async def write_until_cut_off(dsn: str, acknowledged: list[int], first: int) -> None:
    """Insert one row per statement; remember exactly those the server answered for."""
    connection = await asyncpg.connect(dsn)
    try:
        for number in range(first, first + 1_000_000):
            await connection.execute("INSERT INTO acknowledged VALUES ($1)", number)
            acknowledged.append(number)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        return


async def test_kill_9_and_restart_keep_every_acknowledged_row(own_postgres: EmbeddedPostgres) -> None:
    dsn = await own_postgres.create_database("app")
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE acknowledged (n bigint PRIMARY KEY)")
    await connection.close()
    acknowledged: list[int] = []
    for round_number in range(3):
        before = len(acknowledged)
        first = round_number * 10_000_000
        writers = [
            asyncio.create_task(write_until_cut_off(dsn, acknowledged, first + writer * 1_000_000))
            for writer in range(4)
        ]
        assert await until(lambda before=before: len(acknowledged) >= before + 200, PATIENCE)  # type: ignore[misc]
        await own_postgres.kill()
        await asyncio.gather(*writers)
        await own_postgres.start()
        assert set(acknowledged) <= set(await rows(dsn))
    # At most the one statement per writer and round that was under way may stand unacknowledged.
    assert len(await rows(dsn)) <= len(acknowledged) + 12


async def test_a_second_start_keeps_databases_rows_and_address(tmp_path: Path) -> None:
    first = EmbeddedPostgres(tmp_path)
    async with first:
        dsn = await first.create_database("app")
        connection = await asyncpg.connect(dsn)
        await connection.execute("CREATE TABLE acknowledged (n bigint); INSERT INTO acknowledged VALUES (1)")
        await connection.close()
    assert first.pid is None
    async with EmbeddedPostgres(tmp_path) as second:
        assert second.dsn("app") == dsn
        assert await rows(dsn) == [1]


async def test_durability_is_on_unless_given_up(tmp_path: Path) -> None:
    for folder, fsync in (("safe", True), ("quick", False)):
        async with EmbeddedPostgres(tmp_path / folder, fsync=fsync) as server:
            connection = await asyncpg.connect(server.dsn())
            shown = {
                name: await connection.fetchval(f"SHOW {name}")
                for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
            }
            await connection.close()
        assert shown == {
            "fsync": "on" if fsync else "off",
            "synchronous_commit": "on",
            "full_page_writes": "on" if fsync else "off",
            "data_checksums": "on",
        }


async def test_another_process_gets_in_by_dsn_and_nobody_without_the_password(own_postgres: EmbeddedPostgres) -> None:
    dsn = await own_postgres.create_database("app")
    program = "import asyncio, asyncpg, sys; asyncio.run(asyncpg.connect(sys.argv[1]))"
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", program, dsn)
    assert await other.wait() == 0
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host="127.0.0.1", port=own_postgres.port, user="plumbline", database="app", password="x")


async def test_the_folder_is_closed_to_other_users(own_postgres: EmbeddedPostgres) -> None:
    for name in ("cluster", "password", "postgres.log"):
        mode = (own_postgres.data_dir / name).stat().st_mode
        assert stat.S_IMODE(mode) & 0o077 == 0, name


async def test_a_second_owner_of_a_folder_is_turned_away_by_name(own_postgres: EmbeddedPostgres) -> None:
    with pytest.raises(FolderInUse, match=rf"in use by process {os.getpid()}"):
        await EmbeddedPostgres(own_postgres.data_dir).start()
    assert await (await asyncpg.connect(own_postgres.dsn())).fetchval("SELECT 1") == 1


async def test_a_server_does_not_outlive_an_owner_that_was_killed(tmp_path: Path) -> None:
    owner, postmaster, dsn = await start_owner(tmp_path)
    with pytest.raises(FolderInUse, match=rf"process {owner.pid}"):
        await EmbeddedPostgres(tmp_path).start()
    owner.kill()
    await owner.wait()
    assert await until(lambda: not alive(postmaster), PATIENCE)
    async with EmbeddedPostgres(tmp_path) as next_owner:
        assert next_owner.dsn() == dsn


async def test_a_left_behind_server_is_replaced_at_the_next_start(tmp_path: Path) -> None:
    """The watch over the owner may die first: then the next owner ends the old server and takes its place."""
    owner, postmaster, _ = await start_owner(tmp_path)
    guards = [pid for pid in children_of(owner.pid) if b"read -r _" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    for pid in [*guards, owner.pid]:
        os.kill(pid, signal.SIGKILL)
    await owner.wait()
    assert alive(postmaster)
    async with EmbeddedPostgres(tmp_path) as next_owner:
        assert not alive(postmaster)
        assert next_owner.pid not in (None, postmaster)


async def test_databases_are_made_dropped_and_copied(own_postgres: EmbeddedPostgres) -> None:
    source = await own_postgres.create_database('od"d')
    connection = await asyncpg.connect(source)
    await connection.execute("CREATE TABLE acknowledged (n bigint); INSERT INTO acknowledged VALUES (7)")
    await connection.close()
    assert await rows(await own_postgres.create_database("copy", template='od"d')) == [7]
    with pytest.raises(asyncpg.DuplicateDatabaseError):
        await own_postgres.create_database("copy")
    assert await rows(await own_postgres.ensure_database("copy")) == [7]
    await own_postgres.drop_database("copy")
    await own_postgres.drop_database("copy")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(own_postgres.dsn("copy"))


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
