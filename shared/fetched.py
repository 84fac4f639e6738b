"""Records the Kafka client fetched already, in a shape FastStream and we can read."""

from __future__ import annotations

import dataclasses
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import ConsumerStoppedError, KafkaError

from shared.gathering import MOST
from shared.offsets import Offsets


async def behind(consumer: AIOKafkaConsumer, offsets: Offsets) -> list[Any]:
    """Records that were fetched already and wait behind the one in hand."""
    since = offsets.revocations
    try:
        found = await consumer.getmany(timeout_ms=0, max_records=MOST - 1)
    except (KafkaError, ConsumerStoppedError):
        return []  # the next fetch will meet it again
    if offsets.revocations == since:
        return [with_header_values(record) for records in found.values() for record in records]
    for partition, records in found.items():
        consumer.seek(partition, records[0].offset)
    return []


def with_header_values(record: Any) -> Any:
    """The record with an empty value where a header has none."""
    if any(value is None for _, value in record.headers):
        return dataclasses.replace(record, headers=tuple((name, value or b"") for name, value in record.headers))
    return record
