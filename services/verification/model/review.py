"""A claim before people: how it is taken, proposed, seconded, corrected and withdrawn. Pure; every refusal names itself.

| from                 | step                | to                                                   |
|----------------------|---------------------|------------------------------------------------------|
| open, assigned       | assign, release     | assigned, open                                       |
| open, assigned       | propose             | proposed, or decided where one person is enough      |
| proposed             | second: agree       | decided, corrected or withdrawn                      |
| proposed             | second: send back   | where it came from                                   |
| proposed             | retract             | where it came from                                   |
| a settled state      | correct             | proposed, or corrected where one person is enough    |
| decided, corrected   | withdraw            | proposed, or withdrawn where a site lets one do it   |
| a settled state      | reopen (new finding)| open                                                 |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from services.verification.model.decision import (
    Decision,
    Person,
    Shown,
    check_changes,
    check_decision,
    check_note,
    needs_two,
)
from services.verification.model.outcome import Basis, Verdict
from services.verification.model.policy_settings import PolicySettings
from services.verification.model.rating import Rating
from shared.errors import Conflict, Refused


class ReviewState(StrEnum):
    OPEN = "open"
    ASSIGNED = "assigned"
    PROPOSED = "proposed"
    DECIDED = "decided"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


SETTLED = frozenset({ReviewState.DECIDED, ReviewState.CORRECTED, ReviewState.WITHDRAWN})
WAITING = frozenset(ReviewState) - SETTLED
UNDECIDED = frozenset({ReviewState.OPEN, ReviewState.ASSIGNED})


class Priority(IntEnum):
    """How urgent people say a claim is. It orders a list and hides nothing."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3


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
    assigned_name: str = ""
    priority: Priority = Priority.NORMAL
    came_from: ReviewState = ReviewState.OPEN  # of a proposal: where it goes back to

    @property
    def settled(self) -> bool:
        """Whether people said what they had to say."""
        return self.state in SETTLED


@dataclass(frozen=True)
class Step:
    """A review after a step, and the verdict that step brought about, if any."""

    review: Review
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Deed:
    """Who takes a step, when, on which version of the review, under which rules."""

    by: Person
    at: datetime
    seen_version: int
    settings: PolicySettings
    lead: bool = False  # may give claims to others


def propose(review: Review, decision: Decision, deed: Deed, shown: Shown) -> Step:
    """One person's first decision, or a new one on a claim that came back; the latter says what changed.

    It becomes a verdict at once unless its rating needs a second person.
    """
    _may(review, deed, UNDECIDED, "decide it")
    if decision.rating is Rating.WITHDRAWN:
        raise Refused("NOT_A_RATING", "Withdraw a verdict instead of rating the claim so.", field="rating")
    if review.verdict_version or shown.standing is not None:
        check_note(decision.note)
    check_decision(decision, shown)
    return _said(review, decision, deed, shown)


def correct(review: Review, decision: Decision, deed: Deed, shown: Shown) -> Step:
    """Another decision in place of one that readers saw."""
    _may(review, deed, SETTLED, "correct it")
    if decision.rating is Rating.WITHDRAWN:
        raise Refused("NOT_A_RATING", "Withdraw a verdict instead of rating the claim so.", field="rating")
    check_note(decision.note)
    check_decision(decision, shown)
    check_changes(decision, shown.standing)
    return _said(review, decision, deed, shown)


def withdraw(review: Review, reason: str, deed: Deed, shown: Shown) -> Step:
    """Takes a verdict back. Under the default settings this waits for a second person."""
    _may(review, deed, frozenset(ReviewState) - {ReviewState.PROPOSED, ReviewState.WITHDRAWN}, "withdraw it")
    if not review.verdict_version and shown.standing is None:
        raise Conflict("There is no verdict to withdraw.", field="state")
    check_note(reason)
    return _said(review, Decision(Rating.WITHDRAWN, reason.strip(), note=reason.strip()), deed, shown)


def second(review: Review, deed: Deed, shown: Shown, *, agree: bool, note: str = "") -> Step:
    """Another person agrees, which makes the verdict, or sends it back with a note."""
    decision, first = _proposal(review, deed, "second it")
    if deed.by.same_as(first):
        raise Conflict("A second person has to decide; you proposed this.", field="person")
    _at_hand(review, deed)
    if not agree:
        if not note.strip():
            raise Refused("NOTE_REQUIRED", "Say why it goes back.", field="note")
        return Step(_back(review, note.strip()))
    # the evidence may have changed since it was proposed, so the same checks run again
    check_decision(decision, shown)
    return _decided(replace(review, version=review.version + 1), decision, first, deed, shown, other=deed.by)


def retract(review: Review, deed: Deed) -> Step:
    """Whoever proposed takes it back before anybody seconded it."""
    _, first = _proposal(review, deed, "take it back")
    if not deed.by.same_as(first):
        raise Conflict("Only who proposed it can take it back; send it back instead.", field="person")
    return Step(_back(review, ""))


