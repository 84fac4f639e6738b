"""The one place where Kafka clients are set up.

FastStream's and aiokafka's defaults lose and reorder messages (acknowledge first, start at the latest record, acks=1,
no idempotence, topics made on the fly), so every setting that matters is spelled out here and asserted in a test.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.consumer import Delivery, Record
from shared.fetched import behind, with_header_values
from shared.gathering import Gathering
from shared.offsets import Acknowledged, BeforeRevoking, Offsets

MAX_RECORD_BYTES = 8 * 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Cluster:
    """The brokers a process talks to. The embedded one has one member per group, no admin calls and no static members."""

    bootstrap_servers: str
    embedded: bool = False


class Paused:
    """Holds a consumer still during a wait: paused so nothing arrives, polled so its group keeps it."""

    def __init__(self, consumer: AIOKafkaConsumer, in_hand: Acknowledged) -> None:
        self._consumer, self._in_hand = consumer, in_hand

    def ours(self, record: Record) -> bool:
        return self._in_hand.current

    async def hold(self, record: Record) -> bool:
        assigned = self._consumer.assignment()
        if TopicPartition(record.topic, record.partition) not in assigned:
            return False
        self._consumer.pause(*assigned)
        # A partition assigned during the poll starts unpaused: put back whatever it gave.
        for partition, records in (await self._consumer.getmany(timeout_ms=0)).items():
            self._consumer.seek(partition, records[0].offset)
        return TopicPartition(record.topic, record.partition) in self._consumer.assignment()

    def resume(self) -> None:
        self._consumer.resume(*self._consumer.assignment())


@dataclasses.dataclass(slots=True)
class Subscription:
    """One service's running consumer: FastStream's broker and the raw consumer inside it."""

    broker: KafkaBroker
    subscriber: Any
    offsets: Offsets

    async def stop(self) -> None:
        """Finish the record in hand, commit what was handled, leave the group."""
        await self.offsets.end()
        await self.broker.stop()

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self.subscriber.consumer

    @property
    def joined(self) -> bool:
        """Whether the group said what is ours, be it nothing: of more members than partitions some stand by."""
        consumer = self.consumer
        subscription = None if consumer is None else consumer._subscription.subscription
        return subscription is not None and subscription.assignment is not None

    @property
    def alive(self) -> bool:
        """Whether FastStream still reads for us; it gives up silently when its consumer was closed under it."""
        return any(not task.done() for task in self.subscriber.tasks)

    async def lag(self) -> dict[TopicPartition, int]:
        """Records between the end and the group's commit, per assigned partition (never negative).

        Read from the broker: `highwater` is as old as the last fetch, so it says too little when it matters.
        """
        consumer = self.consumer
        if consumer is None or not (assigned := list(consumer.assignment())):
            return {}
        ends = await consumer.end_offsets(assigned)
        starts = await consumer.beginning_offsets(assigned)
        committed = await asyncio.gather(*(consumer.committed(partition) for partition in assigned))
        return {
            partition: max(0, ends[partition] - max(offset or 0, starts[partition]))
            for partition, offset in zip(assigned, committed, strict=True)
        }


def subscribe(
    cluster: Cluster,
    delivery: Delivery,
    *,
    group: str,
    topics: Sequence[str],
    instance: str,
    graceful_timeout: float = 15.0,
    session_timeout_ms: int = 30_000,
    max_poll_interval_ms: int = 300_000,
) -> Subscription:
    """A consumer of `topics` for `group`, not yet started. Offsets are committed after what they acknowledge."""
    broker = KafkaBroker(
        cluster.bootstrap_servers,
        client_id=f"plumbline-{group}-{instance}",
        # FastStream never writes here: the relay does. Without its producer nothing else can.
        consumer_only=True,
        allow_auto_create_topics=False,
        # A topic made after the start is found this soon.
        metadata_max_age_ms=15_000,
        graceful_timeout=graceful_timeout,
        apply_types=False,
        logger=None,
    )
    offsets = Offsets(lambda: subscriber.consumer)
    subscriber: Any = broker.subscriber(
        *topics,
        group_id=group,
        group_instance_id=None if cluster.embedded else f"{group}-{instance}",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        # A record's reply_to header would have its handler's result published wherever it says.
        no_reply=True,
        auto_offset_reset="earliest",
        partition_assignment_strategy=(RangePartitionAssignor,),
        isolation_level="read_committed",
        session_timeout_ms=session_timeout_ms,
        heartbeat_interval_ms=min(3_000, session_timeout_ms // 3),
        max_poll_interval_ms=max_poll_interval_ms,
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
        # The embedded broker does not wake a waiting fetch when a record arrives.
        fetch_max_wait_ms=20 if cluster.embedded else 500,
        listener=BeforeRevoking(offsets),
        parser=_parse,
        decoder=_whole,
    )

    gathering = Gathering(delivery, delivery.outbox)

    async def settle(message: Any) -> None:
        consumer = message.consumer
        records = [message.raw_message, *await behind(consumer, offsets)]
        message.consumer = in_hand = Acknowledged(offsets, consumer, records)
        try:
            await gathering.settle(records, Paused(consumer, in_hand), in_hand.settled)
        finally:
            await offsets.settled()

    subscriber(settle)
    return Subscription(broker, subscriber, offsets)


async def _parse(record: Any, original: Any) -> Any:
    """FastStream decodes every header as UTF-8 and skips the record when one is not, or has no value: show it none.

    The delivery gets the original bytes; a header without a value reads as an empty one.
    """
    message = await original(dataclasses.replace(record, headers=()))
    message.raw_message = with_header_values(record)
    return message


async def _whole(message: Any, _original: Any) -> Any:
    return message


class KafkaSender:
    """The relay's producer: `send` hands a record over, in order; what it returns ends when every in-sync replica has it."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    @classmethod
    async def open(cls, cluster: Cluster, client_id: str) -> KafkaSender:
        producer = AIOKafkaProducer(
            bootstrap_servers=cluster.bootstrap_servers,
            client_id=client_id,
            acks="all",
            enable_idempotence=True,
            # A relay hands over a whole turn before the sender looks, so waiting would only cost time.
            linger_ms=0,
            # Rows that do not fit a partition's batch wake each other up in turn: let one batch hold a relay's turn.
            max_batch_size=512 * 1024,
            max_request_size=MAX_RECORD_BYTES,
            request_timeout_ms=20_000,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return cls(producer)

    async def send(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Any:
        return await self._producer.send(topic, value, key=key, headers=headers)

    async def close(self) -> None:
        await self._producer.stop()


@dataclasses.dataclass(frozen=True, slots=True)
class TopicSettings:
    """A topic as `deploy/kafka/topics.yaml` declares it."""

    name: str
    partitions: int
    config: dict[str, str]


def read_topics(path: Path) -> list[TopicSettings]:
    """The declared topics. Raises ValueError, naming the entry, when one is incomplete."""
    document = yaml.safe_load(path.read_text())
    topics = []
    for name, entry in document["topics"].items():
        if not isinstance(entry, dict) or "partitions" not in entry:
            raise ValueError(f"{path.name}: topic {name} has no partitions")
        config = {str(k): str(v) for k, v in (document.get("defaults", {}) | entry.get("config", {})).items()}
        topics.append(TopicSettings(name, int(entry["partitions"]), config))
    return topics


class Topics:
    """Applies and checks declared topics on a real cluster."""

    def __init__(self, cluster: Cluster, *, replication: int = 1) -> None:
        self._cluster, self._replication = cluster, replication

    async def apply(self, declared: Sequence[TopicSettings]) -> list[str]:
        """Create what is missing and bring configuration up to date; returns what was changed, in words."""
        async with _admin(self._cluster) as admin:
            present = set(await admin.list_topics())
            missing = [t for t in declared if t.name not in present]
            if missing:
                await admin.create_topics(
                    [NewTopic(t.name, t.partitions, self._replication, topic_configs=t.config) for t in missing]
                )
            drifted = [t for t in declared if t.name in present and await self._differences(admin, t)]
            if drifted:
                await admin.alter_configs(
                    [ConfigResource(ConfigResourceType.TOPIC, t.name, configs=t.config) for t in drifted]
                )
        return [f"created {t.name}" for t in missing] + [f"configured {t.name}" for t in drifted]

    async def check(self, declared: Sequence[TopicSettings]) -> list[str]:
        """How the cluster differs from the declaration, in words; empty when it does not."""
        async with _admin(self._cluster) as admin:
            present = set(await admin.list_topics())
            found = [f"{t.name} is missing" for t in declared if t.name not in present]
            for topic in declared:
                if topic.name in present:
                    found += await self._differences(admin, topic)
        return found

    async def _differences(self, admin: AIOKafkaAdminClient, topic: TopicSettings) -> list[str]:
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
        real = {entry[0]: entry[1] for answer in answers for resource in answer.resources for entry in resource[4]}
        return [
            f"{topic.name}: {name} is {real.get(name)}, declared {value}"
            for name, value in topic.config.items()
            if real.get(name) != value
        ]


class _admin:
    def __init__(self, cluster: Cluster) -> None:
        self._client = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap_servers)

    async def __aenter__(self) -> AIOKafkaAdminClient:
        await self._client.start()
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
