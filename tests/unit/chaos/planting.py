"""A world with one thing changed: the tools breaches are planted with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.failure.chaos.aftermath import Ledger, Logged, Place, Told
from tests.failure.chaos.history import History, Operation
from tests.unit.chaos.worlds import World

Change = Callable[[World], World]


@dataclass(frozen=True, slots=True)
class Plant:
    """A breach by name, and the rule that has to notice it."""

    name: str
    rule: str
    change: Change


def altered(world: World, **changed: Any) -> World:
    return World(world.history, replace(world.after, **changed))


def with_service(world: World, name: str, **changed: Any) -> World:
    services = dict(world.after.services)
    services[name] = replace(services[name], **changed)
    return altered(world, services=services)


def told(world: World, service: str, kind: str, at: int = 0) -> Told:
    return [row for row in world.after.services[service].outbox if row.type == kind][at]


def replaced_row(world: World, service: str, old: Told, *new: Told) -> World:
    rows = [row for row in world.after.services[service].outbox if row is not old]
    return with_service(world, service, outbox=(*rows, *new))


def records(world: World, topic: str) -> list[Logged]:
    return [record for record in world.after.log if record.topic == topic and record.event_id]


def relogged(world: World, change: Callable[[Logged], Logged | None]) -> World:
    changed = [change(record) for record in world.after.log]
    return altered(world, log=tuple(record for record in changed if record is not None))


def swapped(world: World, one: Place, other: Place) -> World:
    places = {one: other, other: one}
    return relogged(world, lambda record: replace(record, place=places.get(record.place, record.place)))


def end_of(world: World, topic: str) -> Place:
    partition, offset = max((r.place[1], r.place[2]) for r in world.after.log if r.topic == topic)
    return topic, partition, offset + 1


def retold(world: World, change: Callable[[Operation], list[Operation]]) -> World:
    return World(History([new for each in world.history for new in change(each)]), world.after)


def inboxed(world: World, service: str, *, without: str = "", plus: dict[str, str] | None = None) -> World:
    inbox = {each: topic for each, topic in world.after.services[service].inbox.items() if each != without}
    return with_service(world, service, inbox={**inbox, **(plus or {})})


def held_at(world: World, copy: str, subject: str, version: tuple[int, int] | None) -> World:
    versions = {name: dict(held) for name, held in world.after.versions.items()}
    versions[copy].pop(subject)
    if version is not None:
        versions[copy][subject] = version
    return altered(world, versions=versions)


def with_submission(world: World, at: int, **changed: Any) -> World:
    kept = list(world.after.submissions)
    kept[at] = replace(kept[at], **changed)
    return altered(world, submissions=tuple(kept))


def with_ledgers(world: World, *ledgers: Ledger) -> World:
    return altered(world, ledgers=(*world.after.ledgers, ledgers))


def first_pair(world: World, topic: str) -> tuple[Place, Place]:
    """The first occurrences of the first two events of one key."""
    key = records(world, topic)[0].key
    seen: dict[str, Place] = {}
    for record in sorted(records(world, topic), key=lambda each: each.place):
        if record.key == key:
            seen.setdefault(record.event_id, record.place)
    first, second, *_ = seen.values()
    return first, second
