"""Embedded broker: the mock cluster of librdkafka, which the confluent-kafka wheel carries. No Java, one process, no files.

It speaks the Kafka protocol on a real loopback port, so the services run on it unchanged, within the limits below.
They are properties of the mock cluster, tested in tests/conformance, and the reason why a real Kafka is preferred.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from confluent_kafka import Producer

MEMBERS_PER_TOPIC_AND_GROUP = 1  # a second member's SyncGroup is refused, whichever assignor it asks for
ADMIN_CALLS = False  # CreateTopics, DescribeConfigs, ListConsumerGroupOffsets fail; topics appear when they are used
KEPT_ON_EXIT = False  # records and offsets live in this process's memory
PARTITION_BYTES = 5 * 1024 * 1024  # beyond about this much the oldest records of a partition vanish without an error
PARTITIONS_PER_TOPIC = 4  # what every topic gets
FETCH_MAX_WAIT_MS = 10  # consumers must ask for this: a waiting fetch is not woken by a new record

ANSWER_SECONDS = 60.0


class EmbeddedBroker:
    """One mock broker of this process: it lives from `start` to `stop`, and so does everything produced to it."""

    kind = "embedded"

    def __init__(self) -> None:
        self._producer: Any = None
        self._bootstrap = ""

    async def __aenter__(self) -> EmbeddedBroker:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def bootstrap(self) -> str:
        """Its address, `127.0.0.1:<port>`; empty when it does not run."""
        return self._bootstrap

    async def start(self) -> None:
        """Open the listener; it answers when this returns."""
        # log_level 4 (warning): the announcement that a mock cluster is in use is ours to make, in words.
        self._producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "mock", "log_level": 4})
        (found,) = (await self._metadata()).brokers.values()
        self._bootstrap = f"{found.host}:{found.port}"

    async def stop(self) -> None:
        """Close the listener and forget every record. Harmless when not running."""
        self._producer = None
        self._bootstrap = ""

    async def ensure_topics(self, names: Iterable[str]) -> None:
        """Bring topics into being, as using them would; stands in for the admin call the mock cluster lacks."""
        for name in names:
            await self._metadata(name)

    async def _metadata(self, *topic: str) -> Any:
        if self._producer is None:
            raise RuntimeError("the embedded broker is not running")
        return await asyncio.to_thread(self._producer.list_topics, *topic, timeout=ANSWER_SECONDS)
