"""A member of a consumer group: reads one record at a time, settles it, commits; the shape of FastStream over aiokafka."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from random import Random

from shared.consumer import Record, Standstill
from shared.testing.records import Heard
from tests.failure.simulation.broker import Assigned, Away, Broker, call
from tests.failure.simulation.wire import Wire

Settle = Callable[[Record, Standstill], Awaitable[None]]
AT_ONCE = 4


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
        self._fetched: dict[Assigned, list[Heard]] = {}
        self._stopping = False

    async def run(self) -> None:
        beats = asyncio.create_task(self._keep_membership())
        try:
            while not self._stopping:
                record = await self._next()
                if record is None:
                    await asyncio.sleep(0.4)
                else:
                    await self._handle(record)
        finally:
            beats.cancel()
        with contextlib.suppress(OSError):
            await call(self._broker, self._wire, self._broker.leave, self._group, self._instance, self._token)

    def stop(self) -> None:
        """End after the record in hand, and leave the group."""
        self._stopping = True

    async def hold(self, record: Record) -> bool:
        """The kit's standstill: whether the record's partition is still believed to be ours."""
        return (record.topic, record.partition) in self._positions

    def resume(self) -> None:
        """Nothing is fetched ahead of the record in hand that a pause could lose."""

    async def _handle(self, record: Heard) -> None:
        place = record.topic, record.partition
        if self._eager:
            await self._commit()
        generation = self._generation
        try:
            await self._settle(record, self)
        except Exception:  # given back: read it again
            if generation == self._generation and place in self._positions:
                self._positions[place] = record.offset
                self._fetched.pop(place, None)
            return
        await self._commit()

    async def _commit(self) -> None:
        """Where we stand in every partition of ours, tried until the group answers, as aiokafka does.

        When it refuses, whoever owns a partition next reads the record again.
        """
        generation, positions = self._generation, dict(self._positions)
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

    async def _next(self) -> Heard | None:
        if not any(self._fetched.values()):
            await self._fetch()
        waiting = [place for place, records in self._fetched.items() if records and place in self._positions]
        if not waiting:
            self._fetched.clear()
            return None
        place = self._random.choice(sorted(waiting))
        record = self._fetched[place].pop(0)
        self._positions[place] = record.offset + 1
        return record

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
            self._fetched.clear()
