"""Open connections of one database, lent out one at a time.

asyncpg's own pool sends a reset statement each time a connection comes back and makes several tasks for each loan; that
is more than the statements of a message cost. Here nothing is reset, because nothing that outlives a transaction is
ever set on a pooled connection (session locks and LISTEN belong on `Database.dedicated`), and a loan is two list
operations. A connection that came back in any doubtful state is closed instead of lent again.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable

import asyncpg

IDLE_SECONDS = 300.0
END_SECONDS = 5.0
Open = Callable[[], Awaitable[asyncpg.Connection]]


class Closed(asyncpg.InterfaceError):
    """The pool is closed."""

    def __init__(self) -> None:
        super().__init__("the pool is closed")


class Pool:
    """At most `size` connections, opened when they are needed; the one used last is lent first."""

    def __init__(self, open_one: Open, size: int) -> None:
        self._open_one, self._size = open_one, size
        self._idle: deque[tuple[asyncpg.Connection, float]] = deque()
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._lent: set[asyncpg.Connection] = set()
        self._opening = 0
        self._closed = False
        self._returned = asyncio.Event()
        self._ending: set[asyncio.Task[None]] = set()

    async def acquire(self, seconds: float) -> asyncpg.Connection:
        """A connection that was open a moment ago. Raises TimeoutError after `seconds`, or why none could be opened."""
        if self._closed:
            raise Closed
        while self._idle:
            connection, _ = self._idle.pop()
            if not connection.is_closed():
                self._lent.add(connection)
                return connection
        async with asyncio.timeout(seconds):
            return await self._open_or_wait()

    def release(self, connection: asyncpg.Connection, *, sound: bool) -> None:
        """Take a connection back. Unless it is `sound` (between transactions, nothing running), it is thrown away."""
        self._lent.discard(connection)
        self._returned.set()
        if self._closed or not sound or connection.is_closed() or connection.is_in_transaction():
            self._throw_away(connection)
            self._hand_on(None)
        elif not self._hand_on(connection):
            now = time.monotonic()
            self._idle.append((connection, now))
            oldest, since = self._idle[0]
            if now - since > IDLE_SECONDS:
                self._idle.popleft()
                self._throw_away(oldest)

    async def close(self) -> None:
        """Lend nothing more, wait for what is lent, close everything."""
        self._closed = True
        while self._lent:
            self._returned.clear()
            await self._returned.wait()
        while self._idle:
            self._throw_away(self._idle.pop()[0])
        await asyncio.gather(*self._ending)

    def terminate(self) -> None:
        """Drop everything now."""
        self._closed = True
        for task in self._ending:
            task.cancel()
        for connection in [*self._lent, *(connection for connection, _ in self._idle)]:
            connection.terminate()
        self._idle.clear()

    def _throw_away(self, connection: asyncpg.Connection) -> None:
        """Close it in the background: a statement given up is cancelled at the server first, so its locks go."""
        if not connection.is_closed():
            task = asyncio.get_running_loop().create_task(_end(connection))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _open_or_wait(self) -> asyncpg.Connection:
        while len(self._lent) + self._opening >= self._size:
            turn: asyncio.Future[asyncpg.Connection | None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                handed = await turn
            except asyncio.CancelledError:
                # It may have been handed over in the very moment the wait ended: the next one gets it.
                if turn.done() and not turn.cancelled():
                    self._pass_on(turn.result())
                raise
            if handed is not None:
                if not handed.is_closed():
                    return handed
                self._lent.discard(handed)
        self._opening += 1
        try:
            connection = await self._open_one()
        except BaseException:
            self._hand_on(None)
            raise
        finally:
            self._opening -= 1
        self._lent.add(connection)
        return connection

    def _pass_on(self, connection: asyncpg.Connection | None) -> None:
        if connection is None:
            self._hand_on(None)
        else:
            self.release(connection, sound=True)

    def _hand_on(self, connection: asyncpg.Connection | None) -> bool:
        """Wake the one who waits longest, with a connection or with leave to open one."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                if connection is not None:
                    self._lent.add(connection)
                turn.set_result(connection)
                return True
        return False


async def _end(connection: asyncpg.Connection) -> None:
    with contextlib.suppress(Exception):
        await connection.close(timeout=END_SECONDS)
    connection.terminate()
