"""What the desk knows of a source and its ratings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CREDIBILITY = {
    "reliable": ("Reliable", "corrects its errors and says where it has things from"),
    "mixed": ("Mixed", "to be read with care; its pages still count as evidence"),
    "unreliable": ("Unreliable", "its pages are no evidence, whatever they say"),
    "unrated": ("Unrated", "nothing is held of it; an earlier rating is taken back"),
}


@dataclass(frozen=True, slots=True)
class RatingVersion:
    """One version of a rating: what, why, from where it is known, by whom and since when."""

    version: int
    credibility: str
    note: str
    provenance: str
    link: str
    by: str
    valid_from: datetime | None
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class RatedSource:
    """A source; without a rating `credibility` is empty. `claims` is how many claims' last checks stood on it."""

    domain: str
    credibility: str
    version: int
    claims: int
    versions: tuple[RatingVersion, ...]

    @property
    def newest(self) -> RatingVersion | None:
        return self.versions[0] if self.versions else None
