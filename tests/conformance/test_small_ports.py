"""Clock, ids, sender and standstill: what the kit leans on, shown on the stand-in and on the real thing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.clock import Clock, SystemClock
from shared.consumer import Standstill
from shared.ids import Ids, TimeOrderedIds
from shared.kafka import KafkaSender, Paused
from shared.local.broker import FETCH_MAX_WAIT_MS
from shared.local.choice import Broker
from shared.offsets import Acknowledged, Offsets
from shared.relay import Sender
from shared.testing.fakes import CountedIds, ListSender, SetClock
from shared.testing.kit import cluster_of
from shared.testing.patience import PATIENCE
from shared.testing.records import Heard, Still
from shared.testing.servers import MakeTopic
from shared.testing.state import RepeatedIds
from shared.testing.topics import everything_in


@pytest.fixture(
    params=[
        pytest.param(None, id="stand-in"),
        pytest.param("embedded_broker"),
        pytest.param("real_kafka", marks=pytest.mark.kafka),
    ]
)
def where(request: pytest.FixtureRequest) -> Broker | None:
    """The stand-in, which needs no broker, and then each broker."""
    return None if request.param is None else request.getfixturevalue(request.param)


@pytest.mark.parametrize("clock", [SystemClock(), SetClock()], ids=lambda c: type(c).__name__)
def test_a_clock_is_aware_utc_and_its_seconds_never_run_backwards(clock: Clock) -> None:
    assert clock.now().utcoffset() == timedelta(0)
    first = clock.monotonic()
    if isinstance(clock, SetClock):
        clock.advance(2)
        clock.jump(-3600)
        assert clock.monotonic() - first == 2
    assert clock.monotonic() >= first


@pytest.mark.parametrize("ids", [TimeOrderedIds(), CountedIds(), RepeatedIds()], ids=lambda i: type(i).__name__)
def test_ids_are_never_given_twice(ids: Ids) -> None:
    assert len({ids.new() for _ in range(2_000)}) == 2_000


@dataclass
class Senders:
    """A sender, and a way to read what it sent."""

    sender: Sender
    topic: str
    read: Any


@pytest_asyncio.fixture
async def sending(where: Broker | None, make_topic: MakeTopic, unique_name: str) -> AsyncIterator[Senders]:
    if where is None:
        fake = ListSender()

        async def log() -> list[tuple[bytes, bytes, list[tuple[str, bytes]]]]:
            return [(key, value, headers) for _, key, value, headers in fake.log]

        yield Senders(fake, "topic", log)
        return
    broker = where
    topic = await make_topic(broker)
    sender = await KafkaSender.open(cluster_of(broker), unique_name)

    async def consumed() -> list[tuple[bytes, bytes, list[tuple[str, bytes]]]]:
        return [(each.key, each.value, list(each.headers)) for each in await everything_in(broker, topic)]

    yield Senders(sender, topic, consumed)
    await sender.close()


async def test_a_sender_keeps_the_order_in_which_a_key_was_handed_over(sending: Senders) -> None:
    answers = [
        await sending.sender.send(sending.topic, b"a1", b"%d" % n, [("ce_id", b"\xff%d" % n)]) for n in range(50)
    ]
    places = await asyncio.gather(*answers)
    assert len({place.partition for place in places}) == 1
    assert [place.offset for place in places] == sorted({place.offset for place in places})
    found = await sending.read()
    assert found == [(b"a1", b"%d" % n, [("ce_id", b"\xff%d" % n)]) for n in range(50)]


@pytest_asyncio.fixture
async def standstill(
    where: Broker | None, make_topic: MakeTopic, unique_name: str
) -> AsyncIterator[tuple[Standstill, Heard, AIOKafkaConsumer | None]]:
    """A standstill with one record in hand and more behind it."""
    if where is None:
        yield Still(), Heard("topic", b"k", b"0", []), None
        return
    broker = where
    topic = await make_topic(broker)
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
    await producer.start()
    for number in range(6):
        await producer.send_and_wait(topic, b"%d" % number, key=b"k%d" % number)
    await producer.stop()
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        group_id=unique_name,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
    )
    await consumer.start()
    record = await consumer.getone()
    heard = Heard(record.topic, record.key, record.value, [], record.partition, record.offset)
    in_hand = Acknowledged(Offsets(lambda: consumer), consumer, [heard])
    yield Paused(consumer, in_hand), heard, consumer
    await consumer.stop()


async def test_a_standstill_gives_nothing_away_and_goes_on_where_it_stood(
    standstill: tuple[Standstill, Heard, AIOKafkaConsumer | None],
) -> None:
    held, record, consumer = standstill
    for _ in range(5):
        assert await held.hold(record) is True
        await asyncio.sleep(0.02)
    held.resume()
    if consumer is not None:
        async with asyncio.timeout(PATIENCE):
            rest = [(await consumer.getone()).value for _ in range(5)]
        assert sorted([record.value, *rest]) == [b"%d" % n for n in range(6)]


async def test_a_standstill_says_when_the_partition_is_not_ours(
    standstill: tuple[Standstill, Heard, AIOKafkaConsumer | None],
) -> None:
    held, record, _ = standstill
    if isinstance(held, Still):
        held.stays = False
    elsewhere = Heard("another topic", record.key, record.value, [], record.partition, record.offset)
    assert await held.hold(elsewhere) is False
