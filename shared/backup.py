"""A backup: every service's database as of one moment, in files that any later version of the services can read.

One archive a service, holding each table in Postgres's own text form, and a manifest with checksums. Kafka is not in
it: what was told stands in the outboxes, and what was heard in the databases. Neither is the master key.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import asyncpg
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import Refused
from shared.postgres import dsn_for
from shared.service import ServiceSpec

FORMAT = 1
MANIFEST = "manifest.json"
COPY_SECONDS = 3600.0

_TABLES = """
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname ORDER BY c.relname
"""
_SEQUENCES = (
    "SELECT sequencename AS name, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename"
)
_MIGRATIONS = "SELECT name, sha256 FROM schema_migration ORDER BY name"

NOT_KEPT = frozenset({"schema_migration"})
"""Made anew by the migrations of a restore."""


class Table(BaseModel):
    """The columns of a table as they stand in its file, and how many rows there are."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    columns: tuple[str, ...]
    rows: int


class Database(BaseModel):
    """One service's part of a backup. A sequence that was never used is None."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    file: str
    sha256: str
    epoch: int
    migrations: dict[str, str]
    tables: dict[str, Table]
    sequences: dict[str, int | None]


class Manifest(BaseModel):
    """What a backup holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int
    made_at: datetime
    services: dict[str, Database]

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of a backup, its files compared with their checksums. Raises Refused saying what is wrong."""
        try:
            found = cls.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise Refused("NO_BACKUP", f"There is no backup in {folder}.", field="folder") from error
        except ValidationError as error:
            raise Refused("UNREADABLE_BACKUP", "The manifest of the backup cannot be read.", field="folder") from error
        if found.format != FORMAT:
            raise Refused("UNKNOWN_FORMAT", f"This backup has format {found.format}; {FORMAT} is read.", field="folder")
        for name, one in found.services.items():
            path = folder / one.file
            if not path.is_file() or _sha256(path) != one.sha256:
                raise Refused("DAMAGED_BACKUP", f"The file of {name} is missing or was changed.", field="folder")
        return found


async def backup(
    specs: Sequence[ServiceSpec], server_dsn: str, folder: Path, *, say: Callable[[str], None] = lambda line: None
) -> Manifest:
    """Write a backup of these services into `folder`, which must be new or empty. Services may run meanwhile.

    Files are readable by their owner alone: they hold readers' words. Raises Refused for a folder that is not empty and
    for a service that has no database yet; what was begun is then without a manifest, and no backup.
    """
    _take(folder)
    services = {}
    for spec in specs:
        services[spec.name] = await _database(spec, server_dsn, folder)
        say(f"{spec.name}: {sum(table.rows for table in services[spec.name].tables.values())} rows")
    manifest = Manifest(format=FORMAT, made_at=datetime.now(UTC), services=services)
    with _private(folder / MANIFEST) as file:
        file.write(manifest.model_dump_json(indent=1).encode() + b"\n")
    return manifest


async def _database(spec: ServiceSpec, server_dsn: str, folder: Path) -> Database:
    try:
        connection = await asyncpg.connect(dsn_for(server_dsn, spec.database), timeout=10)
    except asyncpg.InvalidCatalogNameError as error:
        raise Refused("NO_DATABASE", f"{spec.name} has no database yet.", field="service") from error
    path = folder / f"{spec.name}.zip"
    try:
        # One snapshot: state, outbox and inbox of a service agree.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = {row["name"]: tuple(row["columns"]) for row in await connection.fetch(_TABLES)}
            kept = {name: columns for name, columns in tables.items() if name not in NOT_KEPT}
            with _private(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                rows = {name: await _copy(connection, name, columns, archive) for name, columns in kept.items()}
            sequences = {row["name"]: row["last_value"] for row in await connection.fetch(_SEQUENCES)}
            migrations = {row["name"]: row["sha256"] for row in await connection.fetch(_MIGRATIONS)}
            epoch = await connection.fetchval("SELECT epoch FROM installation")
    finally:
        await connection.close()
    return Database(
        file=path.name,
        sha256=_sha256(path),
        epoch=epoch,
        migrations=migrations,
        tables={name: Table(columns=columns, rows=rows[name]) for name, columns in kept.items()},
        sequences=sequences,
    )


async def _copy(connection: asyncpg.Connection, table: str, columns: tuple[str, ...], archive: zipfile.ZipFile) -> int:
    with archive.open(table, "w", force_zip64=True) as member:
        output = cast(BinaryIO, member)
        status: str = await connection.copy_from_table(table, columns=columns, output=output, timeout=COPY_SECONDS)
    return int(status.rpartition(" ")[2])


def _take(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise Refused("FOLDER_IN_USE", f"{folder} is not empty.", field="folder")


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
