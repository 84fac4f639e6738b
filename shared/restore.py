"""A backup brought back, into databases that are empty or not there.

Every restored database is in a new epoch: whatever it says from now on beats all that was said before, also what the
backup no longer knows of.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, cast

import asyncpg

from shared.backup import COPY_SECONDS, Manifest
from shared.backup import Database as Kept
from shared.errors import Refused
from shared.jobs import install_queue
from shared.postgres import PLATFORM, Database, dsn_for, ensure_database, migrate
from shared.service import ServiceSpec

_ANY_TABLE = "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r')"
_EXISTS = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
# Tables in the order of their references: parents before children.
_REFERENCES = """
SELECT DISTINCT child.relname AS child, parent.relname AS parent
FROM pg_constraint r JOIN pg_class child ON child.oid = r.conrelid JOIN pg_class parent ON parent.oid = r.confrelid
WHERE r.contype = 'f' AND child.relnamespace = 'public'::regnamespace AND child.oid <> parent.oid
"""
_COLUMNS = """
SELECT a.attname FROM pg_attribute a
WHERE a.attrelid = ('public.' || quote_ident($1))::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
"""
_SETVAL = "SELECT setval(('public.' || quote_ident($1))::regclass, $2)"
_EPOCH = "UPDATE installation SET epoch = $1"
_ACT = """
INSERT INTO operator_act (person, act, subject, detail)
VALUES ($1, 'restore', $2, jsonb_build_object('made_at', $3::text, 'epoch', $4::bigint))
"""


async def restore(
    specs: Sequence[ServiceSpec],
    server_dsn: str,
    folder: Path,
    *,
    person: str,
    only: Collection[str] = (),
    say: Callable[[str], None] = lambda line: None,
) -> Manifest:
    """Bring a backup back; with `only`, these services of it. Their processes must not run.

    Everything is checked before anything is written: checksums, that the databases are empty, and that this version of
    the services knows the backup's schema. Each database is filled whole or not at all. Returns what was brought back.
    """
    manifest = Manifest.read(folder)
    wanted = {name: one for name, one in manifest.services.items() if not only or name in only}
    known = {spec.name: spec for spec in specs}
    if strange := (set(only) - set(manifest.services)) | (set(wanted) - set(known)):
        raise Refused("UNKNOWN_SERVICE", f"No such service: {', '.join(sorted(strange))}.", field="service")
    for name, one in wanted.items():
        _check_schema(known[name], one)
        await _check_empty(known[name], server_dsn)
    epoch = 1 + max(one.epoch for one in manifest.services.values())
    for name, one in wanted.items():
        await _bring_back(known[name], one, server_dsn, folder, epoch, manifest, person)
        say(f"{name}: {sum(table.rows for table in one.tables.values())} rows, epoch {epoch}")
    return manifest.model_copy(update={"services": wanted})


def _check_schema(spec: ServiceSpec, kept: Kept) -> None:
    """Raises Refused when the backup was made by a version of the service this one does not know."""
    ours = {f"platform/{file.name}" for file in PLATFORM.glob("*.sql")}
    ours |= {f"{spec.name}/{file.name}" for file in spec.migrations.glob("*.sql")}
    if newer := set(kept.migrations) - ours:
        message = f"The backup of {spec.name} was made by a newer version ({', '.join(sorted(newer))})."
        raise Refused("NEWER_BACKUP", message, field="folder")


async def _check_empty(spec: ServiceSpec, server_dsn: str) -> None:
    try:
        connection = await asyncpg.connect(dsn_for(server_dsn, spec.database), timeout=10)
    except asyncpg.InvalidCatalogNameError:
        return
    try:
        if await connection.fetchval(_ANY_TABLE):
            message = f"The database {spec.database} is not empty. Drop it first if nothing in it is wanted."
            raise Refused("DATABASE_IN_USE", message, field="service")
    finally:
        await connection.close()


async def _bring_back(
    spec: ServiceSpec, kept: Kept, server_dsn: str, folder: Path, epoch: int, manifest: Manifest, person: str
) -> None:
    """The schema as of the backup, then the rows, then what was added to the schema since."""
    existed = await _exists(server_dsn, spec.database)
    db = await Database.connect(await ensure_database(server_dsn, spec.database), size=2, command_timeout=COPY_SECONDS)
    folders = (("platform", PLATFORM), (spec.name, spec.migrations))
    try:
        await migrate(db, *folders, only=kept.migrations)
        await install_queue(db)
        async with db.transaction() as tx:
            with zipfile.ZipFile(folder / kept.file) as archive:
                await _fill(tx.connection, kept, archive)
            await tx.execute(_EPOCH, epoch)
            await tx.execute(_ACT, person, spec.name, manifest.made_at.isoformat(), epoch)
        await migrate(db, *folders)
        await db.execute("ANALYZE")
    except BaseException:
        await db.close()
        if not existed:
            await _drop(server_dsn, spec.database)
        raise
    await db.close()


async def _fill(connection: asyncpg.Connection, kept: Kept, archive: zipfile.ZipFile) -> None:
    references = [(row["child"], row["parent"]) for row in await connection.fetch(_REFERENCES)]
    order = parents_first(kept.tables, references)
    for table in order:
        missing = set(kept.tables[table].columns) - {row["attname"] for row in await connection.fetch(_COLUMNS, table)}
        if missing:
            raise Refused("UNKNOWN_COLUMN", f"{table} has no {', '.join(sorted(missing))} here.", field="folder")
        # The rows passed the rules when they were written; a rule that forbids change would forbid taking out the seeds.
        await connection.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    for table in reversed(order):
        if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")'):  # noqa: S608  a name of our own schema
            await connection.execute(f'DELETE FROM "{table}"')  # noqa: S608
    for table in order:
        columns, rows = kept.tables[table].columns, kept.tables[table].rows
        with archive.open(table) as member:
            source = cast(BinaryIO, member)
            status = await connection.copy_to_table(table, columns=columns, source=source, timeout=COPY_SECONDS)
        if int(status.rpartition(" ")[2]) != rows:
            raise Refused("DAMAGED_BACKUP", f"{table} does not hold the {rows} rows it should.", field="folder")
        await connection.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    for sequence, value in kept.sequences.items():
        if value is not None:
            await connection.execute(_SETVAL, sequence, value)


def parents_first(tables: Mapping[str, object], references: Sequence[tuple[str, str]]) -> list[str]:
    """Tables in an order in which every (child, parent) finds its parent before it. Raises ValueError for a circle."""
    waiting = {table: {parent for child, parent in references if child == table} & set(tables) for table in tables}
    order: list[str] = []
    while waiting:
        free = sorted(table for table, parents in waiting.items() if not parents - set(order))
        if not free:
            raise ValueError(f"tables refer to each other in a circle: {', '.join(sorted(waiting))}")
        order += free
        for table in free:
            del waiting[table]
    return order


async def _exists(server_dsn: str, database: str) -> bool:
    admin = await asyncpg.connect(server_dsn, timeout=10)
    try:
        return bool(await admin.fetchval(_EXISTS, database))
    finally:
        await admin.close()


async def _drop(server_dsn: str, database: str) -> None:
    admin = await asyncpg.connect(server_dsn, timeout=10)
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{database}"')
    finally:
        await admin.close()
