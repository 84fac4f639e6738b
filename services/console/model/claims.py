"""An article's claims as the desk shows them: in its sentences, and one by one with what can be done to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

FOUND_BY = {"model": "found by the machine", "staff": "added by the desk", "reader": "pointed at by a reader"}
_AROUND = 3  # words shown of a place to cut at


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a block, by code points."""

    block_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the text, in runs: true where an active claim stands."""

    place: Place
    runs: Sequence[tuple[str, bool]]

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.runs)

    @property
    def value(self) -> str:
        """Its name on a form."""
        return f"{self.place.start}.{self.place.end}.{self.place.block_id}"


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim. `links` are (kind, the other claim's words)."""

    claim_id: str
    text: str
    kind: str
    state: str
    state_reason: str
    origin: str
    source_name: str
    dismissed_because: str
    dismissed_by: str
    first: Place | None
    links: tuple[tuple[str, str], ...] = ()

    @property
    def active(self) -> bool:
        return self.state == "active"

    @property
    def dismissed(self) -> bool:
        """Also while its article is withdrawn."""
        return bool(self.dismissed_because)

    @property
    def short(self) -> str:
        """Its words for a list to choose from."""
        return self.text if len(self.text) <= 90 else self.text[:89].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class HandAct:
    """What somebody did to a claim."""

    act: str
    person: str
    claim_text: str
    note: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ArticleClaims:
    """A text, its claims and what was done to them, at one version."""

    article_id: str
    title: str
    version: str
    note: str
    sentences: tuple[Sentence, ...] = ()
    claims: tuple[ClaimLine, ...] = ()
    acts: tuple[HandAct, ...] = ()

    @property
    def active(self) -> list[ClaimLine]:
        return [claim for claim in self.claims if claim.active]

    def claim(self, claim_id: str) -> ClaimLine | None:
        return next((claim for claim in self.claims if claim.claim_id == claim_id), None)


@dataclass(frozen=True, slots=True)
class Cut:
    """A word of a claim where a part may end or begin; places count code points of its block."""

    start: int
    end: int
    until: str
    since: str


def cuts(claim: ClaimLine, text: str) -> list[Cut]:
    """The words of a claim that stand at its first place, each with those before and after it."""
    if claim.first is None:
        return []
    found, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        found.append((claim.first.start + at, claim.first.start + at + len(word), word))
        at += len(word)
    words = [word for _, _, word in found]
    return [
        Cut(
            start,
            end,
            " ".join(words[max(0, number - _AROUND + 1) : number + 1]),
            " ".join(words[number : number + _AROUND]),
        )
        for number, (start, end, _) in enumerate(found)
    ]


def runs_of(text: str, place: Place, claimed: Sequence[Place]) -> list[tuple[str, bool]]:
    """The words of a place in runs, true where one of the claimed places covers them."""
    edges = {place.start, place.end}
    own = [each for each in claimed if each.block_id == place.block_id]
    for each in own:
        edges |= {edge for edge in (each.start, each.end) if place.start < edge < place.end}
    marks = sorted(edges)
    runs: list[tuple[str, bool]] = []
    for start, end in pairwise(marks):
        inside = any(each.start <= start and end <= each.end for each in own)
        if runs and runs[-1][1] == inside:
            runs[-1] = (runs[-1][0] + text[start:end], inside)
        else:
            runs.append((text[start:end], inside))
    return runs
