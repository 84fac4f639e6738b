"""The simulated Postgres against a real one: the same statements, the same answers, the same waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import pytest

from shared import outbox, relay
from shared.postgres import PLATFORM, Database, migrate
from shared.testing.servers import MakeDatabase
from tests.failure.simulation import differential, newsroom
from tests.failure.simulation.differential import SESSIONS, play
from tests.failure.simulation.loop import Process, SimulatedLoop, bury, run_to_end
from tests.failure.simulation.postgres import Server
from tests.failure.simulation.quiet import SimulatedClock
from tests.failure.simulation.statements import statements
from tests.failure.simulation.wire import Wire

TABLES = Path(__file__).parent / "newsroom_tables"
BLOCKED = "SELECT cardinality(pg_blocking_pids($1)) > 0"


@pytest.fixture
async def real(make_database: MakeDatabase) -> str:
    """A real database with the kit's tables and the newsroom's."""
    dsn = await make_database()
    db = await Database.connect(dsn, size=1)
    await migrate(db, ("platform", PLATFORM), ("newsroom", TABLES))
    await db.close()
    return dsn


async def on_the_real_one(dsn: str, seed: int) -> list[str]:
    """Play on a real server; a statement certainly waits when the server says who holds it up."""
    sessions = [await asyncpg.connect(dsn, server_settings={"deadlock_timeout": "20ms"}) for _ in range(SESSIONS)]
    judge = await asyncpg.connect(dsn)
    pids = [await each.fetchval("SELECT pg_backend_pid()") for each in sessions]

    async def settled(number: int, task: asyncio.Task[Any]) -> bool:
        stands = 0
        while stands < 5:
            await asyncio.wait([task], timeout=0.01)
            if task.done():
                return True
            stands = stands + 1 if await judge.fetchval(BLOCKED, pids[number]) else 0
        return False

    try:
        return await play(seed, sessions, settled)
    finally:
        for each in (*sessions, judge):
            each.terminate()


def on_the_simulated_one(seed: int) -> list[str]:
    """Play on the simulation; a statement waits when a virtual second later it is not done."""

    async def settled(_: int, task: asyncio.Task[Any]) -> bool:
        await asyncio.wait([task], timeout=1.0)
        return task.done()

    async def work(server: Server, wires: list[Wire]) -> list[str]:
        return await play(seed, [await server.connect("one", wire) for wire in wires], settled)

    found: list[str] = simulated(work)
    return found


def simulated(work: Callable[[Server, list[Wire]], Any]) -> Any:
    """Run something against a fresh simulated server."""
    loop = SimulatedLoop(Random(0), disorder=0.0)
    server = Server(statements(), SimulatedClock(loop).now, command_seconds=1e6)
    process = Process("client")
    wires = [Wire(loop, Random(1), process) for _ in range(SESSIONS)]
    try:
        return run_to_end(loop, work(server, wires))
    finally:
        bury(loop, [process])


@pytest.mark.parametrize("seed", range(12))
async def test_every_statement_gives_the_same_rows_and_waits_for_the_same_locks(real: str, seed: int) -> None:
    expected = await on_the_real_one(real, seed)
    found = await asyncio.to_thread(on_the_simulated_one, seed)
    assert found == expected
    assert any("->" in line for line in expected)


def test_the_comparison_reaches_every_statement_waiting_and_deadlock() -> None:
    told = [line for seed in range(12) for line in on_the_simulated_one(seed)]
    names = {differential.steps(Random(number)).name for number in range(2000)}
    assert {name for name in names if not any(f" {name} " in line for line in told)} == set()
    assert any(line.endswith(" waits") for line in told)
    assert any("InFailedSQLTransactionError" in line for line in told)
    asked = {differential.steps(Random(number)).statement for number in range(2000)}
    assert set(statements()) == asked, "a statement of the simulation is not compared with a real Postgres"


async def test_a_position_is_taken_early_and_seen_late(real: str) -> None:
    """What a cursor over positions would lose: the later one is committed first."""

    async def story(slow: Any, quick: Any) -> list[list[int]]:
        one = ([differential._id(1)], ["t"], ["k"], ["T"], [b"[]"], [b"v"])
        pending = relay._PENDING, 10
        await slow.execute("BEGIN")
        await slow.execute(outbox._INSERT, *one)
        await quick.execute(outbox._INSERT, *one)
        seen = [[row["position"] for row in await quick.fetch(*pending)]]
        await slow.execute("COMMIT")
        return [*seen, [row["position"] for row in await quick.fetch(*pending)]]

    async def work(server: Server, wires: list[Wire]) -> list[list[int]]:
        return await story(await server.connect("one", wires[0]), await server.connect("one", wires[1]))

    slow, quick = await asyncpg.connect(real), await asyncpg.connect(real)
    try:
        assert await story(slow, quick) == [[2], [1, 2]]
    finally:
        slow.terminate()
        quick.terminate()
    assert await asyncio.to_thread(simulated, work) == [[2], [1, 2]]


async def test_a_session_that_ends_gives_back_its_locks_and_its_transaction(real: str) -> None:
    async def story(one: Any, other: Any, end: Callable[[], Any]) -> list[Any]:
        assert await one.fetchval(relay._LEAD) is True
        await one.execute("BEGIN")
        await one.fetchrow(newsroom.LOCK, "a")
        found: list[Any] = [await other.fetchval(relay._LEAD)]
        waits = asyncio.create_task(other.fetchrow(newsroom.LOCK, "a"))
        await asyncio.sleep(0.2)
        found.append(waits.done())
        await end()
        found.append(tuple(dict(await waits).values()))
        found.append(await other.fetchval(relay._LEAD))
        try:
            await one.fetchval(newsroom.FIND, "a")
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
            found.append(isinstance(error, (asyncpg.InterfaceError, asyncpg.PostgresError)))
        return found

    async def work(server: Server, wires: list[Wire]) -> list[Any]:
        one, other = await server.connect("one", wires[0]), await server.connect("one", wires[1])

        async def end() -> None:
            server.kill_sessions(lambda session: session is one)

        return await story(one, other, end)

    one, other = await asyncpg.connect(real), await asyncpg.connect(real)
    pid = one.get_server_pid()

    async def end() -> None:
        await (await asyncpg.connect(real)).execute("SELECT pg_terminate_backend($1)", pid)

    expected = [False, False, (0, 0, ""), True, True]
    try:
        assert await story(one, other, end) == expected
    finally:
        other.terminate()
    assert await asyncio.to_thread(simulated, work) == expected
