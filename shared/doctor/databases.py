"""The Postgres server and every service's database on it, looked at and left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from shared.doctor.finding import Finding, good, note, unreachable, wrong
from shared.postgres import PLATFORM, dsn_for
from shared.service import ServiceSpec
from shared.settings import KitSettings
from shared.vault import Forgotten, MasterKey, Vault

OLDEST_SERVER = 150000
SKEW_SECONDS = 2.0
_SERVER = """
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
       current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commits,
       current_setting('max_connections')::int AS connections, clock_timestamp() AS now,
       (SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may_create
"""
_STANDING = """
SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS pending,
       (SELECT count(*) FROM dead_letter WHERE state = 'open') AS dead,
       (SELECT epoch FROM installation) AS epoch
"""
_NEWEST_KEY = "SELECT day FROM day_key ORDER BY day DESC LIMIT 1"
_MEND_SERVER = "Is it running; are address, user and password in PLUMBLINE_DATABASE_URL right?"


async def server(dsn: str, specs: Sequence[ServiceSpec], settings: KitSettings) -> list[Finding]:
    """The server: reached, new enough, safe, large enough; and whether its clock is ours."""
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        return [unreachable("Postgres", f"{type(error).__name__}: {error}".strip(": "), _MEND_SERVER)]
    try:
        row = await connection.fetchrow(_SERVER)
    finally:
        await connection.close()
    assert row is not None
    found = []
    if row["number"] < OLDEST_SERVER:
        found.append(wrong("Postgres", f"version {row['version']}", "Run Postgres 15 or newer."))
    if row["fsync"] != "on" or row["commits"] == "off":
        seen = f"fsync {row['fsync']}, synchronous_commit {row['commits']}: what was accepted can be lost"
        found.append(wrong("Postgres", seen, "Set both to on."))
    wanted = len(specs) * (settings.pool_size + 3)
    if row["connections"] < wanted:
        seen = f"{row['connections']} connections; one replica of every service may take {wanted}"
        found.append(note("Postgres", seen, "Raise max_connections, or lower PLUMBLINE_POOL_SIZE."))
    if not row["may_create"]:
        mend = "Create the databases for it (plumbline_SERVICE), or give it CREATEDB."
        found.append(note("Postgres", "this role cannot create databases", mend))
    found = found or [good("Postgres", f"version {row['version']}")]
    return [*found, clock(datetime.now(UTC), row["now"])]


def clock(ours: datetime, theirs: datetime) -> Finding:
    """Whether two clocks agree: signatures, retention and what readers see as 'now' stand on them."""
    apart = abs((ours - theirs).total_seconds())
    if apart > SKEW_SECONDS:
        return wrong("clock", f"{apart:.0f} s apart from the database's", "Let both machines ask a time server (NTP).")
    return good("clock", "as the database's")


async def databases(dsn: str, specs: Sequence[ServiceSpec], settings: KitSettings) -> list[Finding]:
    """Each service's database: there, its schema as the code has it, opened by our master key, and what waits in it."""
    found: list[Finding] = []
    for spec in specs:
        try:
            connection = await asyncpg.connect(dsn_for(dsn, spec.database), timeout=5)
        except asyncpg.InvalidCatalogNameError:
            found.append(note(spec.name, "no database yet", "The service makes it at its start, or: plumbline migrate"))
            continue
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            found.append(unreachable(spec.name, f"{type(error).__name__}: {error}", _MEND_SERVER))
            continue
        try:
            found += await _database(connection, spec, settings)
        finally:
            await connection.close()
    return found


async def _database(connection: asyncpg.Connection, spec: ServiceSpec, settings: KitSettings) -> list[Finding]:
    if await connection.fetchval("SELECT to_regclass('schema_migration')") is None:
        return [note(spec.name, "its database is empty", "plumbline migrate")]
    ran = {row["name"]: row["sha256"] for row in await connection.fetch("SELECT name, sha256 FROM schema_migration")}
    if schema := compare(spec, ran):
        return [schema]
    row = await connection.fetchrow(_STANDING)
    assert row is not None
    found = []
    if row["dead"]:
        mend = f"plumbline dlt list {spec.name}; docs/runbooks/dead-letters.md"
        found.append(note(spec.name, f"{row['dead']} dead letters wait for a person", mend))
    if sealed := await _key_fits(connection, settings):
        found.append(wrong(spec.name, sealed, "Bring back the key its days were sealed with."))
    pending = f", {row['pending']} events to be published" if row["pending"] else ""
    return found or [good(spec.name, f"schema up to date, epoch {row['epoch']}{pending}")]


def compare(spec: ServiceSpec, ran: dict[str, str]) -> Finding | None:
    """What is to be said about a schema; None when it is as the code has it."""
    ours = {
        f"{scope}/{file.name}": hashlib.sha256(file.read_bytes()).hexdigest()
        for scope, folder in (("platform", PLATFORM), (spec.name, spec.migrations))
        for file in folder.glob("*.sql")
    }
    if newer := sorted(ran.keys() - ours.keys()):
        return wrong(spec.name, f"its schema is newer than this code ({', '.join(newer)})", "Run the newer version.")
    if edited := sorted(name for name, digest in ran.items() if ours[name] != digest):
        mend = "Bring back the migration as it was, and write a new one for the change."
        return wrong(spec.name, f"edited after it ran: {', '.join(edited)}", mend)
    if waiting := sorted(ours.keys() - ran.keys()):
        return note(spec.name, f"to be migrated: {', '.join(waiting)}", "plumbline migrate, or start the service")
    return None


async def _key_fits(connection: asyncpg.Connection, settings: KitSettings) -> str:
    """Why the master key does not open the newest day key; empty when it does, or there is nothing to open."""
    day = await connection.fetchval(_NEWEST_KEY)
    given = settings.master_key.get_secret_value()
    if day is None or not (given or (settings.home / "master.key").exists()):
        return ""
    try:
        vault = Vault(MasterKey.open(settings.home, given))
        await vault.can_open(connection, day)
    except Forgotten:
        return "sealed with another master key"
    except (ValueError, PermissionError):
        return ""  # the master key itself is wrong, and said to be
    return ""
