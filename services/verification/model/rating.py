"""Where a verdict can stand, and what a piece of evidence does to a claim."""

from __future__ import annotations

from enum import StrEnum


class Rating(StrEnum):
    """Where a verdict can stand. The first five form a scale from 1 to 5; the others have no number."""

    REFUTED = "refuted"
    MOSTLY_REFUTED = "mostly_refuted"
    MIXED = "mixed"
    MOSTLY_SUPPORTED = "mostly_supported"
    SUPPORTED = "supported"
    CONFLICTING = "conflicting"
    MISSING_CONTEXT = "missing_context"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    WITHDRAWN = "withdrawn"

    @property
    def number(self) -> int | None:
        """1 (refuted) to 5 (supported), None off the scale."""
        return SCALE.index(self) + 1 if self in SCALE else None


SCALE = (Rating.REFUTED, Rating.MOSTLY_REFUTED, Rating.MIXED, Rating.MOSTLY_SUPPORTED, Rating.SUPPORTED)
REFUTING = frozenset({Rating.REFUTED, Rating.MOSTLY_REFUTED})
SUPPORTING = frozenset({Rating.SUPPORTED, Rating.MOSTLY_SUPPORTED})


class Stance(StrEnum):
    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    DISCUSSES = "discusses"


def rating_words(rating: Rating) -> str:
    """The default scheme's word for a rating, as a sentence begins with it."""
    return rating.value.replace("_", " ").capitalize()
