"""A process that is killed at any moment, again and again, loses nothing and does nothing twice (promise D9)."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from shared.local.choice import Broker
from shared.testing.kit import Stage, create_topics, eventually
from tests.sample.newsroom import Newsroom, publish

ARTICLES = 200


@pytest.mark.kafka
async def test_D9_a_process_killed_again_and_again_loses_nothing(
    stage: Stage, real_kafka: Broker, newsroom: Newsroom
) -> None:
    rng = random.Random(9)
    await create_topics(real_kafka, [*newsroom.topics, "plumbline.directory.v1"])
    desk, panels = await stage.run(real_kafka, [newsroom.desk, newsroom.panel_maker])
    maker = await stage.prepare(newsroom.sheet_maker, stage.surroundings(real_kafka))  # its database, for looking

    async def sheets() -> int:
        return int(await maker.resources.db.fetchval("SELECT count(*) FROM sheet"))

    written, killed = 0, asyncio.Event()

    async def writer() -> None:
        nonlocal written
        while written < ARTICLES or not killed.is_set():
            await publish(newsroom, desk.resources.outbox, f"a{written}", 1)
            written += 1
            # As many as are wanted soon, and then always one more, so that each life of the process finds work.
            await asyncio.sleep(0.02 if written < ARTICLES else 0.5)

    writing = asyncio.create_task(writer())
    for _ in range(2):
        before = await sheets()
        process = await _start(stage, real_kafka, newsroom)
        try:
            await eventually(partial(_more_than, before, sheets))
            await asyncio.sleep(rng.random() * 0.15)
        finally:
            process.kill()
            await process.wait()
    killed.set()
    await writing
    process = await _start(stage, real_kafka, newsroom)
    try:

        async def all_joined() -> bool:
            query = "SELECT count(*) FROM panel WHERE claim = title"
            return int(await panels.resources.db.fetchval(query)) == written

        await eventually(all_joined)
        assert await maker.resources.db.fetchval("SELECT max(counter) FROM sheet") == 1, "a sheet was made twice"
        assert await maker.resources.db.fetchval("SELECT count(*) FROM outbox") == written
        assert await maker.resources.db.fetchval("SELECT count(*) FROM dead_letter") == 0
    finally:
        process.kill()
        await process.wait()


async def _more_than(before: int, count: Callable[[], Awaitable[int]]) -> bool:
    return await count() > before


async def _start(stage: Stage, broker: Broker, newsroom: Newsroom) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sample.process", stage.server.dsn(), broker.bootstrap, newsroom.name
    )
