"""The same random work on two databases: what each session is told, who waits for whom, what stands at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID

from shared import company, dead_letter, inbox, outbox, relay, vault
from tests.failure.simulation import newsroom

SESSIONS = 3
DAY = date(2026, 1, 1)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
UNTOLD = ("age", "created_at", "dead_at", "settled_at", "first_seen")
"""Columns that differ between any two runs."""

Settled = Callable[[int, "asyncio.Task[Any]"], Awaitable[bool]]
"""(session, its statement) -> whether it is done; False once it certainly waits for somebody."""


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of one session, with the name it is told by."""

    name: str
    statement: str
    arguments: tuple[Any, ...] = ()


def _id(number: int) -> UUID:
    return UUID(int=number)


def steps(random: Random) -> Step:
    """A statement of the kit or of the newsroom with arguments from a small world, so that sessions meet."""
    few, name = random.randrange(3), f"n{random.randrange(3)}"
    letter = (_id(few + 900), "event", _id(few), "t", few, 1, "k", "T", b"s", DAY, "Bug", "why", 3, "", MOMENT)
    job = (_id(few + 950), "job", _id(few), "t", None, None, "k", "T", b"s", DAY, "Bug", "why", 3, "", MOMENT)
    some = random.sample(range(3), few + 1)
    rows = [(_id(n), f"t{n % 2}", f"k{n % 3}", "T", b"[]", b"v") for n in range(few + 1)]
    return random.choice(
        (
            Step("enter", inbox._ENTER, (_id(few), "t")),
            Step("enter", inbox._ENTER, (_id(few), "t")),
            Step("seen", inbox._SEEN, (_id(few),)),
            Step("known", company._KNOWN, ([_id(few)],)),
            Step("enter all", company._ENTER_ALL, ([_id(n) for n in some], ["t"] * len(some))),
            Step("tell", outbox._INSERT, tuple(list(column) for column in zip(*rows, strict=True))),
            Step("lead", relay._LEAD),
            Step("listen", f'LISTEN "{relay.CHANNEL}"'),
            Step("pass on", relay._PASS_ON),
            Step("pending", relay._PENDING, (4,)),
            Step("pending but", relay._PENDING_BUT, (5, ["t1"], ["t0"], ["k0"])),
            Step("sent", relay._SENT, (sorted(random.sample(range(1, 9), 3)),)),
            Step("keep", dead_letter._SAVE, letter),
            Step("keep job", dead_letter._SAVE, job),
            Step("lock letter", dead_letter._LOCK, (_id(few + 900),)),
            Step("settle letter", dead_letter._SETTLE, (_id(few + 900), "replayed", "p")),
            Step("act", dead_letter._ACT, ("p", "act", "s", "{}")),
            Step("day key", vault._FIND, (DAY,)),
            Step("make day key", vault._MAKE, (DAY, bytes([few]))),
            Step("submit", newsroom.SUBMIT, (name, "s", few)),
            Step("settle", newsroom.SETTLE, (name, "accepted", _id(few))),
            Step("find", newsroom.FIND, (name,)),
            Step("lock", newsroom.LOCK, (name,)),
            Step("save", newsroom.SAVE, (name, 1, few, "words")),
        )
    )


async def play(seed: int, connections: Sequence[Any], settled: Settled, *, length: int = 120) -> list[str]:
    """What happened, line by line. Equal databases give equal lines."""
    random, lines = Random(seed), []
    waiting: dict[int, tuple[str, asyncio.Task[Any]]] = {}
    open_: set[int] = set()
    for _ in range(length):
        free = [number for number in range(SESSIONS) if number not in waiting]
        number = random.choice(free)
        step = _control(random, number, open_) or steps(random)
        task = asyncio.create_task(connections[number].fetch(step.statement, *step.arguments))
        waiting[number] = (f"{number} {step.name} {_shown(step.arguments)}", task)
        lines += await _ended(waiting, settled)
    for number in sorted(open_ - waiting.keys()):
        await connections[number].fetch("ROLLBACK")
        lines += await _ended(waiting, settled)
    return lines


def _control(random: Random, number: int, open_: set[int]) -> Step | None:
    """Now and then a transaction begins or ends."""
    if number not in open_:
        if random.random() < 0.4:
            open_.add(number)
            return Step("BEGIN", "BEGIN")
        return None
    if random.random() < 0.35:
        open_.discard(number)
        word = random.choice(("COMMIT", "COMMIT", "ROLLBACK"))
        return Step(word, word)
    return None


async def _ended(waiting: dict[int, tuple[str, asyncio.Task[Any]]], settled: Settled) -> list[str]:
    """Lines of the statements that are done, until the others certainly wait."""
    lines, moved = [], True
    while moved:
        moved = False
        for number in sorted(waiting):
            what, task = waiting[number]
            if await settled(number, task):
                lines.append(f"{what} -> {_result(task)}")
                del waiting[number]
                moved = True
    return lines + [f"{number} waits" for number in sorted(waiting)]


def _result(task: asyncio.Task[Any]) -> str:
    error = task.exception()
    if error is not None:
        return type(error).__name__
    return str([_shown(dict(row)) for row in task.result()])


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return str({name: each for name, each in sorted(value.items()) if name not in UNTOLD})
    return str(value).replace("\n", " ")
