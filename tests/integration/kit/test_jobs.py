"""Durable work: it exists exactly when its transaction does, ends once, and follows the rule of errors (D1, D2, D5, D9)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from shared.consumer import BackOff
from shared.dead_letter import DeadLetterLimit
from shared.errors import Poison, Transient
from shared.jobs import JobKind, Jobs, drained
from shared.kafka import Cluster
from shared.runtime import Running
from shared.testing.kit import Stage, eventually
from shared.testing.patience import PATIENCE
from tests.sample.newsroom import Newsroom

KIND = "check"


@pytest.fixture
async def service(stage: Stage, newsroom: Newsroom) -> Running:
    return await stage.prepare(newsroom.panel_maker, stage.surroundings(Cluster("127.0.0.1:1")))


@contextlib.asynccontextmanager
async def working(running: Running, handler: Any, **changed: Any) -> AsyncIterator[Jobs]:
    found = running.resources
    jobs = Jobs(
        [JobKind(KIND, handler)],
        found.outbox,
        found.dead_letters,
        found.telemetry,
        ids=found.ids,
        clock=found.clock,
        back_off=BackOff(base=0.001, cap=0.01),
        **changed,
    )
    task = asyncio.create_task(jobs.run())
    try:
        yield jobs
    finally:
        await jobs.stop()
        await asyncio.wait_for(task, PATIENCE)


async def enqueue(running: Running, *payloads: bytes, **options: Any) -> None:
    async with running.resources.outbox.transaction() as unit:
        for payload in payloads:
            await unit.enqueue(KIND, payload, **options)


async def all_done(running: Running) -> None:
    await eventually(lambda: drained(running.resources.db))


async def test_D2_a_job_exists_exactly_when_its_transaction_does(service: Running) -> None:
    async def give_up() -> None:
        async with service.resources.outbox.transaction() as unit:
            await unit.enqueue(KIND, b"never")
            raise LookupError

    with pytest.raises(LookupError):
        await give_up()
    assert await drained(service.resources.db)
    await enqueue(service, b"once")
    assert not await drained(service.resources.db)
    seen: list[bytes] = []

    async def handler(payload: bytes, _work: Any) -> None:
        seen.append(payload)

    async with working(service, handler):
        await all_done(service)
    assert seen == [b"once"]


async def test_D2_a_job_that_runs_twice_has_its_effects_once(service: Running) -> None:
    runs = 0

    async def handler(payload: bytes, work: Any) -> None:
        nonlocal runs
        runs += 1
        async with work.once() as tx:
            await tx.execute("INSERT INTO announcement VALUES ($1, 1)", payload.decode())
        if runs < 4:
            raise ConnectionError("after the commit, before pgqueuer heard of it")

    async with working(service, handler):
        await enqueue(service, b"a1")
        await all_done(service)
    assert runs == 2, "the second run met its twin and ended"
    assert await service.resources.db.fetchval("SELECT count(*) FROM announcement") == 1


async def test_D5_trouble_of_the_world_puts_a_job_back_for_as_long_as_it_takes(service: Running) -> None:
    runs = 0

    async def handler(_payload: bytes, _work: Any) -> None:
        nonlocal runs
        runs += 1
        if runs <= 4:
            raise Transient("away")

    async with working(service, handler):
        await enqueue(service, b"a1")
        await all_done(service)
    assert runs == 5
    assert await service.resources.dead_letters.find() == []


@pytest.mark.parametrize(("error", "tries"), [(Poison("never"), 1), (RuntimeError("a bug"), 3)])
async def test_D5_a_hopeless_job_is_set_aside_with_its_bytes(service: Running, error: Exception, tries: int) -> None:
    runs = 0

    async def handler(_payload: bytes, _work: Any) -> None:
        nonlocal runs
        runs += 1
        raise error

    async with working(service, handler):
        await enqueue(service, b"\x00\xffbytes")
        await all_done(service)
    (letter,) = await service.resources.dead_letters.find()
    assert (runs, letter["attempts"], letter["kind"], letter["topic"]) == (tries, tries, "job", KIND)
    _, _, body = await service.resources.dead_letters.show(letter["dead_letter_id"])
    assert body == b"\x00\xffbytes"


async def test_D7_a_dead_job_comes_back_on_replay(service: Running) -> None:
    mended, seen = False, []

    async def handler(payload: bytes, _work: Any) -> None:
        if not mended:
            raise Poison("not yet")
        seen.append(payload)

    async with working(service, handler):
        await enqueue(service, b"a1")
        (letter,) = await eventually(service.resources.dead_letters.find)
        await all_done(service)
        mended = True
        dead = service.resources.dead_letters
        await dead.replay(service.resources.outbox, letter["dead_letter_id"], person="ops")
        await eventually(lambda: seen)
    assert seen == [b"a1"]


async def test_D5_too_many_dead_jobs_halt_the_queue_instead_of_emptying_it(service: Running) -> None:
    async def handler(_payload: bytes, _work: Any) -> None:
        raise Poison("all of them")

    await enqueue(service, *(b"%d" % number for number in range(20)))
    async with working(service, handler, limit=DeadLetterLimit(in_a_row=2)) as jobs:
        await eventually(lambda: jobs.halted)
    assert len(await service.resources.dead_letters.find()) == 2
    assert await service.resources.db.fetchval("SELECT count(*) FROM pgqueuer") == 18


async def test_D8_a_killed_session_does_not_end_the_jobs(service: Running) -> None:
    seen: list[bytes] = []

    async def handler(payload: bytes, _work: Any) -> None:
        seen.append(payload)

    async with working(service, handler, heartbeat_seconds=2.0):
        await enqueue(service, b"before")
        await eventually(lambda: seen == [b"before"])
        connection = await asyncpg.connect(service.resources.db.dsn)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()
        await eventually(lambda: _enqueued(service, b"after"))
        await eventually(lambda: b"after" in seen)
        # The first one's end may not have been written down: it runs again, and meets its twin where it writes.
        await all_done(service)


async def _enqueued(service: Running, payload: bytes) -> bool:
    """A door's write meets the killed sessions too, and is refused as a whole: whoever sent it asks again."""
    try:
        await enqueue(service, payload)
    except Transient:
        return False
    return True


