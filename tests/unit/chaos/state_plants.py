"""Breaches of order, history and state: what a reordering, forgetful or miscounting platform leaves behind."""

from __future__ import annotations

from dataclasses import replace

from tests.failure.chaos.aftermath import Ledger
from tests.failure.chaos.history import History
from tests.unit.chaos.planting import (
    Plant,
    altered,
    first_pair,
    held_at,
    relogged,
    replaced_row,
    retold,
    swapped,
    told,
    with_ledgers,
    with_service,
)
from tests.unit.chaos.worlds import ARTICLE, SHEET, World


def _turned_round(world: World) -> World:
    return swapped(world, *first_pair(world, ARTICLE))


def _sheets_turned_round(world: World) -> World:
    return swapped(world, *first_pair(world, SHEET))


def _key_in_two_partitions(world: World) -> World:
    place = first_pair(world, ARTICLE)[1]
    moved = (ARTICLE, place[1] + 1, 900)
    return relogged(world, lambda record: replace(record, place=moved) if record.place == place else record)


def _told_backwards(world: World) -> World:
    one, other = told(world, "desk", "Article", 0), told(world, "desk", "Article", 4)
    made = replaced_row(world, "desk", one, replace(one, version=other.version))
    return replaced_row(made, "desk", other, replace(other, version=one.version))


def _shown_backwards(world: World) -> World:
    first, *rest = world.after.revisions
    later = next(each for each in rest if each.subject == first.subject)
    turned = {first: replace(first, version=later.version), later: replace(later, version=first.version)}
    return altered(world, revisions=tuple(turned.get(each, each) for each in world.after.revisions))


def _revision_twice(world: World) -> World:
    last = world.after.revisions[-1]
    return altered(world, revisions=(*world.after.revisions, replace(last, version=(1, 99))))


def _overwritten_by_older(world: World) -> World:
    return altered(world, standing={**world.after.standing, "a0": (1, 1)})


def _panel_gone(world: World) -> World:
    return altered(world, standing={k: v for k, v in world.after.standing.items() if k != "a1"})


# -- readers and writers


def _look_went_back(world: World) -> World:
    first = next(each for each in world.history if each.kind == "look")
    late = replace(first, began=1e6, ended=1e6)
    return World(History([*world.history, late]), world.after)


def _look_at_rolled_back(world: World) -> World:
    first = next(each for each in world.history if each.kind == "look")
    ghost = replace(first, began=1e6, ended=1e6, said={"revision": 900, "version": [1, 90]})
    return World(History([*world.history, ghost]), world.after)


def _own_write_not_found(world: World) -> World:
    return retold(world, lambda each: [replace(each, said={"found": False}) if each.kind == "ask" else each])


# -- ledgers and chain


def _verdict_gone(world: World) -> World:
    return with_ledgers(world, Ledger("verdict", {"c1/1": "x", "c2/1": "y"}))


def _verdict_rewritten(world: World) -> World:
    return with_ledgers(world, Ledger("verdict", {"c1/1": "x", "c1/2": "other", "c2/1": "y"}))


def _entry_slipped_in(world: World) -> World:
    moment = Ledger("audit", {1: "p", 2: "q", 3: "r"}, chained=True)
    later = Ledger("audit", {0: "new", 1: "p", 2: "q", 3: "r"}, chained=True)
    return with_ledgers(world, moment, later)


def _link_gone(world: World) -> World:
    return altered(world, chain=(world.after.chain[0], world.after.chain[2]))


def _link_rewritten(world: World) -> World:
    one, two, three = world.after.chain
    return altered(world, chain=(one, replace(two, entry="forged"), three))


def _chain_forked(world: World) -> World:
    one, two, three = world.after.chain
    return altered(world, chain=(one, two, replace(three, before=one.hash)))


# -- rest, copies, counts


def _row_waits(world: World) -> World:
    row = told(world, "desk", "Article", 1)
    return replaced_row(world, "desk", row, replace(row, published=False))


def _group_behind(world: World) -> World:
    return with_service(world, "panels", lag={(ARTICLE, 0): 3})


def _job_waits(world: World) -> World:
    return with_service(world, "panels", jobs_waiting=1)


def _copy_behind(world: World) -> World:
    return held_at(world, "panels.sheet", "a0", (1, 1))


def _copy_ahead(world: World) -> World:
    return held_at(world, "panels.sheet", "a0", (1, 9))


def _copy_of_nothing(world: World) -> World:
    return held_at(world, "sheets.sheet", "a0", None)


def _count_off_by_one(world: World) -> World:
    return altered(world, counts=(replace(world.after.counts[0], kept=4),))


PLANTS = (
    Plant("two articles of a key changed places", "inversion", _turned_round),
    Plant("two sheets of a key changed places", "inversion", _sheets_turned_round),
    Plant("one key in two partitions", "inversion", _key_in_two_partitions),
    Plant("positions run against versions", "inversion", _told_backwards),
    Plant("an older panel shown after a newer one", "inversion", _shown_backwards),
    Plant("one revision drawn twice", "inversion", _revision_twice),
    Plant("an older panel overwrote a newer one", "stale", _overwritten_by_older),
    Plant("a panel vanished", "stale", _panel_gone),
    Plant("a reader saw time go back", "went back", _look_went_back),
    Plant("a reader saw what was rolled back", "aborted read", _look_at_rolled_back),
    Plant("a writer did not find its own write", "not read", _own_write_not_found),
    Plant("a verdict vanished", "rewritten", _verdict_gone),
    Plant("a verdict was rewritten", "rewritten", _verdict_rewritten),
    Plant("an audit entry was slipped in", "rewritten", _entry_slipped_in),
    Plant("a link of the chain is gone", "broken chain", _link_gone),
    Plant("a link of the chain was forged", "broken chain", _link_rewritten),
    Plant("the chain forked", "broken chain", _chain_forked),
    Plant("an outbox row waits for ever", "not drained", _row_waits),
    Plant("a group stays behind", "not drained", _group_behind),
    Plant("a job waits for ever", "not drained", _job_waits),
    Plant("a copy is behind its origin", "stale", _copy_behind),
    Plant("a copy is ahead of its origin", "stale", _copy_ahead),
    Plant("a copy of what its origin does not know", "stale", _copy_of_nothing),
    Plant("a kept count is off by one", "miscount", _count_off_by_one),
)
