"""One database of one service: connections that are never waited for for ever, counted statements, and migrations."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from shared.errors import Transient
from shared.pool import Pool

T = TypeVar("T")
Row = asyncpg.Record
Connection = asyncpg.Connection


@dataclass(slots=True)
class StatementMeter:
    """How many statements one piece of work sent and how long they took; BEGIN and COMMIT are not counted."""

    statements: int = 0
    seconds: float = 0.0


COMMIT = "COMMIT"
METER: ContextVar[StatementMeter | None] = ContextVar("statement_meter", default=None)


class Sql(Protocol):
    """Something that runs statements: a pool for reads, a transaction for the rest. Arguments are always bound."""

    async def fetch(self, statement: str, *arguments: Any) -> list[Row]: ...
    async def fetchrow(self, statement: str, *arguments: Any) -> Row | None: ...
    async def fetchval(self, statement: str, *arguments: Any) -> Any: ...
    async def execute(self, statement: str, *arguments: Any) -> str: ...


def is_transient(error: BaseException) -> bool:
    """Whether this is the database's or the network's trouble rather than the statement's or the code's.

    A session killed by the server surfaces in asyncpg as InternalClientError, InterfaceError or a bare OSError, and
    a schema changed under a prepared statement as InvalidCachedStatementError: all of them pass. A wrong number of
    arguments is an InterfaceError too, and a missing file an OSError: those never pass.
    """
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, asyncpg.DataError) and "the server expects" not in str(error)
    if isinstance(error, OSError):
        return error.errno not in _CODE_ERRORS
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state[:2] in {"08", "40", "53", "57", "58", "25"} or state == "55P03" or not state
    return isinstance(error, asyncpg.InternalClientError)


_CODE_ERRORS = frozenset({errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EEXIST})


async def _counted(call: Callable[..., Awaitable[T]], statement: str, arguments: Sequence[Any]) -> T:
    meter, started = METER.get(), time.perf_counter()
    try:
        return await call(statement, *arguments)
    except Exception as error:
        if is_transient(error):
            raise Transient(f"database: {type(error).__name__}") from error
        raise
    finally:
        if meter is not None:
            meter.statements += 1
            meter.seconds += time.perf_counter() - started


class Tx:
    """One open transaction. Every statement is counted; trouble of the database is raised as Transient."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def fetch(self, statement: str, *arguments: Any) -> list[Row]:
        return await _counted(self.connection.fetch, statement, arguments)

    async def fetchrow(self, statement: str, *arguments: Any) -> Row | None:
        return await _counted(self.connection.fetchrow, statement, arguments)

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        return await _counted(self.connection.fetchval, statement, arguments)

    async def execute(self, statement: str, *arguments: Any) -> str:
        return await _counted(self.connection.execute, statement, arguments)

    async def fetchmany(self, statement: str, each: Sequence[Sequence[Any]]) -> list[Row]:
        """The rows of a statement that is run for each of several arguments, all sent in one go."""
        return await _counted(self.connection.fetchmany, statement, (each,))