def assign(review: Review, to: Person, deed: Deed) -> Step:
    """Names who looks at it: oneself, or anybody when a desk lead says so. The proposer cannot be asked to second."""
    _may(review, deed, WAITING, "assign it", at_hand=False)
    if not to.person_id.strip() or not to.name.strip():
        raise Refused("UNKNOWN_PERSON", "Say who it is given to.", field="assignee")
    if not deed.lead and not deed.by.same_as(to):
        raise Refused("LEAD_ONLY", "Only a desk lead gives a claim to somebody else.", field="assignee", status=403)
    if not deed.lead and review.assigned_to and not deed.by.same_as(review.assigned_to):
        raise Conflict(f"{review.assigned_name} has this claim.", field="assignee")
    if review.proposed_by is not None and to.same_as(review.proposed_by):
        raise Conflict("Who proposed a decision cannot second it.", field="assignee")
    state = ReviewState.ASSIGNED if review.state in UNDECIDED else review.state
    return Step(_moved(review, state=state, assigned_to=to.person_id, assigned_name=to.name))


def release(review: Review, deed: Deed) -> Step:
    """Puts it back for everybody."""
    _may(review, deed, WAITING, "release it", at_hand=False)
    if not review.assigned_to:
        raise Conflict("Nobody has this claim.", field="assignee")
    if not deed.lead and not deed.by.same_as(review.assigned_to):
        raise Conflict(f"{review.assigned_name} has this claim.", field="assignee")
    state = ReviewState.OPEN if review.state is ReviewState.ASSIGNED else review.state
    return Step(_moved(review, state=state, assigned_to="", assigned_name=""))


def schedule(review: Review, due_at: datetime | None, priority: Priority, deed: Deed) -> Step:
    """Says by when it is due and how urgent it is."""
    _may(review, deed, WAITING, "schedule it", at_hand=False)
    if due_at is not None and due_at != review.due_at and due_at <= deed.at:
        raise Refused("DUE_IN_THE_PAST", "It cannot be due before now.", field="due_at")
    return Step(_moved(review, due_at=due_at, priority=priority))


def reopen(review: Review, *, reason: str) -> Review:
    """Puts a settled claim before people again, for instance because its evidence changed. The verdict stands so far."""
    if not review.settled:
        return review
    return _moved(review, state=ReviewState.OPEN, returned_note=reason, decision=None, proposed_by=None)


def _may(review: Review, deed: Deed, states: frozenset[ReviewState], what: str, *, at_hand: bool = True) -> None:
    if review.version != deed.seen_version:
        raise Conflict("Somebody changed this review since you opened it; look again.", field="version")
    if review.state not in states:
        raise Conflict(f"This claim is {review.state.value}: you cannot {what} now.", field="state")
    if at_hand:
        _at_hand(review, deed)


def _at_hand(review: Review, deed: Deed) -> None:
    if review.assigned_to and not deed.by.same_as(review.assigned_to):
        raise Conflict(f"{review.assigned_name} has this claim; take it over first.", field="assignee")


def _proposal(review: Review, deed: Deed, what: str) -> tuple[Decision, Person]:
    _may(review, deed, frozenset({ReviewState.PROPOSED}), what, at_hand=False)
    if review.decision is None or review.proposed_by is None:
        raise Conflict("No decision waits for a second person.", field="state")
    return review.decision, review.proposed_by


def _said(review: Review, decision: Decision, deed: Deed, shown: Shown) -> Step:
    came_from = review.state if review.settled else ReviewState.OPEN
    moved = _moved(review, decision=decision, proposed_by=deed.by, returned_note="", came_from=came_from)
    moved = replace(moved, assigned_to="", assigned_name="")
    if needs_two(decision.rating, shown.standing, deed.settings):
        return Step(replace(moved, state=ReviewState.PROPOSED))
    return _decided(moved, decision, deed.by, deed, shown, other=None)


def _back(review: Review, note: str) -> Review:
    return _moved(
        review, state=review.came_from, decision=None, proposed_by=None, returned_note=note, assigned_to="",
        assigned_name="",
    )  # fmt: skip


def _moved(review: Review, **changed: object) -> Review:
    return replace(review, version=review.version + 1, **changed)  # type: ignore[arg-type]


def _decided(
    review: Review, decision: Decision, first: Person, deed: Deed, shown: Shown, *, other: Person | None
) -> Step:
    before = max(review.verdict_version, shown.standing.version if shown.standing else 0)
    verdict = Verdict(
        claim_id=review.claim_id,
        text_hash=review.text_hash,
        version=before + 1,
        rating=decision.rating,
        explanation=decision.explanation,
        citations=decision.citations,
        basis=Basis.REVIEW,
        decided_by=first.name,
        reviewed_by=other.name if other else "",
        decided_at=deed.at,
        recorded_at=deed.at,
        fact_check_id=decision.fact_check_id,
        note=decision.note,
        settings_version=deed.settings.version,
    )
    state = ReviewState.CORRECTED if before else ReviewState.DECIDED
    if decision.rating is Rating.WITHDRAWN:
        state = ReviewState.WITHDRAWN
    settled = replace(
        review, state=state, verdict_version=verdict.version, assigned_to="", assigned_name="", due_at=None
    )
    return Step(settled, verdict)
