"""A Postgres server of the simulation, behind the part of asyncpg the kit uses; errors are asyncpg's own.

What runs on it is the kit's real `Database` and pool. A statement is known by its very text (`statements.py`);
one that is not known fails loudly. `test_conformance.py` runs the same statements here and on a real Postgres.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import asyncpg

from shared.pool import Pool
from shared.postgres import Database
from tests.failure.simulation.store import Row, Statement, Store, Transaction, View
from tests.failure.simulation.wire import Wire

BEGIN, COMMIT, ROLLBACK = "BEGIN", "COMMIT", "ROLLBACK"


class Server:
    """Databases by name. `down` refuses connections and has ended every session; what was committed stays."""

    def __init__(
        self, statements: Mapping[str, Statement], now: Callable[[], Any], *, command_seconds: float = 15.0
    ) -> None:
        self.statements, self._now, self.command_seconds = statements, now, command_seconds
        self.stores: dict[str, Store] = {}
        self.sessions: list[Session] = []
        self.down = False
        self.at_commit: Callable[[Session], None] = lambda session: None
        self.on_commit: Callable[[Session], None] = lambda session: None

    def store(self, database: str) -> Store:
        if database not in self.stores:
            self.stores[database] = Store(self._now)
        return self.stores[database]

    def stop(self) -> None:
        """An immediate shutdown: open transactions are gone, committed ones stay."""
        self.down = True
        self.kill_sessions(lambda _: True)

    def kill_sessions(self, wanted: Callable[[Session], bool]) -> int:
        """`pg_terminate_backend` for every session that is wanted."""
        killed = [session for session in self.sessions if wanted(session)]
        for session in killed:
            session.end()
        return len(killed)

    async def connect(self, database: str, wire: Wire) -> Session:
        """A session. Raises ConnectionRefusedError while the server is down, TimeoutError when nothing answers."""
        opened: asyncio.Future[Session] = wire.loop.create_future()

        def arrive() -> None:
            if self.down:
                wire.back(_fail, opened, ConnectionRefusedError("connection refused"))
                return
            session = Session(self, database, wire)
            self.sessions.append(session)
            wire.back(_answer, opened, session)

        wire.there(arrive)
        async with asyncio.timeout(10.0):
            return await opened


class Session:
    """One connection: the client's half and the server's."""

    def __init__(self, server: Server, database: str, wire: Wire) -> None:
        self.database, self.wire = database, wire
        self.process = wire.process
        self._server, self._store = server, server.store(database)
        self._transaction: Transaction | None = None
        self._ended = self._lost = False
        self._awaited: asyncio.Future[list[Row]] | None = None
        self._running: Transaction | None = None
        self._heard: Callable[..., object] = lambda *_: None

    # -- the client's half, as asyncpg has it

    async def fetch(self, statement: str, *arguments: Any, timeout: float | None = None) -> list[Row]:
        return await self._ask(statement, arguments)

    async def fetchrow(self, statement: str, *arguments: Any, timeout: float | None = None) -> Row | None:
        rows = await self._ask(statement, arguments)
        return rows[0] if rows else None

    async def fetchval(self, statement: str, *arguments: Any, timeout: float | None = None) -> Any:
        rows = await self._ask(statement, arguments)
        return next(iter(rows[0].values())) if rows else None

    async def execute(self, statement: str, *arguments: Any, timeout: float | None = None) -> str:
        await self._ask(statement, arguments)
        return "OK"

    async def add_listener(self, channel: str, heard: Callable[..., object]) -> None:
        await self._ask(f'LISTEN "{channel}"', ())
        self._heard = heard

    def is_closed(self) -> bool:
        return self._lost

    def is_in_transaction(self) -> bool:
        return self._transaction is not None

    def terminate(self) -> None:
        """Hang up without a word; the server ends the session when it notices."""
        self._lost = True
        self.wire.there(self.end)

    async def close(self, *, timeout: float | None = None) -> None:
        self.terminate()

    async def _ask(self, statement: str, arguments: tuple[Any, ...]) -> list[Row]:
        if self._lost:
            raise asyncpg.InterfaceError("connection is closed")
        if self._awaited is not None:
            raise asyncpg.InterfaceError("another operation is in progress")
        answer: asyncio.Future[list[Row]] = self.wire.loop.create_future()
        self._awaited = answer
        self.wire.there(self._receive, statement, arguments, answer)
        try:
            async with asyncio.timeout(self._server.command_seconds):
                return await answer
        except BaseException:
            if not answer.done() or answer.cancelled():
                self.wire.there(self._cancel)  # asyncpg sends a cancel request and gives the connection up
                self._lost = True
                self.wire.there(self.end)
            raise
        finally:
            self._awaited = None

    # -- the server's half

    def notify(self) -> None:
        """Something was said on the channel this session listens to."""
        self.wire.back(lambda: self._heard())

    def end(self) -> None:
        """The backend ends: its transaction is rolled back, its locks are free, the client learns of it."""
        if self._ended:
            return
        self._ended = True
        if self in self._server.sessions:
            self._server.sessions.remove(self)
        for name in [name for name, owner in self._store.advisory.items() if owner is self]:
            del self._store.advisory[name]
        self._store.listening.pop(self, None)
        for transaction in (self._transaction, self._running):
            if transaction is not None:
                self._store.end(transaction, commit=False)
        self.wire.back(self._hung_up)

    def _hung_up(self) -> None:
        self._lost = True
        if self._awaited is not None:
            _fail(
                self._awaited, asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
            )

    def _cancel(self) -> None:
        if self._running is not None:
            self._running.failed = True

    def _receive(self, statement: str, arguments: tuple[Any, ...], answer: asyncio.Future[list[Row]]) -> None:
        if self._ended:
            return
        if statement in (BEGIN, COMMIT, ROLLBACK):
            self._control(statement)
            self.wire.back(_answer, answer, [])
            return
        if self._transaction is not None and self._transaction.failed:
            self.wire.back(_fail, answer, asyncpg.InFailedSQLTransactionError("current transaction is aborted"))
            return
        run = self._server.statements.get(statement)
        if run is None:
            self.wire.back(_fail, answer, AssertionError(f"the simulation does not know this statement:\n{statement}"))
            return
        alone = self._transaction is None
        transaction = self._transaction or Transaction()
        self._running = transaction
        steps = run(View(self._store, transaction, self), arguments)
        self._go_on(steps, transaction, alone, answer)

    def _control(self, statement: str) -> None:
        if statement == BEGIN:
            self._transaction = Transaction()
        elif self._transaction is not None:
            if statement == COMMIT:
                self._server.at_commit(self)
            self._store.end(self._transaction, commit=statement == COMMIT)
            self._transaction = None
            if statement == COMMIT:
                self._server.on_commit(self)

    def _go_on(self, steps: Any, transaction: Transaction, alone: bool, answer: asyncio.Future[list[Row]]) -> None:
        """Run a statement until it has to wait for a lock, fails, or ends."""
        try:
            while True:
                wanted = next(steps)
                if not self._store.take(transaction, wanted, lambda: self._go_on(steps, transaction, alone, answer)):
                    return
        except StopIteration as done:
            self._running = None
            if alone:
                self._store.end(transaction, commit=True)
            self.wire.back(_answer, answer, done.value)
        except Exception as error:
            self._running = None
            transaction.failed = True
            self._store.end(transaction, commit=False)  # its locks go at once, not at the ROLLBACK
            self.wire.back(_fail, answer, error)


class SimulatedDatabase(Database):
    """The kit's own Database over the kit's own pool, whose connections are sessions of the simulation."""

    def __init__(self, server: Server, database: str, wire: Wire, *, size: int = 4) -> None:
        connect: Any = partial(server.connect, database, wire)
        self._connect = connect
        super().__init__(Pool(connect, size), database, acquire_timeout=10.0)

    async def dedicated(self) -> Any:
        return await self._connect()


def _answer(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
