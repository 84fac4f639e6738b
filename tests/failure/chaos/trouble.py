"""Trouble that passes: a service's database lets nobody in for a while, and the group has to sit it out."""

from __future__ import annotations

import asyncio

import asyncpg

from shared.testing.kit import eventually
from tests.failure.chaos.storm import Storm

SERVICE = "publish"


async def database_shut(storm: Storm, seconds: float) -> None:
    """Nobody is let in for `seconds`, past the longest poll interval; how often the group rebalanced meanwhile is noted."""
    group, server = SERVICE, await asyncpg.connect(storm.ground.postgres.dsn())
    storm.phase("trouble")
    await storm.topics.open()
    try:
        # What came before may still move partitions: only what the trouble itself does is counted.
        await eventually(lambda: storm.topics.settled(group, len(storm.fleet.of(group))), every=0.2)
        before = (await storm.topics.generations()).get(group, 0)
        await server.execute(f"ALTER DATABASE plumbline_{SERVICE} ALLOW_CONNECTIONS false")
        await server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", f"plumbline_{SERVICE}"
        )
        await asyncio.sleep(seconds)
        await server.execute(f"ALTER DATABASE plumbline_{SERVICE} ALLOW_CONNECTIONS true")
        await asyncio.sleep(3.0)
        storm.found.rebalances[group] = (await storm.topics.generations()).get(group, 0) - before
    finally:
        await server.close()
        await storm.topics.close()
    storm.say(f"{SERVICE}'s database shut for {seconds:.0f} s, {storm.found.rebalances[group]} rebalances of its group")