async def test_D9_a_job_cut_off_by_a_stop_comes_again(service: Running) -> None:
    entered = asyncio.Event()

    async def hang(_payload: bytes, _work: Any) -> None:
        entered.set()
        await asyncio.sleep(3600)

    found = service.resources
    jobs = Jobs(
        [JobKind(KIND, hang)], found.outbox, found.dead_letters, found.telemetry, ids=found.ids, clock=found.clock
    )
    task = asyncio.create_task(jobs.run())
    await enqueue(service, b"a1")
    await asyncio.wait_for(entered.wait(), PATIENCE)
    await jobs.stop()
    await asyncio.sleep(0.1)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    seen: list[bytes] = []

    async def handler(payload: bytes, _work: Any) -> None:
        seen.append(payload)

    async with working(service, handler):
        await eventually(lambda: seen == [b"a1"])


async def test_a_waiting_job_is_not_added_twice_and_a_delayed_one_waits(service: Running) -> None:
    for _ in range(3):
        await enqueue(service, b"same", dedupe_key="a1/1.1")
    started = asyncio.get_running_loop().time()
    await enqueue(service, b"later", delay=timedelta(seconds=0.7))
    seen: list[bytes] = []

    async def handler(payload: bytes, _work: Any) -> None:
        seen.append(payload)

    async with working(service, handler):
        await all_done(service)
    assert sorted(seen) == [b"later", b"same"]
    assert asyncio.get_running_loop().time() - started >= 0.6


async def test_D1_what_is_asked_for_while_its_job_runs_is_not_swallowed(service: Running) -> None:
    """The running job may have read the state from before: a second one with the same key must come after it."""
    seen: list[bytes] = []
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def handler(payload: bytes, _work: Any) -> None:
        seen.append(payload)
        entered.set()
        await go_on.wait()

    async with working(service, handler):
        await enqueue(service, b"old words", dedupe_key="a1")
        await asyncio.wait_for(entered.wait(), PATIENCE)
        await enqueue(service, b"new words", dedupe_key="a1")
        await enqueue(service, b"new words again", dedupe_key="a1")
        go_on.set()
        await all_done(service)
    assert seen == [b"old words", b"new words"]
