"""Kits that break one promise each. The simulation has to notice every one of them, or it proves nothing."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared import relay as relay_module
from shared.company import Company, Seat
from shared.consumer import Delivery, GivenBack, Record, Standstill
from shared.errors import Transient
from shared.gathering import Gathering
from shared.inbox import EventWork, First
from shared.outbox import Outbox, Unit
from shared.postgres import Row
from shared.relay import Relay
from tests.failure.simulation import faults
from tests.failure.simulation.faults import Fault
from tests.failure.simulation.instance import Surroundings


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken kit by name, the rules one of which has to notice it, and the troubles that bring it to light."""

    name: str
    rules: frozenset[str]
    change: Callable[[Surroundings], None]
    troubles: tuple[Fault, ...] = ()


class MarksFirst(Relay):
    """Marks rows as published before it sends them."""

    async def _pending(self, connection: Any) -> list[Row]:
        rows = await super()._pending(connection)
        await connection.execute(relay_module._SENT, [row["position"] for row in rows])
        return rows


class FollowsACursor(Relay):
    """Reads what comes after the last position it saw: what commits late is never read."""

    _last = 0

    async def _pending(self, connection: Any) -> list[Row]:
        rows = [row for row in await super()._pending(connection) if row["position"] > self._last]
        self._last = max([self._last, *(row["position"] for row in rows)])
        return rows


class AnyOrder(Relay):
    """Sends newest first."""

    async def _pending(self, connection: Any) -> list[Row]:
        return list(reversed(await super()._pending(connection)))


class DropsWhatFailed(Relay):
    """Takes a failed send for done."""

    def _judge(self, rows: Sequence[Row], results: Sequence[BaseException | None]) -> tuple[list[int], bool]:
        return [row["position"] for row in rows], super()._judge(rows, results)[1]


class EntersFirst(EventWork):
    """Writes the inbox row in a transaction of its own, before the work."""

    @contextlib.asynccontextmanager
    async def once(self, first: First | None = None) -> AsyncIterator[Unit]:
        async with super().once(first):
            pass
        async with self._outbox.transaction() as unit:
            yield unit


class HandlesByHalves(Delivery):
    """Gives handlers a work that enters first."""

    async def _attempt(self, record: Record, hears: Any, *rest: Any) -> str:
        if hears is None:
            return await super()._attempt(record, hears, *rest)

        async def handle(event: Any, work: EventWork) -> None:
            halved = EntersFirst.__new__(EntersFirst)
            halved.__dict__.update(work.__dict__)
            await hears.handler(event, halved)

        return await super()._attempt(record, replace(hears, handler=handle), *rest)


class SetsNothingAside(Delivery):
    """Acknowledges poison without keeping it."""

    async def _set_aside(self, *_: Any) -> str:
        return "dropped"


class TakesTrouble(Delivery):
    """Counts a database that is away as a failed try."""

    async def _attempt(self, *heard: Any) -> str:
        try:
            return await super()._attempt(*heard)
        except Transient as trouble:
            raise RuntimeError("failed") from trouble


class Keeps(Delivery):
    """Takes a record it did not handle for done."""

    async def bring(self, record: Record, standstill: Standstill, seat: Seat | None = None) -> None:
        with contextlib.suppress(GivenBack):
            await super().bring(record, standstill, seat)


class SettlesEarly(Gathering):
    """Says that records are safe before their transaction was committed."""

    async def settle(
        self, records: Sequence[Record], standstill: Standstill, settled: Callable[[Record], None]
    ) -> None:
        for record in records:
            settled(record)
        await super().settle(records, standstill, lambda _record: None)


class BelievesItself(Company):
    """Tells its members that they were committed when they were rolled back."""

    def dissolve(self) -> None:
        for entry in self._entries:
            entry.end(committed=True)


class Believes(Gathering):
    """Gathers in companies that believe themselves."""

    company = BelievesItself


class TellsAfterwards(Outbox):
    """Commits the state, then tells of it in a second transaction."""

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Unit]:
        async with super().transaction() as unit:
            yield unit
            rows, unit._rows = unit._rows, []
        if rows:
            async with super().transaction() as second:
                second._rows = rows


def _set(**broken: Any) -> Callable[[Surroundings], None]:
    def change(around: Surroundings) -> None:
        for name, value in broken.items():
            setattr(around, name, value)

    return change


def _relay(kind: type[Relay]) -> Callable[[Surroundings], None]:
    return _set(relay=kind)


def _delivery(kind: type[Delivery]) -> Callable[[Surroundings], None]:
    return _set(delivery=kind)


def _rules(*names: str) -> frozenset[str]:
    return frozenset(names)


ALL: tuple[Breach, ...] = (
    Breach("marks before it sends", _rules("unsaid", "lost"), _relay(MarksFirst), (faults.kill, faults.stop_broker)),
    Breach("follows a cursor", _rules("not drained"), _relay(FollowsACursor), (faults.slow_down,)),
    Breach("sends in any order", _rules("inversion"), _relay(AnyOrder), (faults.stop_broker,)),
    Breach("drops what failed", _rules("unsaid", "lost"), _relay(DropsWhatFailed), (faults.stop_broker,)),
    Breach("commits the offset first", _rules("unheard", "lost"), _set(eager=True), (faults.kill,)),
    Breach("enters the inbox first", _rules("lost", "stale"), _delivery(HandlesByHalves), (faults.kill_at_a_commit,)),
    Breach("sets nothing aside", _rules("unheard", "lost"), _delivery(SetsNothingAside), (faults.poison_the_well,)),
    Breach("takes trouble for failure", _rules("wrongly dead"), _delivery(TakesTrouble), (faults.world_away,)),
    Breach(
        "keeps what it gives back",
        _rules("unheard", "lost"),
        _delivery(Keeps),
        (faults.stop_and_start, faults.world_away),
    ),
    Breach(
        "settles before the commit",
        _rules("unheard", "lost"),
        _set(gathering=SettlesEarly),
        (faults.kill, faults.world_away),
    ),
    Breach(
        "takes a company that was rolled back for done",
        _rules("unheard", "lost"),
        _set(gathering=Believes),
        (faults.lose_a_commit,),
    ),
    Breach("tells afterwards", _rules("lost", "stale"), _set(outbox=TellsAfterwards), (faults.kill_at_a_commit,)),
)
