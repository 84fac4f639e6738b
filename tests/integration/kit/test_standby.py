"""More instances than partitions: some stand by, and are as ready as the others (promise D10)."""

from __future__ import annotations

import pytest

from shared.local.kafka import RealKafka
from shared.runtime import Running
from shared.testing.kit import Stage, create_topics, eventually
from tests.sample.newsroom import Newsroom, publish

pytestmark = pytest.mark.kafka


def owned(running: Running) -> int:
    subscription = running._subscription
    consumer = subscription.consumer if subscription else None
    return 0 if consumer is None else len(consumer.assignment())


async def test_D10_an_instance_without_a_partition_is_ready_and_takes_over(
    stage: Stage, own_kafka: RealKafka, newsroom: Newsroom
) -> None:
    await create_topics(own_kafka, [*newsroom.topics, "plumbline.directory.v1"], partitions=1)
    pair = []
    for number in range(2):
        around = stage.surroundings(own_kafka, instance=str(number), session_timeout_ms=6_000)
        running = await stage.prepare(newsroom.sheet_maker, around)
        await running.start()
        pair.append(running)

    async def both_ready() -> bool:
        found = [problem for running in pair for problem in await running.problems()]
        return not [problem for problem in found if "heard yet" not in problem]

    await eventually(both_ready)
    await eventually(lambda: sorted(map(owned, pair))[0] == 0 < sorted(map(owned, pair))[1])
    assert await both_ready(), "the one that stands by is not ready"

    busy, idle = sorted(pair, key=owned, reverse=True)
    await stage.stop([busy])
    desk = await stage.prepare(newsroom.desk, stage.surroundings(own_kafka))
    await desk.start()
    await publish(newsroom, desk.resources.outbox, "a1", 1)
    await eventually(lambda: idle.resources.db.fetchval("SELECT count(*) FROM sheet"))
