"""The Kafka settings that matter are spelled out in one place, and are what reaches the clients (promise D6)."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy

from shared import kafka
from shared.kafka import Cluster, KafkaSender, read_topics, subscribe


class Asked(Exception):
    """Stops a client right after it was asked for."""


async def consumer_settings(monkeypatch: pytest.MonkeyPatch, cluster: Cluster) -> dict[str, Any]:
    """What FastStream really hands to aiokafka for our subscription."""
    found: dict[str, Any] = {}

    def ask(*_: Any, **settings: Any) -> AIOKafkaConsumer:
        found.update(settings)
        raise Asked

    monkeypatch.setattr("aiokafka.AIOKafkaConsumer", ask)
    subscription = subscribe(cluster, Mock(), group="publish", topics=["b", "a"], instance="2")
    with pytest.raises(Asked):
        await subscription.broker.start()
    return found


async def test_D6_a_consumer_commits_by_hand_starts_at_the_earliest_and_is_a_static_member(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = await consumer_settings(monkeypatch, Cluster("127.0.0.1:1"))
    assert found["enable_auto_commit"] is False
    assert found["auto_offset_reset"] == "earliest"
    assert found["isolation_level"] == "read_committed"
    assert tuple(found["partition_assignment_strategy"]) == (RangePartitionAssignor,)
    assert (found["group_id"], found["group_instance_id"]) == ("publish", "publish-2")
    assert found["session_timeout_ms"] == 30_000
    assert found["heartbeat_interval_ms"] * 3 <= found["session_timeout_ms"]
    assert found["max_partition_fetch_bytes"] >= 8 * 1024 * 1024


async def test_D6_a_member_of_the_embedded_broker_is_not_static(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await consumer_settings(monkeypatch, Cluster("127.0.0.1:1", embedded=True))
    assert found["group_instance_id"] is None
    assert found["fetch_max_wait_ms"] <= 20


def test_D6_a_failed_record_is_never_acknowledged_and_faststream_never_writes() -> None:
    subscription = subscribe(Cluster("127.0.0.1:1"), Mock(), group="publish", topics=["a"], instance="0")
    assert subscription.subscriber.ack_policy is AckPolicy.NACK_ON_ERROR
    assert subscription.subscriber._no_reply is True
    config = subscription.broker.config.broker_config
    assert config.consumer_only is True
    assert config.allow_auto_create_topics is False


async def test_D6_the_relays_producer_waits_for_all_replicas_and_is_idempotent(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {}

    def ask(**settings: Any) -> AIOKafkaProducer:
        found.update(settings)
        raise Asked

    monkeypatch.setattr(kafka, "AIOKafkaProducer", ask)
    with pytest.raises(Asked):
        await KafkaSender.open(Cluster("127.0.0.1:1"), "relay")
    assert (found["acks"], found["enable_idempotence"]) == ("all", True)
    assert found["max_request_size"] >= 8 * 1024 * 1024
    assert found["max_batch_size"] < 1_000_000, "a batch must fit a topic's default max.message.bytes"


def test_D6_topics_are_declared_with_partitions_and_an_incomplete_entry_is_named(tmp_path: Any) -> None:
    file = tmp_path / "topics.yaml"
    file.write_text("defaults: {retention.ms: 5}\ntopics:\n  a: {partitions: 2, config: {cleanup.policy: compact}}\n")
    (topic,) = read_topics(file)
    assert (topic.partitions, topic.config) == (2, {"retention.ms": "5", "cleanup.policy": "compact"})
    file.write_text("topics:\n  lonely: {}\n")
    with pytest.raises(ValueError, match="lonely"):
        read_topics(file)
