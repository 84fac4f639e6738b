"""Topics have no order between them: every interleaving, doubled, late or replayed, ends in the same domain state (D4)."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence

import pytest

from shared.runtime import Running
from shared.testing.fakes import SetClock
from shared.testing.kit import Stage
from shared.testing.records import Heard, deliver
from shared.testing.state import RepeatedIds, differences, state_of
from tests.failure.crash_points import Deliveries, one_by_one, together, undisturbed
from tests.failure.instances import instances
from tests.failure.scripts import SCRIPTS, Script

MOST = 4
"""Interleavings of one service that are tried; all of them where there are no more."""


def interleavings(records: Sequence[Heard]) -> Iterator[list[Heard]]:
    """Every way to deliver these records in which each topic keeps its own order."""
    topics = sorted({heard.topic for heard in records})
    of_topic = {topic: [heard for heard in records if heard.topic == topic] for topic in topics}
    names = [heard.topic for heard in records]
    for order in dict.fromkeys(itertools.permutations(names)) if len(names) < 8 else _some_orders(names):
        waiting = {topic: iter(of_topic[topic]) for topic in topics}
        yield [next(waiting[topic]) for topic in order]


def _some_orders(names: list[str]) -> Iterator[tuple[str, ...]]:
    """One topic after the other, both ways round, and shuffles under a fixed seed."""
    yield tuple(sorted(names))
    yield tuple(sorted(names, reverse=True))
    rng = random.Random(4)
    while True:
        yield tuple(rng.sample(names, len(names)))


def some(orders: Iterator[list[Heard]]) -> list[list[Heard]]:
    """The first, the last, and others evenly between them, when there are more than can be tried."""
    found = list(itertools.islice(orders, 5_000))
    if len(found) <= MOST:
        return found
    return [found[round(n * (len(found) - 1) / (MOST - 1))] for n in range(MOST)]


async def end_of(
    stage: Stage,
    script: Script,
    records: Sequence[Heard],
    *,
    replayed: bool = False,
    in_hand: Callable[[Sequence[Heard]], Deliveries] = one_by_one,
) -> dict[str, list[str]]:
    """The domain state a fresh service ends in."""
    (running,) = await instances(stage, script.spec("order"), 1)
    await script.furnish(running)
    ids = stage.ids
    assert isinstance(ids, RepeatedIds)
    await undisturbed(running, ids, in_hand(records))
    if replayed:
        await _replay(running, ids, records)
    found = await state_of(
        running.resources.db,
        without_tables={"outbox", "inbox", *script.of_order.tables},
        without_columns=script.of_order.columns,
        retell=script.of_order.retell,
    )
    await stage.stop([running])
    return found


async def _replay(running: Running, ids: RepeatedIds, records: Sequence[Heard]) -> None:
    """Everything again from the first, each ten times; then twice more with an inbox that forgot, backwards at the end:
    only versions stand between an old event and the state then."""
    await deliver(running, records, times=10)
    for order in (records, list(reversed(records))):
        await running.resources.db.execute("TRUNCATE inbox")
        await undisturbed(running, ids, one_by_one(order))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
async def test_D4_every_interleaving_doubled_and_replayed_ends_in_the_same_state(stage: Stage, script: Script) -> None:
    stage.clock, stage.ids, stage.encoder = SetClock(script.now), RepeatedIds(), script.encoder
    records = script.records()
    first, *others = some(interleavings(records))
    expected = await end_of(stage, script, first)
    assert any(expected.values()), "nothing came of these records"
    assert differences(await end_of(stage, script, first, replayed=True), expected) == []
    for number, order in enumerate(others):
        in_hand = one_by_one if number % 3 == 0 else together
        found = await end_of(stage, script, order, replayed=number % 3 == 0, in_hand=in_hand)
        assert differences(found, expected) == [], [heard.topic for heard in order]
