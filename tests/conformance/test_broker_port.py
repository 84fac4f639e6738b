"""What the services rely on a broker for, shown on every broker they run on: the embedded one and a real Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from shared.local.broker import FETCH_MAX_WAIT_MS, EmbeddedBroker
from shared.local.choice import Broker
from shared.testing.patience import PATIENCE
from shared.testing.servers import MakeTopic


@pytest.fixture(params=[pytest.param("embedded_broker"), pytest.param("real_kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each broker in turn."""
    found: Broker = request.getfixturevalue(request.param)
    return found


@asynccontextmanager
async def producing(broker: Broker) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def consuming(broker: Broker, topic: str, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        partition_assignment_strategy=[RoundRobinPartitionAssignor],
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def take(consumer: AIOKafkaConsumer, count: int) -> list[ConsumerRecord]:
    async with asyncio.timeout(PATIENCE):
        return [await consumer.getone() for _ in range(count)]


async def nothing_more(consumer: AIOKafkaConsumer) -> bool:
    return not await consumer.getmany(timeout_ms=500)


def places_after(records: list[ConsumerRecord]) -> dict[TopicPartition, int]:
    """The offsets to commit once these records are handled."""
    return {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}


async def test_records_keep_key_value_headers_and_time(broker: Broker, make_topic: MakeTopic, unique_name: str) -> None:
    topic = await make_topic(broker)
    headers = [("ce_id", b"1"), ("traceparent", "00-é".encode()), ("ce_id", b"2")]
    async with producing(broker) as producer:
        await producer.send_and_wait(
            topic, b"\x00\xff", key=b"article-1", headers=headers, timestamp_ms=1_700_000_000_000
        )
        await producer.send_and_wait(topic, None, key=b"article-1")
    async with consuming(broker, topic, unique_name) as consumer:
        first, second = await take(consumer, 2)
    assert (first.key, first.value, list(first.headers)) == (b"article-1", b"\x00\xff", headers)
    assert first.timestamp == 1_700_000_000_000
    assert (second.key, second.value) == (b"article-1", None)


async def test_records_of_one_key_share_a_partition_and_keep_their_order(
    broker: Broker, make_topic: MakeTopic, unique_name: str
) -> None:
    topic = await make_topic(broker)
    keys = [f"article-{number}".encode() for number in range(20)]
    async with producing(broker) as producer:
        for version in range(10):
            await asyncio.gather(*[await producer.send(topic, b"%d" % version, key=key) for key in keys])
    async with consuming(broker, topic, unique_name) as consumer:
        records = await take(consumer, 200)
        assert await nothing_more(consumer)
    for key in keys:
        of_key = [record for record in records if record.key == key]
        assert [record.value for record in of_key] == [b"%d" % version for version in range(10)]
        assert len({record.partition for record in of_key}) == 1
    assert len({record.partition for record in records}) > 1


async def test_records_come_again_until_they_are_committed(
    broker: Broker, make_topic: MakeTopic, unique_name: str
) -> None:
    topic = await make_topic(broker)
    async with producing(broker) as producer:
        for number in range(6):
            await producer.send_and_wait(topic, b"%d" % number, key=b"one")
    async with consuming(broker, topic, unique_name) as consumer:
        read = await take(consumer, 6)
        await consumer.commit(places_after(read[:4]))
    async with consuming(broker, topic, unique_name) as consumer:
        assert [record.value for record in await take(consumer, 2)] == [b"4", b"5"]
        assert await nothing_more(consumer)


async def test_a_consumer_may_go_back_to_a_record_it_failed_on(
    broker: Broker, make_topic: MakeTopic, unique_name: str
) -> None:
    topic = await make_topic(broker)
    async with producing(broker) as producer:
        for number in range(3):
            await producer.send_and_wait(topic, b"%d" % number, key=b"one")
    async with consuming(broker, topic, unique_name) as consumer:
        failed = (await take(consumer, 2))[1]
        consumer.seek(TopicPartition(topic, failed.partition), failed.offset)
        assert [record.value for record in await take(consumer, 2)] == [b"1", b"2"]


async def test_groups_do_not_see_each_others_progress(broker: Broker, make_topic: MakeTopic, unique_name: str) -> None:
    topic = await make_topic(broker)
    async with producing(broker) as producer:
        await producer.send_and_wait(topic, b"news", key=b"one")
    for group in ("verification", "publish"):
        async with consuming(broker, topic, f"{unique_name}-{group}") as consumer:
            records = await take(consumer, 1)
            await consumer.commit(places_after(records))
            assert records[0].value == b"news"


async def test_lag_can_be_read_from_end_offsets_and_commits(
    broker: Broker, make_topic: MakeTopic, unique_name: str
) -> None:
    topic = await make_topic(broker)
    async with producing(broker) as producer:
        for number in range(5):
            await producer.send_and_wait(topic, b"%d" % number, key=b"one")
    async with consuming(broker, topic, unique_name) as consumer:
        await consumer.commit(places_after(await take(consumer, 2)))
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        done = {partition: await consumer.committed(partition) or 0 for partition in partitions}
    assert sum(ends.values()) - sum(done.values()) == 3


@pytest.mark.kafka
async def test_members_of_one_group_share_the_partitions_on_a_real_kafka(
    real_kafka: Broker, make_topic: MakeTopic, unique_name: str
) -> None:
    topic = await make_topic(real_kafka, partitions=4)
    async with (
        consuming(real_kafka, topic, unique_name) as first,
        consuming(real_kafka, topic, unique_name) as second,
        asyncio.timeout(PATIENCE),
    ):
        while not (len(first.assignment()) == len(second.assignment()) == 2):
            await asyncio.gather(first.getmany(timeout_ms=50), second.getmany(timeout_ms=50))
        assert not first.assignment() & second.assignment()


async def test_the_embedded_broker_loses_what_a_partition_cannot_hold(
    embedded_broker: EmbeddedBroker, make_topic: MakeTopic, unique_name: str
) -> None:
    """The limit that shared/local/broker.py declares: a run that would exceed it belongs on a real Kafka."""
    topic = await make_topic(embedded_broker)
    async with producing(embedded_broker) as producer:
        for number in range(12):
            await producer.send_and_wait(topic, bytes(900_000), key=b"%d" % number, partition=0)
    async with consuming(embedded_broker, topic, unique_name) as consumer:
        partition = TopicPartition(topic, 0)
        starts = await consumer.beginning_offsets([partition])
        ends = await consumer.end_offsets([partition])
    assert ends[partition] == 12
    assert starts[partition] > 0
