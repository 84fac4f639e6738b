"""Names that stand for one another: countries with their adjectives and short forms, and common abbreviations."""

from __future__ import annotations

from functools import lru_cache

from services.verification.engine.vocabulary import entries


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {}
    for number, line in enumerate(entries("names")):
        for name in line.split("|"):
            table.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in table.items()}


@lru_cache(maxsize=20_000)
def groups_of(name: str) -> frozenset[int]:
    """The groups a name belongs to, written in any case, with or without 'the'."""
    plain = name.lower().replace("’", "'").strip()
    plain = plain.removeprefix("the ").removesuffix("'s")
    return _groups().get(plain, frozenset())


def stand_for_one(a: str, b: str) -> bool:
    """True when both names are in one group."""
    return bool(groups_of(a) & groups_of(b))
