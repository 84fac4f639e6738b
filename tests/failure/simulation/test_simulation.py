"""The kit under 500 seeds of virtual trouble; and the simulation under kits that are broken on purpose.

A seed that fails is played again, with its whole story, by `python -m tests.failure.simulation --seed N`.
"""

from __future__ import annotations

import pytest

from tests.failure.chaos.checkers import report
from tests.failure.simulation.breaches import ALL, Breach
from tests.failure.simulation.scenario import Outcome, run

SEEDS, BATCH = 500, 50
FIRST = 60  # seeds whose stories are looked at together
ENOUGH = 100  # seeds within which every breach has to show


@pytest.fixture(scope="module")
def played() -> dict[int, Outcome]:
    """The first seeds, once they were played."""
    return {}


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_D1_D2_D3_D4_D5_D7_D8_no_seed_loses_doubles_or_turns_anything_round(
    first: int, played: dict[int, Outcome]
) -> None:
    for seed in range(first, first + BATCH):
        outcome = run(seed)
        if seed < FIRST:
            played[seed] = outcome
        found = report(outcome.violations)
        assert not found, f"python -m tests.failure.simulation --seed {seed}\n{found}"


@pytest.mark.parametrize("breach", ALL, ids=lambda breach: breach.name)
def test_a_broken_kit_is_noticed(breach: Breach) -> None:
    for seed in range(ENOUGH):
        rules = {violation.rule for violation in run(seed, breach.change, breach.troubles).violations}
        if rules & breach.rules:
            return
    pytest.fail(f"{ENOUGH} seeds saw nothing wrong with a kit that {breach.name}")


def test_a_seed_plays_the_same_way_every_time() -> None:
    for seed in (3, 4, 5):
        first, second = run(seed), run(seed)
        assert first.trace == second.trace
        assert first.history.operations == second.history.operations
        assert first.after == second.after


def test_seeds_differ_and_reach_trouble(played: dict[int, Outcome]) -> None:
    """What the seeds do to the newsroom, over all of them: every fault, retries, twins, dead letters, rebalances."""
    outcomes = [played.get(seed) or run(seed) for seed in range(FIRST)]
    story = "\n".join(line for outcome in outcomes for line in outcome.trace)
    for seen in ("is killed", "stands still", "Postgres is away", "the broker is away", "does not reach", "poison on"):
        assert seen in story
    assert len({tuple(outcome.trace) for outcome in outcomes}) == len(outcomes)
    unknown = sum(outcome.history.count().get("tell.unknown", 0) for outcome in outcomes)
    repeated = sum(len(outcome.after.log) - len({r.event_id for r in outcome.after.log}) for outcome in outcomes)
    dead = sum(len(outcome.after.dead) for outcome in outcomes)
    assert min(unknown, repeated, dead) > 10, (unknown, repeated, dead)
