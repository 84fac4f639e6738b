"""Lag is what the broker says is left, in records and in seconds (promise T4)."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from shared.local.choice import Broker
from shared.runtime import Running
from shared.testing.kit import Stage, eventually
from shared.testing.patience import PATIENCE
from tests.sample.newsroom import Newsroom, publish


def lag_of(stage: Stage, running: Running, newsroom: Newsroom) -> int:
    """Sum of the gauge over the partitions of the articles."""
    observed = stage.observed[running.spec.group]
    return sum(
        int(observed.metric("plumbline_consumer_lag", topic=newsroom.articles, partition=str(number)))
        for number in range(4)
    )


async def test_T4_lag_is_the_end_minus_the_commit_also_while_the_consumer_is_busy(
    stage: Stage, any_broker: Broker, newsroom: Newsroom
) -> None:
    one_more, handled = asyncio.Semaphore(0), 0

    async def one_at_a_time(_event: Any, _work: Any) -> None:
        nonlocal handled
        await one_more.acquire()
        handled += 1

    newsroom.on_article = one_at_a_time
    desk, sheets = await stage.run(
        any_broker, [newsroom.desk, newsroom.sheet_maker], topics=newsroom.topics, watch_seconds=3600
    )
    before = time.time()
    for number in range(25):
        await publish(newsroom, desk.resources.outbox, f"a{number}", 1)

    async def measured() -> int:
        await sheets.readiness.measure()
        return lag_of(stage, sheets, newsroom)

    async def settles_at(expected: int) -> bool:
        return await measured() == expected

    await eventually(lambda: settles_at(25))
    for _ in range(10):
        one_more.release()
    await eventually(lambda: settles_at(15))
    observed = stage.observed[sheets.spec.group]

    async def seconds_grow() -> bool:
        await measured()
        return observed.metric("plumbline_consumer_lag_seconds") >= 1

    await eventually(seconds_grow)  # the records wait, and time passes
    assert observed.metric("plumbline_consumer_lag_seconds") <= time.time() - before + 1

    for _ in range(15):
        one_more.release()
    await eventually(lambda: settles_at(0))
    assert observed.metric("plumbline_consumer_lag_seconds") == 0
    assert handled == 25


async def test_T4_the_age_of_the_outbox_is_measured_from_its_oldest_pending_row(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    (desk,) = await stage.run(embedded_broker, [newsroom.desk], topics=newsroom.topics, watch_seconds=3600)
    await desk.relay.stop()
    desk._stopping = True  # the relay's end is this test's own doing
    await eventually(lambda: not desk.relay.leading)
    for number in range(3):
        await publish(newsroom, desk.resources.outbox, f"a{number}", 1)
    await desk.resources.db.execute(
        "UPDATE outbox SET created_at = now() - interval '90 seconds' WHERE position = (SELECT min(position) FROM outbox)"
    )
    await desk.readiness.measure()
    observed = stage.observed[desk.spec.group]
    assert observed.metric("plumbline_outbox_pending") == 3
    assert 90 <= observed.metric("plumbline_outbox_oldest_seconds") < 90 + PATIENCE
