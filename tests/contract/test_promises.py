"""docs/promises.md says of each promise whether tests show it, and says the truth; every breach fits the present code."""

from __future__ import annotations

import re
from pathlib import Path

from tests.prove.__main__ import unfitting
from tests.prove.breaches import BREACHES

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| ([A-Z]+\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
PROVEN_HERE = {*(f"D{n}" for n in range(1, 12)), *(f"T{n}" for n in range(1, 6)), "S1"}


def promised() -> dict[str, str]:
    return {found[1]: found[3] for found in ROW.finditer((ROOT / "docs/promises.md").read_text(encoding="utf-8"))}


def shown() -> set[str]:
    """Promises that some test names."""
    name = re.compile(r"def test_([A-Z]+\d+)_")
    return {
        found[1] for file in (ROOT / "tests").rglob("test_*.py") for found in name.finditer(file.read_text("utf-8"))
    }


def test_every_promise_names_its_tests_or_admits_that_there_are_none() -> None:
    rows = promised()
    wrong = {
        each: said
        for each, said in rows.items()
        if said != (f"`test_{each}_`" if each in shown() else "*not shown yet*")
    }
    assert wrong == {}


def test_every_promise_a_test_names_is_written_down() -> None:
    assert shown() - promised().keys() == set()


def test_each_promise_of_the_kit_has_a_breach_and_each_breach_fits_the_code() -> None:
    assert PROVEN_HERE - {breach.promise for breach in BREACHES} == set()
    assert unfitting(BREACHES) == []
