"""Writing to a topic and looking at what a service made of it."""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.local.choice import Broker
from shared.runtime import Running
from shared.testing.records import Heard


async def write(broker: Broker, records: list[Heard], *, partition: int | None = None) -> None:
    """Put records into Kafka as they are, past the relay."""
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
    await producer.start()
    try:
        for heard in records:
            await producer.send_and_wait(
                heard.topic, heard.value, key=heard.key, headers=list(heard.headers), partition=partition
            )
    finally:
        await producer.stop()


async def committed(broker: Broker, group: str, topic: str) -> int:
    """How many records of a topic the group has committed, over all partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
        return sum(place.offset for partition, place in offsets.items() if partition.topic == topic)
    finally:
        await admin.close()


async def count(running: Running, what: str) -> int:
    return int(await running.resources.db.fetchval(f"SELECT count(*) FROM {what}"))


def counted(running: Running, what: str, number: int) -> Any:
    async def holds() -> bool:
        return await count(running, what) == number

    return holds


async def ends(broker: Broker, topic: str) -> dict[TopicPartition, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, n) for n in range(4)]
        return dict(await consumer.end_offsets(partitions))
    finally:
        await consumer.stop()