class Database:
    """A pool on one database. Connecting, acquiring and running each have a limit; a dead socket cannot wedge it."""

    def __init__(self, pool: Pool, dsn: str, *, acquire_timeout: float) -> None:
        self._pool = pool
        self._acquire_timeout = acquire_timeout
        self.dsn = dsn

    @classmethod
    async def connect(
        cls, dsn: str, *, size: int = 6, command_timeout: float = 15.0, acquire_timeout: float = 10.0
    ) -> Database:
        """A pool of at most `size` connections. Raises Transient when the server cannot be reached, and the server's
        own error when it refuses this database or this user."""
        open_one = functools.partial(
            asyncpg.connect,
            dsn,
            command_timeout=command_timeout,
            timeout=acquire_timeout,
            server_settings={"application_name": "plumbline", "tcp_keepalives_idle": "30"},
        )
        pool = Pool(open_one, size)
        try:
            pool.release(await pool.acquire(acquire_timeout), sound=True)
        except Exception as error:
            if is_transient(error):
                raise Transient(f"database: {type(error).__name__}") from error
            raise
        return cls(pool, dsn, acquire_timeout=acquire_timeout)

    async def dedicated(self) -> asyncpg.Connection:
        """A connection outside the pool, for a session lock. The caller closes it."""
        return await asyncpg.connect(self.dsn, timeout=self._acquire_timeout, command_timeout=15.0)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        connection = await self._acquire()
        sound = False
        try:
            yield connection
            sound = True
        except Exception as error:
            sound = not (isinstance(error, Transient) or is_transient(error))
            raise
        finally:
            self._pool.release(connection, sound=sound)

    async def _acquire(self) -> Connection:
        try:
            return await self._pool.acquire(self._acquire_timeout)
        except Exception as error:
            # It let us in once: a server that now refuses the database or the password is being worked on.
            if is_transient(error) or isinstance(error, asyncpg.PostgresError):
                raise Transient(f"database: {type(error).__name__}") from error
            raise

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """All statements or none. Raises Transient when the commit could not be confirmed."""
        connection = await self._acquire()
        sound = False
        try:
            try:
                await connection.execute("BEGIN")
                yield Tx(connection)
            except Exception as error:
                sound = await _rolled_back(connection, error)
                if is_transient(error):
                    raise Transient(f"database: {type(error).__name__}") from error
                raise
            try:
                await connection.execute(COMMIT)
                sound = True
            except Exception as error:
                if is_transient(error):
                    raise Transient(f"database: {type(error).__name__} at commit") from error
                raise
        finally:
            # Given up in the middle of a statement, by a cancellation say: the server rolls back what is thrown away.
            self._pool.release(connection, sound=sound)

    async def fetch(self, statement: str, *arguments: Any) -> list[Row]:
        async with self.connection() as connection:
            return await Tx(connection).fetch(statement, *arguments)

    async def fetchrow(self, statement: str, *arguments: Any) -> Row | None:
        async with self.connection() as connection:
            return await Tx(connection).fetchrow(statement, *arguments)

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        async with self.connection() as connection:
            return await Tx(connection).fetchval(statement, *arguments)

    async def execute(self, statement: str, *arguments: Any) -> str:
        async with self.connection() as connection:
            return await Tx(connection).execute(statement, *arguments)

    async def close(self) -> None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._pool.close(), 5.0)
            return
        self._pool.terminate()


async def _rolled_back(connection: Connection, error: Exception) -> bool:
    """End a transaction that failed; False when the connection is not to be used again."""
    if is_transient(error):
        return False
    try:
        await connection.execute("ROLLBACK")
    except Exception:
        return False
    return True


PLATFORM = Path(__file__).parent / "migrations"


class MigrationChanged(Exception):
    """A migration that already ran was edited afterwards; write a new one instead."""


async def migrate(db: Database, *folders: tuple[str, Path], only: Container[str] | None = None) -> list[str]:
    """Run what has not run yet, in order of (folder as given, file name), each in a transaction of its own.

    `only` names the migrations to run; without it all of them. Forward only and checksummed: an edited migration raises MigrationChanged. One process migrates at a time.
    Returns the names that ran now, as "scope/file".
    """
    connection = await db.dedicated()
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext('plumbline.migrate'))")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration (name text PRIMARY KEY, sha256 text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
        known = {r["name"]: r["sha256"] for r in await connection.fetch("SELECT name, sha256 FROM schema_migration")}
        ran: list[str] = []
        for scope, folder in folders:
            for file in sorted(folder.glob("*.sql")):
                name, text = f"{scope}/{file.name}", file.read_text()
                digest = hashlib.sha256(text.encode()).hexdigest()
                if only is not None and name not in only:
                    continue
                if name in known:
                    if known[name] != digest:
                        raise MigrationChanged(f"{name} was edited after it ran")
                    continue
                async with connection.transaction():
                    await connection.execute(text, timeout=300.0)
                    await connection.execute("INSERT INTO schema_migration VALUES ($1, $2)", name, digest)
                ran.append(name)
        return ran
    finally:
        await connection.close()


async def ensure_database(server_dsn: str, name: str) -> str:
    """The DSN of database `name` on the server, which is created when it is not there."""
    dsn = dsn_for(server_dsn, name)
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
    except asyncpg.InvalidCatalogNameError:
        admin = await asyncpg.connect(server_dsn, timeout=10)
        try:
            await admin.execute(f'CREATE DATABASE "{name}"')
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            pass  # another process made it a moment ago; which error says so depends on how close they came
        finally:
            await admin.close()
        connection = await asyncpg.connect(dsn, timeout=10)
    await connection.close()
    return dsn


def dsn_for(server_dsn: str, database: str) -> str:
    """The server's DSN with another database name; credentials and parameters stay."""
    parts = urlsplit(server_dsn)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, parts.fragment))
