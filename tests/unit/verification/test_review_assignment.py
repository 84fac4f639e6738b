"""Whose turn a claim is: taken, given, released, due."""

from __future__ import annotations

import pytest

from services.verification.model import (
    Person,
    Priority,
    Rating,
    ReviewState,
    Step,
    assign,
    propose,
    release,
    schedule,
)
from shared.errors import Conflict, Refused
from tests.unit.verification.builders import at
from tests.unit.verification.test_review import ANNA, BEN, CID, OPEN, SOURCE, agreed, decision, deed, proposed, shown


def test_a_claim_is_taken_released_and_kept_from_others_meanwhile() -> None:
    taken = assign(OPEN, ANNA, deed(ANNA, OPEN)).review
    assert (taken.state, taken.assigned_to, taken.assigned_name) == (ReviewState.ASSIGNED, "p1", "Anna")
    with pytest.raises(Conflict, match="Anna has this claim") as refused:
        propose(taken, decision(Rating.SUPPORTED, SOURCE), deed(BEN, taken), shown(SOURCE))
    assert refused.value.field == "assignee"
    with pytest.raises(Conflict):
        assign(taken, BEN, deed(BEN, taken))
    with pytest.raises(Conflict):
        release(taken, deed(BEN, taken))
    free = release(taken, deed(ANNA, taken)).review
    assert (free.state, free.assigned_to) == (ReviewState.OPEN, "")
    done = propose(taken, decision(Rating.SUPPORTED, SOURCE), deed(ANNA, taken), shown(SOURCE)).review
    assert (done.state, done.assigned_to) == (ReviewState.DECIDED, "")
    with pytest.raises(Conflict):
        release(OPEN, deed(ANNA, OPEN))


def test_a_desk_lead_gives_claims_to_others() -> None:
    with pytest.raises(Refused) as refused:
        assign(OPEN, BEN, deed(ANNA, OPEN))
    assert (refused.value.reason, refused.value.status) == ("LEAD_ONLY", 403)
    given = assign(OPEN, BEN, deed(ANNA, OPEN, lead=True)).review
    moved = assign(given, CID, deed(ANNA, given, lead=True)).review
    assert moved.assigned_to == "p3"
    assert release(moved, deed(ANNA, moved, lead=True)).review.state is ReviewState.OPEN
    with pytest.raises(Refused, match="Say who"):
        assign(OPEN, Person("", ""), deed(ANNA, OPEN, lead=True))


def test_J4_who_proposed_is_not_asked_to_second() -> None:
    waiting = proposed().review
    with pytest.raises(Conflict, match="cannot second"):
        assign(waiting, ANNA, deed(ANNA, waiting))
    asked = assign(waiting, BEN, deed(BEN, waiting)).review
    assert asked.state is ReviewState.PROPOSED
    with pytest.raises(Conflict, match="Ben has this claim"):
        agreed(Step(asked), by=CID)
    assert agreed(Step(asked), by=BEN).verdict is not None


def test_a_due_time_lies_ahead_and_a_priority_hides_nothing() -> None:
    set_ = schedule(OPEN, at(90), Priority.URGENT, deed(ANNA, OPEN)).review
    assert (set_.due_at, set_.priority, set_.state) == (at(90), Priority.URGENT, ReviewState.OPEN)
    with pytest.raises(Refused) as refused:
        schedule(OPEN, at(0), Priority.LOW, deed(ANNA, OPEN, 5))
    assert refused.value.field == "due_at"
    assert schedule(set_, at(90), Priority.LOW, deed(ANNA, set_, 120)).review.due_at == at(90)
