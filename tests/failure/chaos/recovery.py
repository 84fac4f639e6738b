"""How long after a fault has healed everything told before that moment has reached everybody who listens."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import KafkaError
from asyncpg import InterfaceError, PostgresError

from tests.failure.chaos.fleet import Fleet
from tests.failure.chaos.reading import Databases, listening
from tests.failure.chaos.topics import Topics

_EVERY = 0.25
_LAST = "SELECT coalesce(max(position), 0) FROM outbox"
_WAITING = "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL AND position <= $1)"
_PASSING = (OSError, KafkaError, PostgresError, InterfaceError)


@dataclass(frozen=True, slots=True)
class Marks:
    """What had been told when the fault healed: every outbox's last position, the end of every partition."""

    positions: dict[str, int]
    ends: dict[tuple[str, int], int]


async def recovery(fleet: Fleet, server: str, bootstrap: str, *, patience: float) -> tuple[float, str]:
    """Wait until all instances are ready, every outbox is published up to its mark and every group has read up to it.

    Returns the seconds from the call, which is made when the fault has healed, and what still waits when `patience`
    seconds did not do: nothing (an empty text) when all went well.
    """
    loop = asyncio.get_running_loop()
    began, marks, waits = loop.time(), None, "nothing could be looked at"
    services = sorted({each.service for each in fleet.instances})
    while loop.time() - began < patience:
        with contextlib.suppress(*_PASSING):
            async with contextlib.AsyncExitStack() as open_:
                databases = await Databases.open(server, services)
                open_.push_async_callback(databases.close)
                topics = Topics(bootstrap)
                open_.push_async_callback(topics.close)
                await topics.open()
                marks = marks or await _marks(databases, topics)
                while (waits := await _waits(databases, topics, marks)) and loop.time() - began < patience:
                    await asyncio.sleep(_EVERY)
            if not waits:
                try:
                    await fleet.until_ready(seconds=max(1.0, patience - (loop.time() - began)))
                except AssertionError as still:
                    waits = str(still)[:200]
                break
        await asyncio.sleep(_EVERY)
    return loop.time() - began, waits


async def _marks(databases: Databases, topics: Topics) -> Marks:
    positions = {name: await connection.fetchval(_LAST) for name, connection in databases.open_.items()}
    return Marks(positions, await topics.ends({topic for name in positions for topic, _ in listening(name)}))


async def _waits(databases: Databases, topics: Topics, marks: Marks) -> str:
    for name, connection in databases.open_.items():
        if await connection.fetchval(_WAITING, marks.positions[name]):
            return f"events of {name} are not published"
        committed: dict[tuple[str, int], Any] = await topics.committed(name.replace("_", "-"))
        for topic in {topic for topic, _ in listening(name)}:
            for place, end in marks.ends.items():
                if place[0] == topic and committed.get(place, 0) < end:
                    return f"{name} has not read {place} up to {end}"
    return ""
