"""How far a source is trusted: data that people keep, never a guess of the machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Credibility(StrEnum):
    """What a site's people hold of a source. Only `unreliable` changes a decision: its pages are no evidence."""

    RELIABLE = "reliable"
    MIXED = "mixed"
    UNRELIABLE = "unreliable"
    UNRATED = "unrated"


@dataclass(frozen=True)
class SourceRating:
    """One version of how a source is rated. Versions are appended, never changed."""

    domain: str
    version: int
    credibility: Credibility
    note: str
    provenance: str
    recorded_by: str
    valid_from: datetime
    recorded_at: datetime
    recorded_by_name: str = ""
    link: str = ""  # where the provenance can be read


@dataclass(frozen=True)
class RatedSource:
    """A source with the rating in force, if it has one, and how many claims' last checks stood on it."""

    domain: str
    claims: int
    rating: SourceRating | None


@dataclass(frozen=True)
class Counted:
    """The rating of a cited source that was in force when the outcome of a claim came about."""

    claim_id: str
    evidence_id: str
    rating: SourceRating


def rating_as_of(
    history: Iterable[SourceRating], known_at: datetime, valid_at: datetime | None = None
) -> SourceRating | None:
    """The rating of one source in force at `valid_at` as far as it was recorded by `known_at`."""
    moment = valid_at or known_at
    told = [each for each in history if each.recorded_at <= known_at and each.valid_from <= moment]
    return max(told, key=lambda each: each.version, default=None)
