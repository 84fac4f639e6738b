"""A site's policy as data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from services.verification.model.outcome import Basis
from services.verification.model.rating import REFUTING, Rating


@dataclass(frozen=True)
class PathRecord:
    """How often one path's suggestion of one rating was right, as people decided afterwards."""

    path: Basis
    rating: Rating
    decisions: int
    correct: int


@dataclass(frozen=True)
class PolicySettings:
    """A site's policy as versioned, editable rows. Changed by people alone."""

    version: int = 1
    site_name: str = "the newsroom"
    own_domains: frozenset[str] = frozenset()
    distrusted_domains: frozenset[str] = frozenset()  # rated unreliable by the site's people; see model.source
    two_people_for: frozenset[Rating] = REFUTING | {Rating.WITHDRAWN}
    match_similarity: float = 0.7
    stance_score: float = 0.8
    stance_sources: int = 2
    alone_precision: float = 0.95
    alone_decisions: int = 200
    paths: tuple[PathRecord, ...] = ()
    languages: frozenset[str] = frozenset({"en"})

    def may_decide_alone(self, path: Basis, rating: Rating) -> bool:
        """True for a rating that refutes nothing, on a path whose measured precision has earned it."""
        if rating in REFUTING or rating is Rating.WITHDRAWN:
            return False
        record = next((r for r in self.paths if r.path is path and r.rating is rating), None)
        if record is None or record.decisions < self.alone_decisions:
            return False
        return wilson_lower(record.correct, record.decisions) >= self.alone_precision

    def needs_two(self, rating: Rating) -> bool:
        """A refutation needs two people whatever a site has set."""
        return rating in REFUTING or rating in self.two_people_for


def wilson_lower(successes: int, trials: int, z: float = 1.96) -> float:
    """The lower end of the Wilson score interval (95 % by default); 0 without trials."""
    if trials <= 0:
        return 0.0
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return (centre - spread) / (1 + z * z / trials)
