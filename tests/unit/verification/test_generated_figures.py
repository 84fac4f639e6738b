"""Figures made by rule: what arithmetic says about two of them, the check has to say, whatever words carry them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from services.verification.engine.numeric import Figures, check_numbers

Case = tuple[str, str, Figures]

COUNTED = ("schools were closed", "bridges need repair", "patients were treated", "households lost power")
PLACES = ("in the province", "along the coast")
SHARES = ((1, 4), (1, 5), (2, 5), (3, 5), (7, 10), (9, 10))
MEASURES = (
    ("The tunnel is {} long.", "kilometres", "metres", 1_000),
    ("The harvest was {}.", "tonnes", "kilograms", 1_000),
    ("The reservoir holds {}.", "cubic metres", "litres", 1_000),
    ("The flight takes {}.", "hours", "minutes", 60),
)
CHANGES = ("Rents", "Exports", "Rail fares", "Crop yields")


def _grouped(number: int) -> str:
    return f"{number:,}"


def counts() -> Iterator[Case]:
    """The same count, another one, and what lies on either side of a bound."""
    for number in (120, 450, 1_300, 8_600):
        for what in COUNTED:
            for where in PLACES:
                said = f"{{}} {what} {where}."
                exact = said.format(_grouped(number))
                yield exact, exact, Figures.AGREES
                yield exact, said.format(_grouped(number * 2)), Figures.DIFFERS
                yield (
                    said.format(f"More than {_grouped(number)}"),
                    said.format(_grouped(number * 3 // 2)),
                    Figures.AGREES,
                )
                yield said.format(f"More than {_grouped(number)}"), said.format(_grouped(number // 2)), Figures.DIFFERS
                yield said.format(f"Fewer than {_grouped(number)}"), said.format(_grouped(number * 2)), Figures.DIFFERS


def shares() -> Iterator[Case]:
    """So many in so many is so much per cent, and no other."""
    for part, whole in SHARES:
        percent = 100 * part // whole
        for what in ("households own a car", "teachers work part-time", "farms use the new seed"):
            claim = f"{part} in {whole} {what}."
            yield claim, f"{percent} percent of {what}.", Figures.AGREES
            yield claim, f"{percent // 2} percent of {what}.", Figures.DIFFERS


def units() -> Iterator[Case]:
    """One measure in two units."""
    for sentence, large, small, factor in MEASURES:
        for number in (2, 3, 6, 12):
            claim = sentence.format(f"{number} {large}")
            yield claim, sentence.format(f"{_grouped(number * factor)} {small}"), Figures.AGREES
            yield claim, sentence.format(f"{_grouped(number * factor * 2)} {small}"), Figures.DIFFERS


def rounded() -> Iterator[Case]:
    """A figure said roughly is met by what rounds to it; the same digits said of another size are not."""
    for number in (2_400_000, 3_700_000, 5_600_000, 12_300_000):
        for what in ("people live in the region", "passengers used the line", "trees were planted"):
            claim = f"About {number / 1e6:g} million {what}."
            yield claim, f"{_grouped(number + 12_345)} {what}.", Figures.AGREES
            yield claim, f"{_grouped(number * 2 + 12_345)} {what}.", Figures.DIFFERS


def changes() -> Iterator[Case]:
    """Direction counts, and percent is worked out from two figures."""
    for what in CHANGES:
        for percent in (4, 7, 15, 30):
            claim = f"{what} rose by {percent} percent."
            yield claim, claim, Figures.AGREES
            yield claim, f"{what} fell by {percent} percent.", Figures.DIFFERS
            yield claim, f"{what} rose by {percent * 3} percent.", Figures.DIFFERS
            yield claim, f"{what} rose by {percent} percentage points.", Figures.DIFFERS


CASES = [*counts(), *shares(), *units(), *rounded(), *changes()]


def test_there_are_three_hundred_of_them() -> None:
    assert len(set(CASES)) >= 300


@pytest.mark.parametrize("kind", [counts, shares, units, rounded, changes], ids=lambda kind: kind.__name__)
def test_what_arithmetic_says_the_check_says(kind: Callable[[], Iterator[Case]]) -> None:
    wrong = [
        f"{claim} | {evidence}: {found.name}, not {expected.name}"
        for claim, evidence, expected in kind()
        if (found := check_numbers(claim, evidence).result) is not expected
    ]
    assert wrong == []
