"""The topics of a run: what stands in them, how far each group is, what is put straight onto them."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.testing.patience import PATIENCE

_SAID = "SELECT DISTINCT topic FROM outbox"
_GROUPS = "__consumer_offsets"
_GROUP_METADATA = 2  # version of the key of a group's own record; 0 and 1 are offsets


class Topics:
    """Looks at a cluster from outside, with clients of its own."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._consumer: Any = None
        self._admin: Any = None
        self._places: dict[str, list[TopicPartition]] = {}

    async def open(self) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            enable_auto_commit=False,
            # A new assignment looks for its place by itself; at the end of a topic it would pass for read.
            auto_offset_reset="earliest",
            exclude_internal_topics=False,
            max_partition_fetch_bytes=16 * 1024 * 1024,
        )
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await self._consumer.start()
        await self._admin.start()

    async def close(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()
            await self._admin.close()

    async def said(self, databases: Mapping[str, asyncpg.Connection]) -> set[str]:
        """Every topic some service said something on."""
        return {row["topic"] for database in databases.values() for row in await database.fetch(_SAID)}

    async def read(self, names: Iterable[str]) -> list[Any]:
        """Every record of these topics, as aiokafka gives it."""
        return await self._everything([place for name in names for place in await self._partitions(name)])

    async def lag(self, group: str, names: Iterable[str]) -> dict[tuple[str, int], int]:
        """Records between a group's committed offset and the end, for every partition of these topics."""
        committed = await self.committed(group)
        return {place: end - committed.get(place, 0) for place, end in (await self.ends(names)).items()}

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """How far a group has said to be, in every partition it ever said so."""
        found = await self._admin.list_consumer_group_offsets(group)
        return {(place.topic, place.partition): max(0, each.offset) for place, each in found.items()}

    async def ends(self, names: Iterable[str]) -> dict[tuple[str, int], int]:
        """The offset after the last record of every partition of these topics."""
        places = [place for name in names for place in await self._partitions(name)]
        found = await self._consumer.end_offsets(places)
        return {(place.topic, place.partition): end for place, end in found.items()}

    async def settled(self, group: str, members: int) -> bool:
        """Whether a group has so many members, and no rebalance is under way."""
        (answer,) = await self._admin.describe_consumer_groups([group])
        (described,) = answer.groups
        return bool(described[2] == "Stable" and len(described[5]) == members)

    async def generations(self) -> dict[str, int]:
        """Every group's newest generation, from the broker's own record of it: each rebalance makes a new one."""
        found: dict[str, int] = {}
        for record in await self.read([_GROUPS]):
            if record.key and record.value and struct.unpack_from(">h", record.key)[0] == _GROUP_METADATA:
                group = record.key[4 : 4 + struct.unpack_from(">h", record.key, 2)[0]].decode()
                protocol = struct.unpack_from(">h", record.value, 2)[0]
                generation = struct.unpack_from(">i", record.value, 4 + protocol)[0]
                found[group] = max(generation, found.get(group, 0))
        return found

    async def put(
        self, topic: str, key: bytes, value: bytes | None, headers: Iterable[tuple[str, bytes]]
    ) -> tuple[str, int, int]:
        """Write a record past every door; returns where it stands."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all", max_request_size=8 * 1024 * 1024)
        try:
            await producer.start()
            found = await producer.send_and_wait(topic, value, key=key, headers=list(headers))
            return found.topic, found.partition, found.offset
        finally:
            await producer.stop()

    async def _partitions(self, name: str) -> list[TopicPartition]:
        if name not in self._places:
            client, give_up = self._consumer._client, time.monotonic() + PATIENCE
            await client.add_topic(name)
            while not (numbers := client.cluster.available_partitions_for_topic(name)):
                # A broker that is only just back knows no topic yet: that is not an empty topic.
                if time.monotonic() > give_up:
                    raise AssertionError(f"the broker names no partition of {name}")
                await client.force_metadata_update()
                await asyncio.sleep(0.2)
            self._places[name] = [TopicPartition(name, number) for number in sorted(numbers)]
        return self._places[name]

    async def _everything(self, places: list[TopicPartition]) -> list[Any]:
        consumer = self._consumer
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        left = {place for place in places if ends[place] > await consumer.position(place)}
        found: list[Any] = []
        while left:
            for records in (await consumer.getmany(*left, timeout_ms=1000)).values():
                found += records
            left = {place for place in left if await consumer.position(place) < ends[place]}
        consumer.unsubscribe()
        return found
