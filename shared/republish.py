"""Telling everything again: after a restore, or to a service that lost what it had heard.

An aggregate is told from its own rows at the version it has, in the installation's epoch. Whoever holds that version
changes nothing; whoever holds less, or a state from before the restore, takes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from shared.consumer import BackOff
from shared.errors import Transient
from shared.events import Version
from shared.service import Resources, TellAgain

AT_ONCE = 100
TRIES = 5

_ACT = "INSERT INTO operator_act (person, act, subject, detail) VALUES ($1, 'republish', $2, jsonb_build_object('told', $3::int))"


def in_epoch(version: Version, epoch: int) -> Version:
    """A version as it is told again: its counter stays, its epoch is at least the installation's."""
    return Version(max(version.epoch, epoch), version.counter)


async def republish(
    resources: Resources,
    tells: Sequence[TellAgain],
    *,
    person: str,
    say: Callable[[int], None] = lambda told: None,
) -> int:
    """Tell every aggregate of a service again, page by page; returns how many events. Each page is a transaction.

    May be ended and begun again at any point. `say` hears the number so far. The running service's relay sends the
    events, or its next start does.
    """
    outbox, total = resources.outbox, 0
    for tell in tells:
        cursor, more = "", True
        while more:
            told, cursor = await _page(resources, tell, cursor)
            total, more = total + told, bool(cursor)
            say(total)
    await resources.db.execute(_ACT, person, outbox.service, total)
    return total


async def _page(resources: Resources, tell: TellAgain, cursor: str) -> tuple[int, str]:
    """One page in one transaction. Beside a busy service its locks may be refused: then once more."""
    back_off = BackOff()
    for attempt in range(1, TRIES + 1):
        try:
            async with resources.outbox.transaction() as unit:
                return await tell(unit, resources.outbox.epoch, cursor)
        except Transient:
            if attempt == TRIES:
                raise
            await asyncio.sleep(back_off.seconds(attempt))
    raise AssertionError("unreachable")
