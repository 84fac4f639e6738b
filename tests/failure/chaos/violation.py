"""What a checker found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise: which rule in a word, about what, and what was seen."""

    rule: str
    about: str
    seen: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.about}: {self.seen}"
