"""Migrations, databases and keys: forward only, one at a time, and nothing readable without its key."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from shared.local.postgres import EmbeddedPostgres
from shared.postgres import PLATFORM, Database, MigrationChanged, dsn_for, ensure_database, migrate
from shared.vault import Forgotten, MasterKey, Vault


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_init.sql").write_text("CREATE TABLE a (n integer);")
    (tmp_path / "0002_more.sql").write_text("ALTER TABLE a ADD m integer;")
    return tmp_path


async def test_migrations_run_once_in_order_and_later_ones_join(database: str, folder: Path) -> None:
    db = await Database.connect(database, size=2)
    assert await migrate(db, ("x", folder)) == ["x/0001_init.sql", "x/0002_more.sql"]
    assert await migrate(db, ("x", folder)) == []
    (folder / "0003_last.sql").write_text("INSERT INTO a VALUES (1, 2);")
    assert await migrate(db, ("x", folder)) == ["x/0003_last.sql"]
    assert await db.fetchval("SELECT m FROM a") == 2
    await db.close()


async def test_a_migration_edited_after_it_ran_is_refused(database: str, folder: Path) -> None:
    db = await Database.connect(database, size=2)
    await migrate(db, ("x", folder))
    (folder / "0001_init.sql").write_text("CREATE TABLE a (n bigint);")
    with pytest.raises(MigrationChanged, match=r"x/0001_init\.sql"):
        await migrate(db, ("x", folder))
    await db.close()


async def test_a_migration_that_fails_leaves_nothing_and_can_be_mended(database: str, folder: Path) -> None:
    db = await Database.connect(database, size=2)
    (folder / "0002_more.sql").write_text("CREATE TABLE b (n integer); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(db, ("x", folder))
    assert await db.fetchval("SELECT to_regclass('b') IS NULL")
    (folder / "0002_more.sql").write_text("CREATE TABLE b (n integer);")
    assert await migrate(db, ("x", folder)) == ["x/0002_more.sql"]
    await db.close()


async def test_two_processes_that_migrate_at_once_do_it_once(database: str, folder: Path) -> None:
    dbs = [await Database.connect(database, size=2) for _ in range(3)]
    ran = await asyncio.gather(*(migrate(db, ("platform", PLATFORM), ("x", folder)) for db in dbs))
    assert sorted(map(len, ran)) == [0, 0, 2 + len(list(PLATFORM.glob("*.sql")))]
    for db in dbs:
        await db.close()


async def test_a_database_is_made_where_there_is_none(postgres_server: EmbeddedPostgres, unique_name: str) -> None:
    made = await asyncio.gather(*(ensure_database(postgres_server.dsn(), unique_name) for _ in range(3)))
    assert set(made) == {postgres_server.dsn(unique_name)}
    await postgres_server.drop_database(unique_name)


def test_a_dsn_keeps_credentials_and_parameters() -> None:
    assert (
        dsn_for("postgresql://u:p%40@h:5/old?sslmode=require", "new") == "postgresql://u:p%40@h:5/new?sslmode=require"
    )


def test_a_master_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = MasterKey.open(tmp_path / "home")
    assert (tmp_path / "home/master.key").stat().st_mode & 0o777 == 0o600
    assert MasterKey.open(tmp_path / "home").derive("x") == first.derive("x")
    (tmp_path / "home/master.key").chmod(0o640)
    with pytest.raises(PermissionError, match="0600"):
        MasterKey.open(tmp_path / "home")


def test_derived_keys_tell_purposes_apart() -> None:
    master = MasterKey(bytes(range(32)))
    assert len({master.derive("a", "b"), master.derive("ab"), master.derive("a"), master.derive("b", "a")}) == 4
    with pytest.raises(ValueError, match="32 bytes"):
        MasterKey(b"short")


async def test_sealed_bytes_open_only_with_the_key_of_their_day(database: str) -> None:
    db = await Database.connect(database, size=2)
    await migrate(db, ("platform", PLATFORM))
    vault, monday, tuesday = Vault(MasterKey(bytes(32))), date(2026, 3, 2), date(2026, 3, 3)
    sealed = await vault.seal(db, monday, b"words")
    again = await vault.seal(db, monday, b"words")
    assert sealed != again, "the same words must not look the same"
    assert await vault.open(db, monday, sealed) == b"words"
    later = await vault.seal(db, tuesday, b"later words")
    await vault.forget_before(db, tuesday)
    with pytest.raises(Forgotten):
        await vault.open(db, monday, sealed)
    assert await vault.open(db, tuesday, later) == b"later words"
    await db.close()
