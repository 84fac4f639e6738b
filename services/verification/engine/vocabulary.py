"""Word lists as people write them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def spaced(words: str) -> list[str]:
    """The entries of a list written with blanks and line breaks between them."""
    return words.split()


@cache
def entries(name: str) -> tuple[str, ...]:
    """The lines of the shipped list `name`, without comments and empty lines."""
    text = (files(__package__) / "lists" / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
