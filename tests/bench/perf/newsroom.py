"""The CMS and the reader of a bench: articles are sent as CloudEvents over Kafka, finished panels are seen on Kafka."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from plumbline.events.v1.publication_pb2 import Panel

from shared.kafka import Cluster
from tests.bench.perf.stories import Story

CMS_TOPIC = "cms.article.v1"
PANELS = "plumbline.publication.v1"
PANEL_TYPE = Panel.DESCRIPTOR.full_name.encode()
SOURCE = "bench-cms"
_AT = "https://courier.example/"


def cms_event(told: Story) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Value and headers of a structured CloudEvent, as a CMS writes it to Kafka."""
    event = {
        "specversion": "1.0",
        "id": f"{told.story_id}-1",
        "source": SOURCE,
        "type": "org.plumbline.article.published",
        "datacontenttype": "application/json",
        "data": {
            "id": told.story_id,
            "version": 1,
            "url": _AT + told.story_id,
            "title": told.title,
            "standfirst": told.standfirst,
            "bylines": ["Ines Farrow"],
            "language": "en",
            "published_at": "2026-03-02T12:00:00Z",
            "updated_at": "2026-03-02T12:00:00Z",
            "html": told.html,
        },
    }
    return json.dumps(event, ensure_ascii=False).encode(), [("content-type", b"application/cloudevents+json")]


class Desk:
    """Sends articles to one topic of one broker."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer, self._topic = producer, topic

    async def send(self, told: Story) -> None:
        value, headers = cms_event(told)
        await self._producer.send(self._topic, value, key=told.story_id.encode(), headers=headers)

    async def send_all(self, told: Sequence[Story]) -> None:
        """All at once, in order."""
        for each in told:
            await self.send(each)
        await self._producer.flush()

    async def send_paced(self, told: Sequence[Story], per_second: float, chance: random.Random) -> dict[str, float]:
        """Poisson arrivals, whatever becomes of the ones before; when each was due, in seconds of the machine's clock."""
        due: dict[str, float] = {}
        at = time.time()
        for each in told:
            at += chance.expovariate(per_second)
            await asyncio.sleep(max(0.0, at - time.time()))
            due[each.story_id] = at
            await self.send(each)
        return due


class Panels:
    """Sees panels as they are published. `complete` says when an article's panel first had an outcome for every claim."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.complete: dict[str, float] = {}
        self.claims: dict[str, int] = {}
        self._moved = asyncio.Event()

    async def follow(self) -> None:
        async for record in self._consumer:
            if dict(record.headers).get("ce_type") != PANEL_TYPE:
                continue
            panel = Panel.FromString(record.value)
            story_id = panel.url.removeprefix(_AT)
            if panel.complete and story_id not in self.complete:
                self.complete[story_id] = time.time()
                self.claims[story_id] = len(panel.claims)
                self._moved.set()

    async def wait_for(self, told: Sequence[Story], *, seconds: float = 300.0) -> dict[str, float]:
        """When each of these was complete. Raises TimeoutError when one never is."""
        wanted = {each.story_id for each in told}
        async with asyncio.timeout(seconds):
            while not wanted <= self.complete.keys():
                self._moved.clear()
                await self._moved.wait()
        return {story_id: self.complete[story_id] for story_id in wanted}


@contextlib.asynccontextmanager
async def desk(cluster: Cluster, topic: str = CMS_TOPIC) -> AsyncIterator[Desk]:
    producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers, acks="all")
    await producer.start()
    try:
        yield Desk(producer, topic)
    finally:
        await producer.stop()


@contextlib.asynccontextmanager
async def panels(cluster: Cluster) -> AsyncIterator[Panels]:
    wait: dict[str, Any] = {"fetch_max_wait_ms": 20} if cluster.embedded else {}
    consumer = AIOKafkaConsumer(
        PANELS, bootstrap_servers=cluster.bootstrap_servers, auto_offset_reset="earliest", **wait
    )
    await consumer.start()
    seen = Panels(consumer)
    task = asyncio.create_task(seen.follow())
    try:
        yield seen
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await consumer.stop()
