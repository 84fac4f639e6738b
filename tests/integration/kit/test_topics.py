"""Topics as declared, on a real Kafka: made, checked, and brought back when somebody changed them (promise D6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.kafka import Topics, TopicSettings, read_topics
from shared.local.choice import Broker
from shared.testing.kit import cluster_of

DECLARED = Path(__file__).resolve().parents[3] / "deploy/kafka/topics.yaml"


@pytest.mark.kafka
async def test_D6_topics_are_made_as_declared_and_drift_is_named_and_mended(
    real_kafka: Broker, unique_name: str
) -> None:
    topics = Topics(cluster_of(real_kafka))
    name = f"{unique_name[-20:]}.topic"
    declared = [TopicSettings(name, 3, {"retention.ms": "604800000", "cleanup.policy": "delete"})]
    assert await topics.check(declared) == [f"{name} is missing"]
    assert await topics.apply(declared) == [f"created {name}"]
    assert await topics.check(declared) == []
    assert await topics.apply(declared) == []

    changed = [TopicSettings(name, 3, {"retention.ms": "1000", "cleanup.policy": "delete"})]
    assert await topics.check(changed) == [f"{name}: retention.ms is 604800000, declared 1000"]
    assert await topics.apply(changed) == [f"configured {name}"]
    assert await topics.check(changed) == []


def test_D6_every_topic_is_declared_and_comments_keep_seven_days() -> None:
    declared = {topic.name: topic for topic in read_topics(DECLARED)}
    for name in ("plumbline.submission.v1", "plumbline.comment.v1", "cms.article.v1", "cms.comment.v1"):
        assert int(declared[name].config["retention.ms"]) <= 7 * 24 * 3600 * 1000
    assert declared["plumbline.directory.v1"].config["cleanup.policy"] == "compact"
    assert all(int(topic.config["max.message.bytes"]) >= 8 * 1024 * 1024 for topic in declared.values())
