"""What stands in a topic, read to its end whatever the broker's pace."""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.local.broker import FETCH_MAX_WAIT_MS
from shared.local.choice import Broker


async def everything_in(broker: Broker, topic: str) -> list[Any]:
    """Every record that stands in a topic now, partition by partition in order, as aiokafka gives it."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=FETCH_MAX_WAIT_MS
    )
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        ends = await consumer.end_offsets(places)
        found: dict[TopicPartition, list[Any]] = {place: [] for place in places}
        # Not until it is quiet: a busy broker may be quiet in the middle.
        left = [place for place in places if ends[place] > 0]
        while left := [place for place in left if await consumer.position(place) < ends[place]]:
            for place, records in (await consumer.getmany(*left, timeout_ms=1_000)).items():
                found[place] += records
        return [record for place in places for record in found[place]]
    finally:
        await consumer.stop()
