"""What readiness and lag ask of a consumer whose client knows less than the broker."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from shared.consumer import Progress
from shared.kafka import Subscription
from shared.readiness import Readiness
from shared.telemetry.setup import Telemetry
from shared.testing.fakes import SetClock

PARTITION = TopicPartition("plumbline.article.v1", 0)


class Behind:
    """A client that fetched up to record 3 of 40 and committed 2."""

    def __init__(self, assignment: object | None = "what the group gave") -> None:
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))

    def assignment(self) -> set[TopicPartition]:
        return {PARTITION}

    def highwater(self, _partition: TopicPartition) -> int:
        return 3

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 40)

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 0)

    async def committed(self, _partition: TopicPartition) -> int:
        return 2


def subscription(consumer: Behind) -> Subscription:
    anything: Any = None
    return Subscription(anything, SimpleNamespace(consumer=consumer, tasks=()), anything)


async def problems(consumer: Behind) -> list[str]:
    nothing: Any = None
    telemetry, clock = Telemetry.of("any"), SetClock()
    readiness = Readiness(
        nothing,
        nothing,
        telemetry,
        clock,
        Progress(moved_at=0.0),
        subscription=lambda: subscription(consumer),
        jobs=lambda: None,
        checks=(),
    )
    return await readiness.problems()


async def test_T4_lag_counts_what_the_client_was_not_told_of_yet() -> None:
    assert await subscription(Behind()).lag() == {PARTITION: 38}


async def test_D10_a_consumer_that_joined_no_group_is_not_ready() -> None:
    assert "no partitions assigned" in await problems(Behind(assignment=None))
    assert "no partitions assigned" not in await problems(Behind())
