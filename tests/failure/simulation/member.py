"""A member of a consumer group: takes what was fetched, settles it, commits; the shape of FastStream over aiokafka."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random

from shared.consumer import Record, Standstill
from shared.testing.records import Heard
from tests.failure.simulation.broker import Assigned, Away, Broker, call
from tests.failure.simulation.wire import Wire

Settle = Callable[[Sequence[Record], Standstill, Callable[[Record], None]], Awaitable[None]]
AT_ONCE = 4
IN_HAND = 6


class Member:
    """Runs until its process ends or `stop` is called. `eager` commits before it settles: a planted breach."""

    def __init__(
        self,
        broker: Broker,
        wire: Wire,
        random: Random,
        *,
        group: str,
        instance: str,
        topics: Sequence[str],
        settle: Settle,
        eager: bool = False,
    ) -> None:
        self._broker, self._wire, self._random = broker, wire, random
        self._group, self._instance, self._topics, self._settle = group, instance, topics, settle
        self._eager = eager
        self._token = self._generation = 0
        self._positions: dict[Assigned, int] = {}
        self._done: dict[Assigned, int] = {}
        self._read_in = 0
        self._committing: asyncio.Task[None] | None = None
        self._fetched: dict[Assigned, list[Heard]] = {}
        self._stopping = False

    async def run(self) -> None:
        beats = asyncio.create_task(self._keep_membership())
        try:
            while not self._stopping:
                records = await self._next()
                if records:
                    await self._handle(records)
                else:
                    await asyncio.sleep(self._random.uniform(0.1, 1.5))
        finally:
            beats.cancel()
        with contextlib.suppress(OSError):
            await call(self._broker, self._wire, self._broker.leave, self._group, self._instance, self._token)

    def stop(self) -> None:
        """End after the records in hand, and leave the group."""
        self._stopping = True

    async def hold(self, record: Record) -> bool:
        """The kit's standstill: whether the record's partition is still believed to be ours."""
        return (record.topic, record.partition) in self._positions

    def resume(self) -> None:
        """Nothing is fetched meanwhile that a pause could lose."""

    def ours(self, record: Record) -> bool:
        """The kit's standstill: whether no rebalance happened since the records in hand were taken."""
        return self._generation == self._read_in

    async def _handle(self, records: Sequence[Heard]) -> None:
        if self._eager:
            await self._commit(self._positions)
        self._read_in = generation = self._generation
        rest = deque(records)

        def settled(record: Record) -> None:
            rest.popleft()
            if generation == self._generation:
                self._done[record.topic, record.partition] = record.offset + 1
                if self._committing is None or self._committing.done():
                    self._committing = asyncio.create_task(self._commit(self._done))

        try:
            await self._settle(records, self, settled)
        except Exception:  # given back: read it again
            for record in reversed(rest) if generation == self._generation else ():
                place = record.topic, record.partition
                self._positions[place] = record.offset
                self._fetched.pop(place, None)
        await self._commit(self._done)

    async def _commit(self, positions: Mapping[Assigned, int]) -> None:
        """How far we are in partitions of ours, tried until the group answers, as aiokafka does.

        When it refuses, whoever owns a partition next reads the record again.
        """
        generation, positions = self._generation, dict(positions)
        while positions and generation == self._generation:
            try:
                await call(
                    self._broker,
                    self._wire,
                    self._broker.commit,
                    self._group,
                    self._instance,
                    self._token,
                    generation,
                    positions,
                )
                return
            except OSError:
                await asyncio.sleep(0.2)

    async def _next(self) -> list[Heard]:
        """Some of the records that were fetched, those of a partition in their order; at most so many at once."""
        if not any(self._fetched.values()):
            await self._fetch()
        taken: list[Heard] = []
        for _ in range(self._random.randint(1, IN_HAND)):
            waiting = [place for place, records in self._fetched.items() if records and place in self._positions]
            if not waiting:
                break
            place = self._random.choice(sorted(waiting))
            record = self._fetched[place].pop(0)
            self._positions[place] = record.offset + 1
            taken.append(record)
        if not taken:
            self._fetched.clear()
        return taken

    async def _fetch(self) -> None:
        generation, positions = self._generation, dict(self._positions)
        if not positions:
            return
        try:
            found = await call(self._broker, self._wire, self._broker.read, self._group, positions, AT_ONCE)
        except OSError:
            return
        if generation != self._generation:
            return
        for record in found:
            self._fetched.setdefault((record.topic, record.partition), []).append(record)

    async def _keep_membership(self) -> None:
        while True:
            with contextlib.suppress(Away, TimeoutError):
                await self._beat()
            await asyncio.sleep(1.0)

    async def _beat(self) -> None:
        broker, wire = self._broker, self._wire
        answer = None
        if self._token:
            answer = await call(broker, wire, broker.beat, self._group, self._instance, self._token)
        if answer is None:
            self._token = await call(broker, wire, broker.join, self._group, self._instance, self._topics)
            answer = await call(broker, wire, broker.beat, self._group, self._instance, self._token)
        if answer is not None and answer[0] != self._generation:
            self._generation, self._positions = answer
            self._done = {}
            self._fetched.clear()
