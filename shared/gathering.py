"""Records brought to their end in companies: in the order they came, as many at once as can go together.

One company holds one record of each key, so the records of a key keep their order. It is closed when enough joined or
when gathering took too long, so a record waits for others hardly longer than its own commit would take: slow handlers
end up in companies of one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from uuid import UUID

from shared.company import Company, Seat
from shared.consumer import Delivery, GivenBack, Record, Standstill
from shared.hears import event_id_of
from shared.outbox import Outbox

MOST = 64
GATHER_SECONDS = 0.05

Member = tuple[Record, Seat, "asyncio.Task[None] | None"]
"""A record in a company; without a task when there is nothing to do for it."""


class Gathering:
    """Settles lists of records by way of one `delivery`."""

    company: type[Company] = Company

    def __init__(
        self, delivery: Delivery, outbox: Outbox, *, most: int = MOST, gather_seconds: float = GATHER_SECONDS
    ) -> None:
        self._delivery, self._outbox = delivery, outbox
        self._most, self._seconds = most, gather_seconds

    async def settle(
        self, records: Sequence[Record], standstill: Standstill, settled: Callable[[Record], None]
    ) -> None:
        """Return once none of the records needs anything more. `settled` hears of each, in order, when it is safe.

        Raises GivenBack when those it did not hear of must be delivered again.
        """
        rest = deque(records)
        while rest:
            if not standstill.ours(rest[0]):
                raise GivenBack
            if len(rest) == 1:
                await self._delivery.settle(rest[0], standstill)
                settled(rest.popleft())
            else:
                await self._company(rest, standstill, settled)

    async def _company(self, rest: deque[Record], standstill: Standstill, settled: Callable[[Record], None]) -> None:
        company = self.company(self._outbox, _event_ids(rest, self._most))
        members: list[Member] = []
        try:
            await self._gather(company, rest, standstill, members)
            await company.go()
            for record, seat, task in members:
                seat.may_go_alone()
                if task is not None:
                    if company.dissolved and not task.done() and not standstill.ours(record):
                        raise GivenBack
                    await task
                self._delivery.settled(record)
                settled(record)
        finally:
            tasks = [task for _, _, task in members if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _gather(
        self, company: Company, rest: deque[Record], standstill: Standstill, members: list[Member]
    ) -> None:
        """Move records from `rest` into the company, each until its handler waits at `once` or time is up."""
        loop = asyncio.get_running_loop()
        until, keys = loop.time() + self._seconds, set[bytes | None]()
        while rest and len(members) < self._most and not company.dissolved:
            record = rest[0]
            seat = Seat(company, record.key or b"")
            if not self._delivery.concerns(record):
                members.append((rest.popleft(), seat, None))
                continue
            if record.key in keys or (keys and loop.time() > until):
                return
            keys.add(record.key)
            task = loop.create_task(self._delivery.bring(record, standstill, seat))
            members.append((rest.popleft(), seat, task))
            task.add_done_callback(seat.rest)
            await asyncio.wait((seat.resting,), timeout=max(0.0, until - loop.time()))
            if not seat.resting.done():
                return  # those who wait go without it
            error = task.exception() if task.done() else None
            if isinstance(error, Exception):
                return  # given back: it is raised when its turn comes
            if error is not None:
                raise error


def _event_ids(records: deque[Record], most: int) -> frozenset[UUID]:
    found = (event_id_of(record) for _, record in zip(range(most), records, strict=False))
    return frozenset(each for each in found if each is not None)
