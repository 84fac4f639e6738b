"""Stopping a service before and after each durable step of a delivery, as kill -9 would, and delivering again.

Steps are every statement and every commit. At each the process "dies": a BaseException nothing may catch ends the
attempt, the server rolls its transaction back, and the record, whose offset was not committed, comes again. What one
instance had in memory dies with it: the last delivery of each record goes to another instance on the same database.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from asyncpg import Connection

from shared.dead_letter import DeadLetterLimit
from shared.gathering import Gathering
from shared.ids import derived_id
from shared.inbox import AlreadyHandled, EventWork, Work
from shared.outbox import Unit
from shared.postgres import COMMIT, Tx
from shared.runtime import Running
from shared.testing.records import Heard, Still, delivery
from shared.testing.state import RepeatedIds

NEVER_HALTS = 10_000
UNHURRIED = 60.0
COMMITTED = "after commit"


class Died(BaseException):
    """The process is gone. Nothing in the product may catch this."""


@dataclass(slots=True)
class Steps:
    """Notes durable steps and dies at the chosen one: the n-th of that name."""

    die_at: tuple[str, int] = ("", 0)
    told: list[str] = field(default_factory=list)

    def reach(self, what: str) -> None:
        self.told.append(what)
        if (what, self.told.count(what)) == self.die_at:
            raise Died(f"at {what}")


@contextlib.contextmanager
def watched(steps: Steps) -> Iterator[None]:
    """Every statement of a transaction or a pool, every job and every commit is a step, before; a commit also after."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (
            (Tx, "fetch"),
            (Tx, "fetchrow"),
            (Tx, "fetchval"),
            (Tx, "execute"),
            (Tx, "fetchmany"),
            (Unit, "enqueue"),
        ):
            patch.setattr(owner, name, _before(steps, name, getattr(owner, name)))
        patch.setattr(Connection, "execute", _around_commit(steps, Connection.execute))
        yield


def _before(steps: Steps, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def watched_call(self: Any, *arguments: Any, **named: Any) -> Any:
        steps.reach(f"before {name} {str(arguments[0]).split()[:3]}")
        return await call(self, *arguments, **named)

    return watched_call


def _around_commit(steps: Steps, execute: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def watched_execute(self: Any, statement: str, *arguments: Any, **named: Any) -> Any:
        if statement != COMMIT:
            return await execute(self, statement, *arguments, **named)
        steps.reach("before commit")
        answer = await execute(self, statement, *arguments, **named)
        steps.reach(COMMITTED)
        return answer

    return watched_execute


Plan = dict[str, list[str]]
"""For each piece of work the steps it has, in order."""


Deliveries = Sequence[Sequence[Heard]]
"""Records in the lists a consumer takes in hand: one, or several of different keys."""


def one_by_one(records: Sequence[Heard]) -> Deliveries:
    return [[record] for record in records]


def together(records: Sequence[Heard]) -> Deliveries:
    """As many at once as can go in one company: none of them shares its key with another."""
    lists: list[list[Heard]] = []
    for record in records:
        if not lists or record.key in {other.key for other in lists[-1]}:
            lists.append([])
        lists[-1].append(record)
    return lists


async def undisturbed(running: Running, ids: RepeatedIds, deliveries: Deliveries) -> Plan:
    """Deliver each list, and do the jobs it leaves, once; the steps each piece of work has."""
    taken: Plan = {}
    async for name, attempt in _pieces_of_work(running, ids, deliveries):
        steps = Steps()
        with watched(steps):
            await attempt(running)
        taken[name] = steps.told
    return taken


async def stopped_everywhere(
    dying: Running, surviving: Running, ids: RepeatedIds, deliveries: Deliveries, plan: Plan
) -> Plan:
    """Deliver each list, and do the jobs it leaves, dying at each planned step in turn; then let the survivor do it.

    Returns the steps that were died at. A piece of work that was committed once has less left to do.
    """
    deaths: Plan = {}
    async for name, attempt in _pieces_of_work(surviving, ids, deliveries):
        deaths[name] = []
        for number, what in enumerate(plan.get(name, ())):
            steps = Steps(die_at=(what, plan[name][: number + 1].count(what)))
            ids.begin(name)
            try:
                with watched(steps):
                    await attempt(dying)
            except Died:
                deaths[name].append(what)
        ids.begin(name)
        await attempt(surviving)
    return deaths


def until_first_commit(told: Sequence[str]) -> list[str]:
    """The steps up to the first commit and after it: all of them where there is one transaction or none."""
    return list(told[: told.index(COMMITTED) + 1] if COMMITTED in told else told)


Attempt = Callable[[Running], Awaitable[None]]


async def _pieces_of_work(
    running: Running, ids: RepeatedIds, deliveries: Deliveries
) -> AsyncIterator[tuple[str, Attempt]]:
    """Each list, followed by the jobs that wait after it. A job leaves the queue when its work is done."""
    done = 0
    for number, records in enumerate(deliveries):
        name = f"{number} " + ", ".join(heard.topic for heard in records)
        ids.begin(name)

        async def settle(on: Running, name: str = name, records: Sequence[Heard] = records) -> None:
            await _settle(on, ids, name, records)

        yield name, settle
        while job := await _next_job(running):
            done += 1
            name = f"job {done} {job['entrypoint']}"
            ids.begin(name)

            async def run(on: Running, job: Any = job, done: int = done) -> None:
                await _run_job(on, job, derived_id("job", str(done)))

            yield name, run
            await running.resources.db.execute("DELETE FROM pgqueuer WHERE id = $1", job["id"])


async def _settle(on: Running, ids: RepeatedIds, name: str, records: Sequence[Heard]) -> None:
    limit = DeadLetterLimit(in_a_row=NEVER_HALTS, window=NEVER_HALTS)
    if len(records) == 1:
        await delivery(on, limit=limit).settle(records[0], Still())
        return
    every: Any = on.hears
    hears = [replace(each, handler=_with_ids(ids, name, each.handler)) for each in every]
    to = delivery(on, hears, limit=limit)
    settled: list[Any] = []
    await Gathering(to, on.resources.outbox, gather_seconds=UNHURRIED).settle(records, Still(), settled.append)
    assert settled == list(records)


def _with_ids(ids: RepeatedIds, name: str, handler: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """A record draws the same ids whoever is handled beside it."""

    async def handle(event: Any, work: EventWork) -> None:
        ids.begin(f"{name} {work.envelope.event_id}")
        await handler(event, work)

    return handle


async def _next_job(running: Running) -> Any:
    return await running.resources.db.fetchrow(
        "SELECT id, entrypoint, payload FROM pgqueuer WHERE status = 'queued' ORDER BY id LIMIT 1"
    )


async def _run_job(running: Running, job: Any, work_id: Any) -> None:
    found = running.resources
    kind = next(k for k in running.service.jobs if k.name == job["entrypoint"])
    work = Work(
        found.outbox, work_id=work_id, topic=kind.name, ids=found.ids, clock=found.clock, log=found.telemetry.log
    )
    with contextlib.suppress(AlreadyHandled):
        await kind.handler(job["payload"] or b"", work)
