"""The inbox: an event's effects happen once, because its id is written in the transaction that makes them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from shared.clock import Clock
from shared.events import Envelope
from shared.ids import Ids
from shared.outbox import Outbox, Unit
from shared.postgres import Row

_SEEN = "SELECT true FROM inbox WHERE event_id = $1"
_ENTER = "INSERT INTO inbox (event_id, topic) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true"


class AlreadyHandled(Exception):
    """A twin of this event was handled before, or is being committed right now. Nothing is left to do."""


@dataclass(slots=True)
class First:
    """What a transaction asks before anything else: a statement that returns exactly one row, which stands in `row`.

    Events that share a transaction have theirs asked in one go, so it must be about the event's own key alone.
    """

    statement: str
    arguments: tuple[Any, ...]
    found: Row | None = None

    @property
    def row(self) -> Row:
        assert self.found is not None, "asked within `once` alone"
        return self.found


class Work:
    """What a handler is given besides the event: the cheap question and the one transaction."""

    def __init__(self, outbox: Outbox, *, work_id: UUID, topic: str, ids: Ids, clock: Clock, log: Any) -> None:
        self._outbox = outbox
        self._work_id = work_id
        self._topic = topic
        self.db = outbox.db
        self.epoch = outbox.epoch
        self.ids = ids
        self.clock = clock
        self.log = log

    async def seen(self) -> bool:
        """Whether this very event was handled before: asked before slow work, so a replay does not repeat it."""
        return bool(await self.db.fetchval(_SEEN, self._work_id))

    def once(self, first: First | None = None) -> contextlib.AbstractAsyncContextManager[Unit]:
        """The transaction of this event: inbox row, state and told events, all or nothing.

        A twin ends here with AlreadyHandled, which the consumer takes as done.
        """
        return self._entered(first)

    @contextlib.asynccontextmanager
    async def _entered(self, first: First | None) -> AsyncIterator[Unit]:
        async with self._outbox.transaction() as unit:
            if not await unit.fetchval(_ENTER, self._work_id, self._topic):
                raise AlreadyHandled
            if first is not None:
                first.found = await unit.fetchrow(first.statement, *first.arguments)
            yield unit


class Place(Protocol):
    """A place among events that share a transaction (`shared.company`)."""

    @property
    def open(self) -> bool: ...
    async def known(self, event_id: UUID) -> bool | None: ...
    def once(self, event_id: UUID, topic: str, first: First | None) -> contextlib.AbstractAsyncContextManager[Unit]: ...


class EventWork(Work):
    """Work on one heard event; `envelope` says which. With a `seat` its transaction is shared with other events."""

    def __init__(
        self,
        outbox: Outbox,
        envelope: Envelope,
        *,
        topic: str,
        ids: Ids,
        clock: Clock,
        log: Any,
        seat: Place | None = None,
    ) -> None:
        super().__init__(outbox, work_id=envelope.event_id, topic=topic, ids=ids, clock=clock, log=log)
        self.envelope = envelope
        self._seat = seat

    async def seen(self) -> bool:
        known = None if self._seat is None else await self._seat.known(self._work_id)
        return await super().seen() if known is None else known

    def once(self, first: First | None = None) -> contextlib.AbstractAsyncContextManager[Unit]:
        if self._seat is None or not self._seat.open:
            return super().once(first)
        return self._seat.once(self._work_id, self._topic, first)
