"""Records handled together: their handlers run up to `once`, share one transaction, and leave it together.

A commit costs more than handling a small record, so records that wait behind each other share one. What a handler does
before `once` (questions, slow work) it does with no transaction open, as it does alone. Then everybody who waits writes
in turn, and nobody goes on before the commit. Whatever goes wrong with one of them dissolves the company: nothing of it
was written, and each record is handled alone, with all its tries. A company is a faster way to the same end, never
another end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from shared.inbox import AlreadyHandled, First
from shared.outbox import Outbox, Unit
from shared.postgres import METER, StatementMeter

_KNOWN = "SELECT event_id FROM inbox WHERE event_id = ANY($1::uuid[])"
_ENTER_ALL = """
INSERT INTO inbox (event_id, topic)
SELECT event_id, topic FROM unnest($1::uuid[], $2::text[]) AS e(event_id, topic) ORDER BY event_id
ON CONFLICT DO NOTHING RETURNING event_id
"""


class Alone(BaseException):
    """The company was dissolved: this record is handled alone. No handler may take it for an error it knows."""


def _future() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class Entry:
    """A handler that waits at `once`: it is let in, writes, and is told whether that was committed."""

    event_id: UUID
    topic: str
    key: bytes
    meter: StatementMeter | None
    first: First | None = None
    unit: Unit | None = None
    error: BaseException | None = None
    new: bool = True
    committed: bool = False
    let_in: asyncio.Future[None] = field(default_factory=_future)
    written: asyncio.Future[None] = field(default_factory=_future)
    over: asyncio.Future[None] = field(default_factory=_future)

    def end(self, *, committed: bool) -> None:
        self.committed = committed
        _resolve(self.let_in)
        _resolve(self.over)


class Company:
    """Records of different keys on their way through one transaction. `event_ids` are those that may join."""

    def __init__(self, outbox: Outbox, event_ids: Collection[UUID]) -> None:
        self._outbox, self._event_ids = outbox, event_ids
        self._known: set[UUID] | None = None
        self._entries: list[Entry] = []
        self._over = False
        self.dissolved = self.closed = False

    async def known(self, event_id: UUID) -> bool | None:
        """Whether the event was handled before; None when it was not among those announced."""
        if event_id not in self._event_ids:
            return None
        if self._known is None:
            rows = await self._outbox.db.fetch(_KNOWN, list(self._event_ids))
            self._known = {row["event_id"] for row in rows}
        return event_id in self._known

    def wait(self, entry: Entry) -> None:
        self._entries.append(entry)

    def dissolve(self) -> None:
        """Send everybody who waits home: what was written is rolled back."""
        if self._over:
            return
        self.dissolved = True
        for entry in self._entries:
            entry.end(committed=False)

    async def go(self) -> None:
        """One transaction for everybody who waits; it is committed, or the company is dissolved. Nobody joins later."""
        self.closed = True
        if self.dissolved or not self._entries:
            return
        # What they share is counted once, for the first of them.
        token = METER.set(self._entries[0].meter)
        try:
            async with self._outbox.transaction() as unit:
                await self._write(unit)
        except Exception:
            self.dissolve()
            return
        finally:
            METER.reset(token)
        self._over = True
        for entry in self._entries:
            entry.end(committed=True)

    async def _write(self, unit: Unit) -> None:
        events = [entry.event_id for entry in self._entries], [entry.topic for entry in self._entries]
        entered = {row["event_id"] for row in await unit.fetch(_ENTER_ALL, *events)}
        # In the order of their keys, so that two companies lock rows in the same order.
        in_order = sorted(self._entries, key=lambda each: each.key)
        for entry in in_order:
            entry.new, entry.unit = entry.event_id in entered, unit
            entered.discard(entry.event_id)
        await _ask_first(unit, [entry for entry in in_order if entry.new])
        for entry in in_order:
            _resolve(entry.let_in)
            if entry.new:
                await entry.written
                if entry.error is not None:
                    raise entry.error


class Seat:
    """The place of one record in a company."""

    def __init__(self, company: Company, key: bytes) -> None:
        self._company, self._key, self._joined = company, key, False
        self.resting = _future()
        """Done when the handler waits at `once`, or has nothing more to do in company."""
        self.turn = _future()
        """Done when the record may be handled alone: all before it were settled."""

    def rest(self, _: object = None) -> None:
        _resolve(self.resting)

    def may_go_alone(self) -> None:
        _resolve(self.turn)

    @property
    def open(self) -> bool:
        """Whether the company still waits for this record; one that took too long has a transaction of its own."""
        return not (self._company.closed or self._company.dissolved)

    def dissolve(self) -> None:
        if self.open or self._joined:
            self._company.dissolve()
        self.rest()

    async def known(self, event_id: UUID) -> bool | None:
        return await self._company.known(event_id)

    @contextlib.asynccontextmanager
    async def once(self, event_id: UUID, topic: str, first: First | None) -> AsyncIterator[Unit]:
        """The company's transaction; left after its commit. Raises AlreadyHandled for a twin, Alone when dissolved."""
        entry = Entry(event_id, topic, self._key, METER.get(), first)
        self._company.wait(entry)
        self._joined = True
        self.rest()
        await entry.let_in
        if entry.unit is None or self._company.dissolved:
            raise Alone
        if not entry.new:
            raise AlreadyHandled
        try:
            yield entry.unit
        except BaseException as error:
            entry.error = error
            raise
        finally:
            _resolve(entry.written)
        await entry.over
        if not entry.committed:
            raise Alone


async def _ask_first(unit: Unit, entries: Sequence[Entry]) -> None:
    """Ask for each what it wants to know first; what has the same words is sent in one go."""
    asked: dict[str, list[tuple[First, StatementMeter | None]]] = {}
    for entry in entries:
        if entry.first is not None:
            asked.setdefault(entry.first.statement, []).append((entry.first, entry.meter))
    for statement, each in asked.items():
        rows = await unit.fetchmany_uncounted(statement, [first.arguments for first, _ in each])
        for (first, meter), row in zip(each, rows, strict=True):
            first.found = row
            if meter is not None:
                meter.statements += 1


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
