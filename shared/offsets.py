"""Offsets of handled records, committed together.

A commit is a request of its own and costs as much as handling a small record. So the first offset after a quiet moment
is committed at once, and under load those that came meanwhile go together. What a crash leaves uncommitted is delivered
again, and the inbox knows it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from shared.consumer import Record

FLUSH_SECONDS = 3.0


class Offsets:
    """Commits for one consumer. Nothing is committed before `handled` says so."""

    def __init__(self, consumer: Callable[[], AIOKafkaConsumer | None], *, gap_seconds: float = 0.1) -> None:
        self._consumer, self._gap = consumer, gap_seconds
        self._due: dict[TopicPartition, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._ending = False
        self.revocations = 0
        """How often partitions went away: what was read before the last time may be somebody else's by now."""

    def handled(self, record: Record) -> None:
        """The record needs nothing more; it is committed within `gap_seconds`."""
        self._due[TopicPartition(record.topic, record.partition)] = record.offset + 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._commit_in_turns())

    async def settled(self) -> None:
        """Once the end was announced: commit what is due before this returns."""
        if self._ending:
            await self.flush()

    async def end(self) -> None:
        """Commit what is due, and from now on every record by itself: the consumer closes after the one in hand."""
        self._ending = True
        await self.flush()

    async def flush(self) -> None:
        """Commit now what is due; gives up after three seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._commit()

    async def _commit_in_turns(self) -> None:
        while self._due:
            await self._commit()
            await asyncio.sleep(self._gap)

    async def _commit(self) -> None:
        due, self._due = self._due, {}
        consumer = self._consumer()
        if consumer is None:
            return
        try:
            assigned = consumer.assignment()
            if ours := {partition: offset for partition, offset in due.items() if partition in assigned}:
                await consumer.commit(ours)
        except (CommitFailedError, IllegalStateError):
            pass  # another member reads on from what was committed last; what it hears again it knows
        except (KafkaError, asyncio.CancelledError) as error:
            for partition, offset in due.items():
                self._due.setdefault(partition, offset)
            if isinstance(error, asyncio.CancelledError):
                raise


class Acknowledged:
    """What FastStream takes for the consumer of the records in hand: its acknowledgement was noted before, record by
    record; its refusal rewinds to the first that was not settled, in each partition."""

    def __init__(self, offsets: Offsets, consumer: Any, records: Sequence[Record]) -> None:
        self._offsets, self._consumer = offsets, consumer
        self._rest = deque(records)
        self._since = offsets.revocations

    @property
    def current(self) -> bool:
        """Whether no partition went away since the records were read."""
        return self._offsets.revocations == self._since

    def settled(self, record: Record) -> None:
        """The first of what is left needs nothing more."""
        self._rest.popleft()
        self._offsets.handled(record)

    async def commit(self) -> None:
        await self._offsets.settled()

    def seek(self, _partition: TopicPartition, _offset: int) -> None:
        """Rewind. After a revocation there is nothing to rewind: whoever reads on starts at what was committed."""
        if not self.current:
            return
        first: dict[TopicPartition, int] = {}
        for record in self._rest:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        for partition, offset in first.items():
            self._consumer.seek(partition, offset)


class BeforeRevoking(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Commits what is due before the partitions go to another member, so that it starts where this one ended."""

    def __init__(self, offsets: Offsets) -> None:
        self._offsets = offsets

    async def on_partitions_revoked(self, revoked: Any) -> None:
        self._offsets.revocations += 1
        await self._offsets.flush()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Nothing: reading starts at what was committed."""
