"""A claim before people: who may do what, in which order, and what it takes to refute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.verification.model import (
    Decision,
    Deed,
    Evidence,
    Person,
    Priority,
    Rating,
    Review,
    ReviewState,
    Shown,
    Stance,
    Step,
    Verdict,
    assign,
    correct,
    propose,
    release,
    reopen,
    retract,
    schedule,
    second,
    verdict_as_of,
    withdraw,
)
from shared.errors import Conflict, Refused
from tests.unit.verification.builders import SETTINGS, analysis, at, cite, evidence

ANNA, BEN, CID = Person("p1", "Anna"), Person("p2", "Ben"), Person("p3", "Cid")
SOURCE = evidence()
OPEN = Review("c1", "h1")


def shown(*items: Evidence, standing: Verdict | None = None) -> Shown:
    return Shown({item.evidence_id: item for item in items}, frozenset(item.evidence_id for item in items), standing)


def deed(by: Person, review: Review, minutes: int = 0, **changed: Any) -> Deed:
    return replace(Deed(by, at(minutes), review.version, SETTINGS), **changed)


def decision(rating: Rating, *items: Evidence, stance: Stance = Stance.SUPPORTS, note: str = "") -> Decision:
    return Decision(rating, "The office counted three percent.", tuple(cite(item, stance) for item in items), note)


def proposed(rating: Rating = Rating.REFUTED, by: Person = ANNA, review: Review = OPEN, note: str = "") -> Step:
    made = decision(rating, SOURCE, stance=Stance.CONTRADICTS, note=note)
    step = correct if review.settled else propose
    return step(review, made, deed(by, review), shown(SOURCE))


def agreed(step: Step, by: Person = BEN, agree: bool = True, note: str = "") -> Step:
    return second(step.review, deed(by, step.review, 5), shown(SOURCE), agree=agree, note=note)


@pytest.mark.parametrize("rating", [Rating.REFUTED, Rating.MOSTLY_REFUTED])
def test_J4_one_person_alone_cannot_refute(rating: Rating) -> None:
    step = proposed(rating)
    assert step.verdict is None
    assert step.review.state is ReviewState.PROPOSED
    lax = replace(SETTINGS, two_people_for=frozenset())
    assert lax.needs_two(rating)


def test_J4_two_people_make_the_verdict_and_both_are_named() -> None:
    verdict = agreed(proposed()).verdict
    assert verdict is not None
    people = (verdict.rating, verdict.decided_by, verdict.reviewed_by, verdict.version)
    assert people == (Rating.REFUTED, "Anna", "Ben", 1)


@pytest.mark.parametrize("same", ["p1", " p1", "P1"])
def test_J4_the_same_person_cannot_second_themselves(same: str) -> None:
    with pytest.raises(Conflict, match="second person") as refused:
        agreed(proposed(), by=Person(same, "Anna from another browser"))
    assert refused.value.field == "person"


def test_J4_refuting_needs_a_contradicting_passage_that_is_not_our_own() -> None:
    own = analysis()
    for cited, stance in (((), Stance.CONTRADICTS), ((SOURCE,), Stance.SUPPORTS), ((own,), Stance.CONTRADICTS)):
        made = decision(Rating.REFUTED, *cited, stance=stance)
        with pytest.raises(Refused) as refused:
            propose(OPEN, made, deed(ANNA, OPEN), shown(SOURCE, own))
        assert refused.value.field == "citations"


def test_J1_unknown_J2_altered_and_J5_inadmissible_citations_are_refused() -> None:
    made = decision(Rating.SUPPORTED, SOURCE)
    altered = replace(made, citations=(replace(made.citations[0], exact="rents rose by 9 percent"),))
    outside = replace(made, citations=(replace(made.citations[0], start=-3, end=-1),))
    cases = [
        (made, Shown({}, frozenset()), "UNKNOWN_EVIDENCE"),
        (altered, shown(SOURCE), "NOT_VERBATIM"),
        (outside, shown(SOURCE), "NOT_VERBATIM"),
        (made, Shown({SOURCE.evidence_id: SOURCE}, frozenset()), "INADMISSIBLE"),
    ]
    for given, before_them, reason in cases:
        with pytest.raises(Refused) as refused:
            propose(OPEN, given, deed(ANNA, OPEN), before_them)
        assert refused.value.reason == reason


def test_other_ratings_need_one_person_and_a_citation() -> None:
    step = propose(OPEN, decision(Rating.SUPPORTED, SOURCE), deed(ANNA, OPEN), shown(SOURCE))
    assert step.verdict is not None
    assert (step.verdict.reviewed_by, step.review.state) == ("", ReviewState.DECIDED)
    with pytest.raises(Refused):
        propose(OPEN, decision(Rating.SUPPORTED), deed(ANNA, OPEN), shown())
    assert propose(OPEN, decision(Rating.NOT_ENOUGH_EVIDENCE), deed(ANNA, OPEN), shown()).verdict is not None


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"explanation": " "}, "EXPLANATION_REQUIRED", "explanation"),
        ({"explanation": "x" * 8_001}, "EXPLANATION_TOO_LONG", "explanation"),
        ({"rating": Rating.WITHDRAWN}, "NOT_A_RATING", "rating"),
        ({"rating": Rating.CONFLICTING}, "BOTH_SIDES_REQUIRED", "citations"),
    ],
)
def test_a_decision_that_is_not_fit_names_its_field(changed: dict[str, Any], reason: str, field: str) -> None:
    made = replace(decision(Rating.SUPPORTED, SOURCE), **changed)
    with pytest.raises(Refused) as refused:
        propose(OPEN, made, deed(ANNA, OPEN), shown(SOURCE))
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_a_review_that_changed_since_it_was_seen_is_not_overwritten() -> None:
    review = proposed().review
    with pytest.raises(Conflict) as refused:
        second(review, deed(BEN, review, seen_version=1), shown(SOURCE), agree=True)
    assert refused.value.field == "version"


def test_illegal_transitions_are_refused_and_name_the_state() -> None:
    settled = agreed(proposed()).review
    withdrawn = agreed(withdraw(settled, "Wrong person.", deed(ANNA, settled), shown(SOURCE))).review
    waiting = proposed().review
    made = decision(Rating.SUPPORTED, SOURCE, note="x")
    tries: list[Callable[[], Step]] = [
        lambda: agreed(Step(OPEN)),
        lambda: propose(waiting, made, deed(ANNA, waiting), shown(SOURCE)),
        lambda: propose(settled, made, deed(ANNA, settled), shown(SOURCE)),
        lambda: correct(OPEN, made, deed(ANNA, OPEN), shown(SOURCE)),
        lambda: correct(waiting, made, deed(ANNA, waiting), shown(SOURCE)),
        lambda: withdraw(OPEN, "wrong", deed(ANNA, OPEN), shown()),
        lambda: withdraw(waiting, "wrong", deed(ANNA, waiting), shown()),
        lambda: withdraw(withdrawn, "again", deed(ANNA, withdrawn), shown()),
        lambda: retract(OPEN, deed(ANNA, OPEN)),
        lambda: assign(settled, ANNA, deed(ANNA, settled)),
        lambda: release(settled, deed(ANNA, settled)),
        lambda: schedule(settled, at(99), Priority.HIGH, deed(ANNA, settled)),
    ]
    for attempt in tries:
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.field == "state"


def test_sending_back_needs_a_note_and_keeps_no_decision() -> None:
    with pytest.raises(Refused):
        agreed(proposed(), agree=False)
    back = agreed(proposed(), agree=False, note="The passage is about sales.").review
    assert (back.state, back.decision, back.returned_note) == (ReviewState.OPEN, None, "The passage is about sales.")


def test_who_proposed_may_take_it_back_and_nobody_else() -> None:
    waiting = proposed().review
    with pytest.raises(Conflict, match="Only who proposed"):
        retract(waiting, deed(BEN, waiting))
    back = retract(waiting, deed(ANNA, waiting)).review
    assert (back.state, back.decision, back.proposed_by) == (ReviewState.OPEN, None, None)


def test_the_evidence_is_checked_again_when_seconding() -> None:
    step = proposed()
    with pytest.raises(Refused):
        second(step.review, deed(BEN, step.review), Shown({}, frozenset()), agree=True)


def test_a_correction_needs_a_note_and_appends_a_version() -> None:
    first = agreed(proposed())
    with pytest.raises(Refused) as refused:
        proposed(review=first.review)
    assert refused.value.reason == "NOTE_REQUIRED"
    corrected = agreed(proposed(Rating.MOSTLY_REFUTED, review=first.review, note="A second table was published."))
    assert corrected.verdict is not None
    assert (corrected.verdict.version, corrected.review.state) == (2, ReviewState.CORRECTED)
    kept = agreed(proposed(review=first.review, note="x"), agree=False, note="no")
    assert (kept.review.state, kept.review.verdict_version) == (ReviewState.DECIDED, 1)


def test_a_correction_that_says_the_same_is_refused() -> None:
    first = agreed(proposed())
    made = decision(Rating.REFUTED, SOURCE, stance=Stance.CONTRADICTS, note="No reason.")
    with pytest.raises(Refused) as refused:
        correct(first.review, made, deed(ANNA, first.review), shown(SOURCE, standing=first.verdict))
    assert refused.value.reason == "NOTHING_CHANGED"


def test_what_two_people_said_takes_two_people_to_change() -> None:
    first = agreed(proposed())
    made = decision(Rating.SUPPORTED, SOURCE, note="The office revised its table.")
    step = correct(first.review, made, deed(CID, first.review), shown(SOURCE, standing=first.verdict))
    assert (step.verdict, step.review.state) == (None, ReviewState.PROPOSED)
    lax = replace(SETTINGS, two_people_for=frozenset())
    asked = withdraw(first.review, "Wrong.", deed(CID, first.review, settings=lax), shown(standing=first.verdict))
    assert asked.verdict is None


def test_withdrawing_takes_a_second_person_and_a_reason() -> None:
    first = agreed(proposed()).review
    with pytest.raises(Refused) as refused:
        withdraw(first, " ", deed(ANNA, first, 9), shown())
    assert refused.value.field == "note"
    asked = withdraw(first, "Wrong person.", deed(ANNA, first, 9), shown())
    assert asked.verdict is None
    done = agreed(asked)
    assert done.verdict is not None
    assert (done.verdict.rating, done.verdict.version) == (Rating.WITHDRAWN, 2)
    assert done.review.state is ReviewState.WITHDRAWN
    again = agreed(proposed(review=done.review, note="It was the right person."))
    assert (again.review.state, again.review.verdict_version) == (ReviewState.CORRECTED, 3)


def test_a_verdict_the_machine_reached_alone_is_followed_not_overwritten() -> None:
    alone = agreed(proposed()).verdict
    assert alone is not None
    alone = replace(alone, version=4, decided_by="", reviewed_by="", rating=Rating.SUPPORTED)
    made = decision(Rating.NOT_ENOUGH_EVIDENCE, note="Nobody says so.")
    step = propose(OPEN, made, deed(ANNA, OPEN), shown(standing=alone))
    assert step.verdict is not None
    assert step.verdict.version == 5


def test_reopening_keeps_the_verdict_number() -> None:
    first = agreed(proposed())
    again = reopen(first.review, reason="A source changed.")
    assert (again.state, again.verdict_version) == (ReviewState.OPEN, 1)
    assert reopen(OPEN, reason="x") is OPEN


def test_J10_the_verdict_as_of_a_moment_ignores_what_was_recorded_later() -> None:
    one = agreed(proposed()).verdict
    assert one is not None
    two = replace(one, version=2, rating=Rating.WITHDRAWN, decided_at=at(60), recorded_at=at(61))
    late = replace(one, version=3, decided_at=at(10), recorded_at=at(100))
    history = [late, two, one]
    assert verdict_as_of(history, at(4)) is None
    assert verdict_as_of(history, at(30)) is one
    assert verdict_as_of(history, at(61)) is two
    assert verdict_as_of(history, at(200), valid_at=at(30)) is late
