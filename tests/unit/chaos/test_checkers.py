"""The checkers of the failure tests: silent on health, and not one planted breach goes unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.failure.chaos.aftermath import Dead, Logged
from tests.failure.chaos.checkers import ALL, check, report
from tests.failure.chaos.history import History, Operation
from tests.unit.chaos import delivery_plants, state_plants
from tests.unit.chaos.planting import Plant
from tests.unit.chaos.worlds import ARTICLE, World, healthy

PLANTS = (*delivery_plants.PLANTS, *state_plants.PLANTS)


@pytest.mark.parametrize("seed", range(20))
def test_a_healthy_run_has_no_violation(seed: int) -> None:
    world = healthy(seed, articles=1 + seed % 7, revisions=2 + seed % 5)
    assert report(check(world.history, world.after)) == ""


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_planted_breach_is_noticed_by_its_rule(plant: Plant, seed: int) -> None:
    broken = plant.change(healthy(seed, revisions=3 + seed))
    found = {violation.rule for violation in check(broken.history, broken.after)}
    assert plant.rule in found, f"{plant.name}: only {sorted(found)}"


def test_every_checker_has_a_breach_that_only_it_has_to_notice() -> None:
    """A checker without a plant of its own could be deleted and nobody would see."""
    needed = set()
    for plant in PLANTS:
        broken = plant.change(healthy())
        loud = [c for c in ALL if any(v.rule == plant.rule for v in c(broken.history, broken.after))]
        if len(loud) == 1:
            needed.add(loud[0])
    assert {checker.__name__ for checker in ALL if checker not in needed} == set()


def test_there_are_enough_breaches() -> None:
    assert len(PLANTS) >= 40
    assert len({plant.name for plant in PLANTS}) == len(PLANTS)


def test_an_unknown_call_may_have_happened_or_not() -> None:
    """Only `ok` must be there and only `fail` must not: a time-out proves nothing either way."""
    world = healthy()
    absent = Operation("c0", "tell", "a7/1", "a7", 1, 1e3, 1e3, "unknown")
    assert check(History([*world.history, absent]), world.after) == []
    only_unknown = [each for each in world.history if not (each.event == "a0/1" and each.result == "ok")]
    assert check(History(only_unknown), world.after) == []
    refused_too = Operation("c0", "tell", "a0/1", "a0", 1, 1e3, 1e3, "fail")
    assert check(History([*world.history, refused_too]), world.after) == [], "refused once, acknowledged another time"


def test_a_record_in_a_dead_letter_counts_as_ended() -> None:
    """Accepted, told, set aside by one service and waiting for a person: not lost, but never in silence."""
    world = healthy()
    row = [each for each in world.after.services["desk"].outbox if each.key == "a0"][-1]
    versions = {name: dict(held) for name, held in world.after.versions.items()}
    versions["panels.article"]["a0"] = (1, 2)
    panels = world.after.services["panels"]
    inbox = {each: topic for each, topic in panels.inbox.items() if each != row.event_id}
    place = next(each.place for each in world.after.log if each.event_id == row.event_id)
    after = replace(
        world.after,
        versions=versions,
        services={**world.after.services, "panels": replace(panels, inbox=inbox)},
        dead=(*world.after.dead, Dead("panels", row.event_id, place, "LookupError")),
    )
    assert {each.rule for each in check(world.history, after)} == {"wrongly dead"}


def test_a_replay_from_the_dead_letters_is_not_a_second_effect() -> None:
    """The consumer that set an event aside tells it again, id and bytes untouched: order and once are judged without it."""
    world = healthy()
    first = next(each for each in world.after.services["desk"].outbox if each.key == "a0")
    again = replace(first, position=1)
    record = Logged((ARTICLE, sum(b"a0") % 2, 999), first.event_id, first.key, first.type, first.digest)
    panels = world.after.services["panels"]
    place = next(each.place for each in world.after.log if each.event_id == first.event_id)
    after = replace(
        world.after,
        services={**world.after.services, "panels": replace(panels, outbox=(again,))},
        log=(*world.after.log, record),
        dead=(*world.after.dead, Dead("panels", first.event_id, place, "LookupError", state="replayed")),
    )
    assert {each.rule for each in check(world.history, after)} <= {"wrongly dead"}


def test_a_history_survives_its_file(tmp_path: object) -> None:
    world: World = healthy()
    lines = []

    class Kept:
        def write_text(self, text: str, encoding: str) -> None:
            lines.extend(text.splitlines())

    world.history.save(Kept())  # type: ignore[arg-type]
    again = History.read(lines)
    assert again.count() == world.history.count()
    assert check(again, world.after) == []
