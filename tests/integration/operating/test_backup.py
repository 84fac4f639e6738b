"""D12: what a backup took comes back whole, or not at all, and says why not."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from services.claim_extraction import app as claim_extraction
from shared.backup import MANIFEST, Manifest, backup
from shared.errors import Refused
from shared.local.postgres import EmbeddedPostgres
from shared.postgres import PLATFORM, Database, ensure_database, migrate
from shared.restore import parents_first, restore
from shared.runtime import Running
from shared.service import ServiceSpec
from shared.testing.fakes import SetClock
from shared.testing.kit import MASTER, Stage
from shared.testing.state import RepeatedIds, differences, state_of
from tests.failure.crash_points import one_by_one, undisturbed
from tests.failure.instances import NOWHERE, instances
from tests.failure.scripts import SCRIPTS, Script

PRODUCT = [script for script in SCRIPTS if script.name not in {"sheets", "panels", "directory"}]
State = dict[str, list[str]]
NEVER_THE_SAME = {"installation", "operator_act"}


@dataclass(slots=True)
class Life:
    """A service after a short life, stopped, and what its database held."""

    spec: ServiceSpec
    dsn: str
    state: State
    positions: int

    async def database(self) -> Database:
        return await Database.connect(self.dsn, size=1)

    async def now(self) -> State:
        db = await self.database()
        try:
            return await state_of(db, without_tables=NEVER_THE_SAME)
        finally:
            await db.close()


async def live(stage: Stage, script: Script) -> Life:
    stage.clock, stage.ids, stage.encoder = SetClock(script.now), RepeatedIds(), script.encoder
    spec = script.spec("kept")
    (running,) = await instances(stage, spec, 1)
    await script.furnish(running)
    assert isinstance(stage.ids, RepeatedIds)
    await undisturbed(running, stage.ids, one_by_one(script.records()))
    state = await state_of(running.resources.db, without_tables=NEVER_THE_SAME)
    positions = await running.resources.db.fetchval("SELECT max(position) FROM outbox")
    await stage.stop([running])
    return Life(spec, stage.server.dsn(spec.database), state, positions)


@pytest.mark.parametrize("script", PRODUCT, ids=lambda script: script.name)
async def test_D12_a_database_comes_back_as_it_was_in_a_new_epoch(stage: Stage, script: Script, tmp_path: Path) -> None:
    life = await live(stage, script)
    server, folder = stage.server.dsn(), tmp_path / "backup"
    made = await backup([life.spec], server, folder)
    assert made == Manifest.read(folder)
    assert sum(table.rows for table in made.services[life.spec.name].tables.values()) > 5
    await stage.server.drop_database(life.spec.database)

    await restore([life.spec], server, folder, person="operator:test")
    assert differences(await life.now(), life.state) == []
    db = await life.database()
    try:
        assert await db.fetchval("SELECT epoch FROM installation") == 2
        acts = await db.fetch("SELECT person, act, subject FROM operator_act WHERE act = 'restore'")
        assert [tuple(act) for act in acts] == [("operator:test", "restore", life.spec.name)]
        row = "INSERT INTO outbox (event_id, topic, key, type, headers, value)"
        await db.execute(f"{row} VALUES (gen_random_uuid(), 't', 'k', 'x', '', '')")
        assert await db.fetchval("SELECT max(position) FROM outbox") == life.positions + 1, "positions go on"
    finally:
        await db.close()
    assert await epoch_of(stage, life.spec) == 2
    with pytest.raises(Refused, match="not empty"):
        await restore([life.spec], server, folder, person="operator:test")


async def epoch_of(stage: Stage, spec: ServiceSpec) -> int:
    """The epoch in which the service tells events once it is started on what was brought back."""
    running = Running(spec, stage.surroundings(NOWHERE, telemetry=False))
    await running.connect()
    await running.resources.db.close()
    return running.resources.outbox.epoch


@pytest.fixture
def extraction() -> Script:
    return next(script for script in PRODUCT if script.name == "claim_extraction")


@pytest.fixture
def verification() -> Script:
    return next(script for script in PRODUCT if script.name == "verification")


@pytest_asyncio.fixture
async def plain_role(postgres_server: EmbeddedPostgres, unique_name: str) -> AsyncIterator[str]:
    """DSN of the server for a role as deploy/postgres/roles.sh makes it: its own databases and nothing else."""
    role = unique_name[-30:]
    sql = (Path(__file__).resolve().parents[3] / "deploy/postgres/roles.sh").read_text(encoding="utf-8")
    statement = next(line for line in sql.splitlines() if line.startswith("CREATE ROLE"))
    admin = await asyncpg.connect(postgres_server.dsn())
    await admin.execute(statement.replace("plumbline", f'"{role}"').replace(":'password'", "'plain'"))
    parts = urlsplit(postgres_server.dsn())
    host = parts.netloc.rpartition("@")[2]
    try:
        yield urlunsplit((parts.scheme, f"{role}:plain@{host}", "/postgres", "", ""))
    finally:
        for row in await admin.fetch(
            "SELECT datname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE r.rolname = $1", role
        ):
            await admin.execute(f'DROP DATABASE "{row["datname"]}"')
        await admin.execute(f'DROP ROLE "{role}"')
        await admin.close()


async def test_D12_a_role_that_is_no_superuser_can_bring_everything_back(
    stage: Stage, verification: Script, plain_role: str, tmp_path: Path
) -> None:
    """Verification has the most rules a row has to pass; the role the composition gives the services owns them."""
    life = await live(stage, verification)
    await backup([life.spec], stage.server.dsn(), tmp_path / "backup")
    await stage.server.drop_database(life.spec.database)
    await restore([life.spec], plain_role, tmp_path / "backup", person="operator:test")
    assert differences(await life.now(), life.state) == []
    owner = await asyncpg.connect(f"{plain_role.rpartition('/')[0]}/{life.spec.database}")
    try:
        with pytest.raises(asyncpg.PostgresError):
            await owner.execute("DELETE FROM audit")
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute("DELETE FROM audit_head")
    finally:
        await owner.close()


async def test_D12_an_older_backup_is_brought_up_to_date(
    stage: Stage, extraction: Script, postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    """Old rows, then the migrations that came after them."""
    spec = extraction.spec("older")
    first, *later = sorted(claim_extraction.SPEC.migrations.glob("*.sql"))
    assert later, "this needs a service with a history"
    before = tmp_path / "before"
    before.mkdir()
    shutil.copy(first, before)
    db = await Database.connect(await ensure_database(postgres_server.dsn(), spec.database), size=1)
    try:
        await migrate(db, ("platform", PLATFORM), (spec.name, before))
        await db.execute("INSERT INTO sheet VALUES (gen_random_uuid(), gen_random_uuid(), 1, 4, 1, 2, '{}')")
        await backup([spec], postgres_server.dsn(), tmp_path / "backup")
        await db.close()
        await postgres_server.drop_database(spec.database)
        await restore([spec], postgres_server.dsn(), tmp_path / "backup", person="operator:test")
        db = await Database.connect(postgres_server.dsn(spec.database), size=1)
        assert await db.fetchval("SELECT counter FROM sheet") == 4
        ran = {row["name"] for row in await db.fetch("SELECT name FROM schema_migration")}
        assert {f"{spec.name}/{file.name}" for file in (first, *later)} <= ran
        newer = replace(spec, migrations=before)
        await db.close()
        await backup([spec], postgres_server.dsn(), tmp_path / "newer")
        with pytest.raises(Refused, match="newer version"):
            await restore([newer], postgres_server.dsn(), tmp_path / "newer", person="operator:test")
    finally:
        await db.close()
        await postgres_server.drop_database(spec.database)


async def test_D12_a_damaged_backup_changes_nothing(stage: Stage, extraction: Script, tmp_path: Path) -> None:
    life = await live(stage, extraction)
    server, folder = stage.server.dsn(), tmp_path / "backup"
    await backup([life.spec], server, folder)
    await stage.server.drop_database(life.spec.database)
    file = folder / f"{life.spec.name}.zip"
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:200] + b"x" + whole[201:]):
        file.write_bytes(damaged)
        with pytest.raises(Refused, match="missing or was changed"):
            await restore([life.spec], server, folder, person="operator:test")
    file.write_bytes(whole)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["services"][life.spec.name]["tables"]["sheet"]["rows"] += 1
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(Refused, match="rows it should"):
        await restore([life.spec], server, folder, person="operator:test")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(stage.server.dsn(life.spec.database))
    for wrong, reason in (({"format": 9}, "UNKNOWN_FORMAT"), ({"made_at": 1, "x": 2}, "UNREADABLE_BACKUP")):
        (folder / MANIFEST).write_text(json.dumps(manifest | wrong))
        with pytest.raises(Refused) as refused:
            await restore([life.spec], server, folder, person="operator:test")
        assert refused.value.reason == reason
    (folder / MANIFEST).unlink()
    with pytest.raises(Refused, match="no backup"):
        await restore([life.spec], server, folder, person="operator:test")


async def test_a_backup_is_readable_by_its_owner_alone_and_holds_no_key(
    stage: Stage, extraction: Script, tmp_path: Path
) -> None:
    life = await live(stage, extraction)
    folder = tmp_path / "deep" / "backup"
    await backup([life.spec], stage.server.dsn(), folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
        assert MASTER._secret not in file.read_bytes()
    with pytest.raises(Refused, match="not empty"):
        await backup([life.spec], stage.server.dsn(), folder)
    with pytest.raises(Refused, match="no database"):
        await backup([replace(life.spec, name="nobody")], stage.server.dsn(), tmp_path / "other")
    with pytest.raises(Refused, match="no backup"):
        Manifest.read(tmp_path / "other")


def test_tables_are_filled_after_those_they_refer_to() -> None:
    order = parents_first(
        {"child": 0, "parent": 0, "alone": 0, "grandchild": 0}, [("child", "parent"), ("grandchild", "child")]
    )
    assert order.index("parent") < order.index("child") < order.index("grandchild")
    with pytest.raises(ValueError, match="circle"):
        parents_first({"a": 0, "b": 0}, [("a", "b"), ("b", "a")])
