"""A claim before people: how it is proposed, seconded, corrected and withdrawn. Pure; every refusal names itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.verification.model.evidence import Citation, Evidence, EvidenceClass
from services.verification.model.outcome import Basis, Verdict
from services.verification.model.policy_settings import PolicySettings
from services.verification.model.rating import REFUTING, Rating, Stance
from shared.errors import Conflict, Refused

WITHOUT_CITATION = frozenset({Rating.NOT_ENOUGH_EVIDENCE, Rating.WITHDRAWN})


class ReviewState(StrEnum):
    OPEN = "open"
    PROPOSED = "proposed"
    DECIDED = "decided"


@dataclass(frozen=True)
class Person:
    """Who acts. The id decides who is who; the name is shown."""

    person_id: str
    name: str


@dataclass(frozen=True)
class Decision:
    """What a person says about a claim. `note` is required when it changes an earlier verdict."""

    rating: Rating
    explanation: str
    citations: tuple[Citation, ...] = ()
    note: str = ""
    fact_check_id: str = ""


@dataclass(frozen=True)
class Review:
    """The review of one claim. `version` grows with every step; a caller names the version it saw."""

    claim_id: str
    text_hash: str
    state: ReviewState = ReviewState.OPEN
    version: int = 1
    decision: Decision | None = None
    proposed_by: Person | None = None
    assigned_to: str = ""
    opened_at: datetime | None = None
    due_at: datetime | None = None
    returned_note: str = ""
    verdict_version: int = 0


@dataclass(frozen=True)
class Step:
    """A review after a step, and the verdict that step brought about, if any."""

    review: Review
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Shown:
    """What the person had before them: the evidence by id, of which `admissible` may carry a verdict."""

    evidence: Mapping[str, Evidence]
    admissible: frozenset[str]


def propose(
    review: Review,
    decision: Decision,
    *,
    by: Person,
    at: datetime,
    seen_version: int,
    shown: Shown,
    settings: PolicySettings,
) -> Step:
    """One person's decision. It becomes a verdict at once unless its rating needs a second person.

    Once there is a verdict this is a correction and needs a note. Raises Conflict when the review changed since it was seen or
    waits for a second person; Refused when the decision is not fit to be published.
    """
    _fresh(review, seen_version)
    if review.state is ReviewState.PROPOSED:
        raise Conflict("A decision already waits for a second person.")
    if review.verdict_version and not decision.note.strip():
        raise Refused("NOTE_REQUIRED", "Say what changed and why.", field="note")
    check_decision(decision, shown)
    moved = replace(review, version=review.version + 1, decision=decision, proposed_by=by, returned_note="")
    if settings.needs_two(decision.rating):
        return Step(replace(moved, state=ReviewState.PROPOSED))
    return _decided(moved, decision, by, None, at, settings)


def second(
    review: Review,
    *,
    agree: bool,
    by: Person,
    at: datetime,
    seen_version: int,
    shown: Shown,
    settings: PolicySettings,
    note: str = "",
) -> Step:
    """Another person agrees, which makes the verdict, or sends it back with a note.

    Raises Conflict when nothing waits, when the review changed, or when it is the same person.
    """
    _fresh(review, seen_version)
    if review.state is not ReviewState.PROPOSED or review.decision is None or review.proposed_by is None:
        raise Conflict("No decision waits for a second person.")
    if by.person_id == review.proposed_by.person_id:
        raise Conflict("A second person has to decide; you proposed this.")
    if not agree:
        if not note.strip():
            raise Refused("NOTE_REQUIRED", "Say why it goes back.", field="note")
        back = ReviewState.DECIDED if review.verdict_version else ReviewState.OPEN
        returned = replace(
            review, state=back, version=review.version + 1, decision=None, proposed_by=None, returned_note=note
        )
        return Step(returned)
    # the evidence may have changed since it was proposed, so the same checks run again
    check_decision(review.decision, shown)
    moved = replace(review, version=review.version + 1)
    return _decided(moved, review.decision, review.proposed_by, by, at, settings)


def withdraw(
    review: Review, *, reason: str, by: Person, at: datetime, seen_version: int, settings: PolicySettings
) -> Step:
    """Takes a verdict back. Under the default settings this too waits for a second person."""
    if review.state is not ReviewState.DECIDED:
        raise Conflict("There is no verdict to withdraw.")
    decision = Decision(Rating.WITHDRAWN, reason, note=reason)
    nothing = Shown({}, frozenset())
    return propose(review, decision, by=by, at=at, seen_version=seen_version, shown=nothing, settings=settings)


def reopen(review: Review, *, reason: str) -> Review:
    """Puts a decided claim before people again, for instance because its evidence changed. The verdict stands so far."""
    if review.state is not ReviewState.DECIDED:
        return review
    return replace(review, state=ReviewState.OPEN, version=review.version + 1, returned_note=reason, decision=None)


def assign(review: Review, *, to: Person, due_at: datetime | None, seen_version: int) -> Review:
    """Names who should look at it, and by when."""
    _fresh(review, seen_version)
    return replace(review, assigned_to=to.person_id, due_at=due_at, version=review.version + 1)


def check_decision(decision: Decision, shown: Shown) -> None:
    """Refuses a decision that is not fit to be published: unknown or altered citations, a rating without its ground."""
    if not decision.explanation.strip():
        raise Refused("EXPLANATION_REQUIRED", "Write the explanation readers will see.", field="explanation")
    for citation in decision.citations:
        evidence = shown.evidence.get(citation.evidence_id)
        if evidence is None:
            raise Refused("UNKNOWN_EVIDENCE", "A citation names evidence that is not stored.", field="citations")
        if evidence.text[citation.start : citation.end] != citation.exact or not citation.exact.strip():
            raise Refused("NOT_VERBATIM", "A quoted passage is not word for word in its source.", field="citations")
        if citation.evidence_id not in shown.admissible:
            raise Refused("INADMISSIBLE", "A cited text may not be used as evidence for this claim.", field="citations")
    stances = {citation.stance for citation in decision.citations}
    if decision.rating not in WITHOUT_CITATION and not decision.citations:
        raise Refused("CITATION_REQUIRED", "This rating needs at least one quoted passage.", field="citations")
    if decision.rating in REFUTING and not _independent_contradiction(decision, shown):
        raise Refused(
            "CONTRADICTION_REQUIRED",
            "To refute, quote a passage that contradicts the claim, from a source other than our own analysis.",
            field="citations",
        )
    if decision.rating is Rating.CONFLICTING and not {Stance.SUPPORTS, Stance.CONTRADICTS} <= stances:
        raise Refused("BOTH_SIDES_REQUIRED", "Conflicting needs a passage for and one against.", field="citations")


def _independent_contradiction(decision: Decision, shown: Shown) -> bool:
    return any(
        citation.stance is Stance.CONTRADICTS
        and shown.evidence[citation.evidence_id].evidence_class is not EvidenceClass.NEWSROOM_ANALYSIS
        for citation in decision.citations
    )


def _fresh(review: Review, seen_version: int) -> None:
    if review.version != seen_version:
        raise Conflict("Somebody changed this review since you opened it; look again.", field="version")


def _decided(
    review: Review, decision: Decision, first: Person, other: Person | None, at: datetime, settings: PolicySettings
) -> Step:
    version = review.verdict_version + 1
    verdict = Verdict(
        claim_id=review.claim_id,
        text_hash=review.text_hash,
        version=version,
        rating=decision.rating,
        explanation=decision.explanation,
        citations=decision.citations,
        basis=Basis.REVIEW,
        decided_by=first.name,
        reviewed_by=other.name if other else "",
        decided_at=at,
        recorded_at=at,
        fact_check_id=decision.fact_check_id,
        note=decision.note,
        settings_version=settings.version,
    )
    return Step(replace(review, state=ReviewState.DECIDED, verdict_version=version, assigned_to=""), verdict)
