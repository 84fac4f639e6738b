"""One thing the doctor looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How something stands, the worst last."""

    GOOD = "good"
    NOTE = "note"
    WRONG = "wrong"
    UNREACHABLE = "not reachable"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, what was seen, and what to do about it (empty when nothing)."""

    what: str
    state: State
    seen: str
    mend: str = ""


def good(what: str, seen: str) -> Finding:
    return Finding(what, State.GOOD, seen)


def note(what: str, seen: str, mend: str) -> Finding:
    return Finding(what, State.NOTE, seen, mend)


def wrong(what: str, seen: str, mend: str) -> Finding:
    return Finding(what, State.WRONG, seen, mend)


def unreachable(what: str, seen: str, mend: str) -> Finding:
    return Finding(what, State.UNREACHABLE, seen, mend)
