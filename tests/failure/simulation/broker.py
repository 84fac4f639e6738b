"""A Kafka of the simulation: logs in memory, producers that keep order, groups with generations and time-outs.

It behaves within what Kafka promises and no better: a producer's answer may be lost after the record was taken, a
record in the air arrives although its sender died, two members may believe in one partition for a while, a commit of
an old generation is refused.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.testing.records import Heard
from tests.failure.simulation.loop import Process, SimulatedLoop
from tests.failure.simulation.wire import Wire

PARTITIONS = 3
SESSION_SECONDS = 6.0
Assigned = tuple[str, int]
"""Topic and partition."""


class Away(ConnectionError):
    """The broker does not answer."""


@dataclass(slots=True)
class Group:
    """A consumer group: members by instance, who owns what in which generation, how far each partition is settled."""

    members: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    generation: int = 0
    owners: dict[Assigned, str] = field(default_factory=dict)
    committed: dict[Assigned, int] = field(default_factory=dict)

    def rebalance(self) -> None:
        """Ranges, as the range assignor gives them; everybody has to ask again."""
        self.generation += 1
        names = sorted(self.members)
        self.owners = {
            (topic, partition): names[partition * len(names) // PARTITIONS]
            for topic in self.topics
            for partition in range(PARTITIONS)
            if names
        }


class Broker:
    """Topics and groups. While it is `down` nothing is answered; nothing it took is ever forgotten."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self.loop = loop
        self.down = False
        self.logs: dict[str, list[list[Heard]]] = defaultdict(lambda: [[] for _ in range(PARTITIONS)])
        self.groups: dict[str, Group] = defaultdict(Group)
        self._tokens = 0
        self.on_append: Callable[[Process], None] = lambda process: None
        loop.as_world(1.0, self._expire)

    # -- logs

    def append(self, topic: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> tuple[int, int]:
        partition = zlib.crc32(key) % PARTITIONS
        log = self.logs[topic][partition]
        now = int(self.loop.time() * 1000)
        log.append(Heard(topic, key, value, list(headers), partition=partition, offset=len(log), timestamp=now))
        return partition, len(log) - 1

    def read(self, group: str, positions: dict[Assigned, int], most: int) -> list[Heard]:
        """Records from these positions on, partition by partition."""
        if self.down:
            raise Away
        found: list[Heard] = []
        for (topic, partition), offset in positions.items():
            found += self.logs[topic][partition][offset : offset + most]
        return found

    def lag(self, group: str) -> dict[Assigned, int]:
        known = self.groups[group]
        return {
            (topic, partition): len(self.logs[topic][partition]) - known.committed.get((topic, partition), 0)
            for topic in known.topics
            for partition in range(PARTITIONS)
        }

    # -- groups

    def join(self, name: str, instance: str, topics: Iterable[str]) -> int:
        """Become a member; whoever had this instance's name before is fenced off. Returns the member's token."""
        if self.down:
            raise Away
        group = self.groups[name]
        group.topics = tuple(sorted(topics))
        self._tokens += 1
        group.members[instance] = self.loop.time()
        group.tokens[instance] = self._tokens
        group.rebalance()
        return self._tokens

    def beat(self, name: str, instance: str, token: int) -> tuple[int, dict[Assigned, int]] | None:
        """Generation, and the member's partitions with their committed offsets; None when it is no member any more."""
        if self.down:
            raise Away
        group = self.groups[name]
        if group.tokens.get(instance) != token:
            return None
        group.members[instance] = self.loop.time()
        mine = {place: group.committed.get(place, 0) for place, owner in group.owners.items() if owner == instance}
        return group.generation, mine

    def commit(self, name: str, instance: str, token: int, generation: int, offsets: dict[Assigned, int]) -> bool:
        """Move committed offsets; False when the member's generation is over."""
        if self.down:
            raise Away
        group = self.groups[name]
        if group.tokens.get(instance) != token or group.generation != generation:
            return False
        group.committed |= offsets
        return True

    def leave(self, name: str, instance: str, token: int) -> None:
        group = self.groups[name]
        if group.tokens.get(instance) == token:
            self._drop(group, instance)

    def rewind(self, name: str) -> None:
        """Everything again from the beginning."""
        self.groups[name].committed.clear()
        self.groups[name].rebalance()

    def _expire(self) -> None:
        """Members that were not heard of are out; never while the broker itself was away."""
        self.loop.as_world(1.0, self._expire)
        now = self.loop.time()
        for group in self.groups.values():
            for instance, last in list(group.members.items()):
                if self.down:
                    group.members[instance] = now
                elif now - last > SESSION_SECONDS:
                    self._drop(group, instance)

    def _drop(self, group: Group, instance: str) -> None:
        group.members.pop(instance, None)
        group.tokens.pop(instance, None)
        group.rebalance()


async def call(broker: Broker, wire: Wire, ask: Callable[..., Any], *arguments: Any, seconds: float = 5.0) -> Any:
    """Ask the broker over a wire. Raises Away when it is down, TimeoutError when nothing comes back."""
    answer: asyncio.Future[Any] = wire.loop.create_future()

    def arrive() -> None:
        try:
            found = ask(*arguments)
        except Away as away:
            wire.back(_fail, answer, away)
        else:
            wire.back(_answer, answer, found)

    wire.there(arrive)
    async with asyncio.timeout(seconds):
        return await answer


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands."""

    partition: int
    offset: int


@dataclass(slots=True)
class Item:
    """A record handed over and not yet answered for."""

    topic: str
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    answer: asyncio.Future[Place]
    taken: Place | None = None


class Producer:
    """The relay's Sender: acks=all and idempotent. Batches of a partition follow each other, repeated until answered."""

    def __init__(self, broker: Broker, wire: Wire) -> None:
        self._broker, self._wire = broker, wire
        self._queues: dict[Assigned, deque[Item]] = defaultdict(deque)
        self._in_air: set[Assigned] = set()
        self._closed = False

    @classmethod
    async def open(cls, broker: Broker, wire: Wire) -> Producer:
        await call(broker, wire, broker.read, "", {}, 0)
        return cls(broker, wire)

    async def send(
        self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> asyncio.Future[Place]:
        if self._closed:
            raise Away("closed")
        item = Item(topic, key, value, headers, self._wire.loop.create_future())
        place = (topic, zlib.crc32(key) % PARTITIONS)
        self._queues[place].append(item)
        self._transmit(place)
        return item.answer

    async def close(self) -> None:
        self._closed = True

    def _transmit(self, place: Assigned) -> None:
        if place in self._in_air or not self._queues[place] or self._wire.process.dead or self._closed:
            return
        self._in_air.add(place)
        self._wire.there(self._arrive, place, tuple(self._queues[place]))

    def _arrive(self, place: Assigned, batch: tuple[Item, ...]) -> None:
        if self._broker.down:
            self._broker.loop.as_world(0.3, self._again, place)
            return
        for item in batch:
            if item.taken is None:  # idempotent: a repetition of what was taken is only answered
                item.taken = Place(*self._broker.append(item.topic, item.key, item.value, item.headers))
        self._broker.on_append(self._wire.process)
        self._wire.back(self._answered, place, batch)

    def _again(self, place: Assigned) -> None:
        self._in_air.discard(place)
        self._transmit(place)

    def _answered(self, place: Assigned, batch: tuple[Item, ...]) -> None:
        self._in_air.discard(place)
        for item in batch:
            self._queues[place].popleft()
            _answer(item.answer, item.taken)
        self._transmit(place)


def _answer(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
