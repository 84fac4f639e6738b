"""How two sides are measured: turns, what is put aside, ratios and percentiles."""

from __future__ import annotations

import pytest

from tests.bench.perf.cpu import Usage, grown
from tests.bench.perf.pairs import Pair, Pairs, Run, interleaved, percentile


def a_run(cpu: float, *, foreign: float = 0.0, operations: int = 1000) -> Run:
    return Run(Usage(program=cpu * 0.75, postgres=cpu * 0.25, wall=2 * cpu, foreign=foreign), operations)


def pairs(*of: tuple[float, float], foreign: tuple[float, ...] = ()) -> Pairs:
    quiet = foreign or (0.0,) * len(of)
    return Pairs(tuple(Pair(a_run(a, foreign=f), a_run(b)) for (a, b), f in zip(of, quiet, strict=True)))


async def test_sides_take_turns_so_that_neither_is_always_first() -> None:
    turns: list[str] = []

    async def ours() -> Run:
        turns.append("ours")
        return a_run(2.0)

    async def floor() -> Run:
        turns.append("floor")
        return a_run(1.0)

    taken = await interleaved(ours, floor, 4)
    assert turns == ["ours", "floor", *["ours", "floor", "floor", "ours"] * 2]
    assert [pair.ours.usage.total for pair in taken.every] == [2.0] * 4


async def test_without_a_warm_run_the_first_pair_is_measured() -> None:
    async def side() -> Run:
        return a_run(1.0)

    async def other() -> Run:
        return a_run(4.0)

    taken = await interleaved(side, other, 1, warm=False)
    assert taken.ratios(lambda pair: pair.ours.cpu_us / pair.floor.cpu_us)["ratio_median"] == pytest.approx(0.25)


def test_a_ratio_is_told_with_its_range() -> None:
    taken = pairs((2.0, 1.0), (3.0, 1.0), (2.5, 1.0))
    found = taken.ratios(lambda pair: pair.ours.cpu_us / pair.floor.cpu_us)
    assert found == {"ratio_median": 2.5, "ratio_min": 2.0, "ratio_max": 3.0}


def test_cpu_counts_the_programs_and_postgres() -> None:
    run = a_run(0.5, operations=1000)
    assert run.cpu_us == pytest.approx(500)
    assert run.per_cpu_second == pytest.approx(2000)
    assert run.per_second == pytest.approx(1000)


def test_a_pair_others_disturbed_is_put_aside_while_most_are_quiet() -> None:
    taken = pairs((2.0, 1.0), (9.0, 1.0), (2.2, 1.0), foreign=(0.1, 1.4, 0.2))
    assert len(taken.used) == 2
    assert taken.ratios(lambda pair: pair.ours.cpu_us / pair.floor.cpu_us)["ratio_max"] == pytest.approx(2.2)
    assert "2 of 3 pairs used" in taken.note()


def test_when_most_pairs_were_disturbed_all_of_them_count_and_the_note_says_so() -> None:
    taken = pairs((2.0, 1.0), (9.0, 1.0), (2.2, 1.0), foreign=(0.1, 1.4, 1.2))
    assert len(taken.used) == 3
    assert "3 of 3 pairs used, taken ABBA; 1 quiet" in taken.note()


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.01, 1), (0.001, 1), (0.501, 51)])
def test_a_percentile_is_a_value_that_was_seen(share: float, expected: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == expected


def test_a_percentile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_process_that_appeared_counts_from_its_start_and_none_counts_backwards() -> None:
    assert grown({1: 1.0, 2: 5.0}, {1: 1.5, 2: 4.9, 3: 0.25}) == pytest.approx(0.75)
