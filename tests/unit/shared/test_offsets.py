"""When offsets are committed, over a consumer that only notes it (promises D2, D9)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaConnectionError

from shared.offsets import Acknowledged, BeforeRevoking, Offsets
from shared.testing.kit import eventually
from shared.testing.records import Heard

ONE, TWO = TopicPartition("t", 0), TopicPartition("t", 1)


@dataclass(slots=True)
class Consumer:
    """Notes commits; `errors` come first."""

    assigned: set[TopicPartition] = field(default_factory=lambda: {ONE, TWO})
    commits: list[dict[TopicPartition, int]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    sought: list[tuple[TopicPartition, int]] = field(default_factory=list)

    def assignment(self) -> set[TopicPartition]:
        return self.assigned

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        self.commits.append(offsets)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.sought.append((partition, offset))


def heard(offset: int, partition: int = 0) -> Heard:
    return Heard("t", b"k", b"v", (), partition=partition, offset=offset)


def offsets(consumer: Any, gap: float = 0.02) -> Offsets:
    return Offsets(lambda: consumer, gap_seconds=gap)


def committed(consumer: Consumer, times: int) -> bool:
    return len(consumer.commits) >= times


async def test_D2_the_first_offset_goes_at_once_and_those_behind_it_together() -> None:
    for gap in (60.0, 0.02):
        consumer = Consumer()
        mine = offsets(consumer, gap)
        mine.handled(heard(0))
        await eventually(partial(committed, consumer, 1))
        assert consumer.commits == [{ONE: 1}]
        for offset in range(1, 50):
            mine.handled(heard(offset))
        mine.handled(heard(7, partition=1))
        if gap == 60.0:
            await asyncio.sleep(0.005)
            assert consumer.commits == [{ONE: 1}]
            await mine.end()
        await eventually(partial(committed, consumer, 2))
        assert consumer.commits == [{ONE: 1}, {ONE: 50, TWO: 8}]


async def test_D2_nothing_is_committed_that_was_not_handled() -> None:
    consumer = Consumer()
    mine = offsets(consumer)
    await mine.flush()
    await mine.end()
    assert consumer.commits == []


async def test_D2_a_partition_that_went_to_another_member_is_left_to_it() -> None:
    consumer = Consumer(assigned={TWO})
    mine = offsets(consumer)
    mine.handled(heard(3))
    mine.handled(heard(4, partition=1))
    await mine.flush()
    assert consumer.commits == [{TWO: 5}]


@pytest.mark.parametrize(("error", "again"), [(KafkaConnectionError(), True), (CommitFailedError(), False)])
async def test_D2_a_commit_the_broker_did_not_take_is_tried_again_unless_the_group_moved_on(
    error: Exception, again: bool
) -> None:
    consumer = Consumer(errors=[error])
    mine = offsets(consumer)
    mine.handled(heard(3))
    if again:
        await eventually(lambda: consumer.commits)
    await asyncio.sleep(0.08)
    assert consumer.commits == ([{ONE: 4}] if again else [])


async def test_D9_after_the_end_was_announced_each_record_is_committed_before_its_acknowledgement_returns() -> None:
    consumer = Consumer()
    mine = offsets(consumer, gap=60.0)
    mine.handled(heard(0))
    await asyncio.sleep(0.005)
    mine.handled(heard(1))
    await mine.end()
    assert consumer.commits[-1] == {ONE: 2}
    in_hand = Acknowledged(mine, consumer, [heard(2), heard(3)])
    in_hand.settled(heard(2))
    await in_hand.commit()
    assert consumer.commits[-1] == {ONE: 3}


async def test_D9_what_is_due_is_committed_before_the_partitions_go() -> None:
    consumer = Consumer()
    mine = offsets(consumer, gap=60.0)
    mine.handled(heard(0))
    await asyncio.sleep(0.005)
    mine.handled(heard(1))
    await BeforeRevoking(mine).on_partitions_revoked({ONE})
    assert consumer.commits[-1] == {ONE: 2}


async def test_D6_records_given_back_are_rewound_and_not_committed() -> None:
    consumer = Consumer()
    mine = offsets(consumer)
    in_hand = Acknowledged(mine, consumer, [heard(8), heard(9), heard(4, partition=1), heard(10)])
    in_hand.settled(heard(8))
    in_hand.seek(ONE, 8)
    await mine.end()
    assert (consumer.sought, consumer.commits) == ([(ONE, 9), (TWO, 4)], [{ONE: 9}])


async def test_D6_records_read_before_a_revocation_are_left_to_whoever_reads_on() -> None:
    consumer = Consumer()
    mine = offsets(consumer)
    in_hand = Acknowledged(mine, consumer, [heard(8), heard(9)])
    assert in_hand.current
    await BeforeRevoking(mine).on_partitions_revoked({ONE})
    assert not in_hand.current
    in_hand.seek(ONE, 8)
    assert consumer.sought == []
