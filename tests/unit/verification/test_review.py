from __future__ import annotations

from dataclasses import replace

import pytest

from services.verification.model import (
    Decision,
    Evidence,
    Person,
    Rating,
    Review,
    ReviewState,
    Shown,
    Stance,
    Step,
    assign,
    propose,
    reopen,
    second,
    verdict_as_of,
    withdraw,
)
from shared.errors import Conflict, Refused
from tests.unit.verification.builders import SETTINGS, analysis, at, cite, evidence

ANNA, BEN = Person("p1", "Anna"), Person("p2", "Ben")
SOURCE = evidence()
OPEN = Review("c1", "h1")


def shown(*items: Evidence) -> Shown:
    return Shown({item.evidence_id: item for item in items}, frozenset(item.evidence_id for item in items))


def decision(rating: Rating, *items: Evidence, stance: Stance = Stance.SUPPORTS, note: str = "") -> Decision:
    return Decision(rating, "The office counted three percent.", tuple(cite(item, stance) for item in items), note)


def proposed(rating: Rating = Rating.REFUTED, by: Person = ANNA, review: Review = OPEN, note: str = "") -> Step:
    made = decision(rating, SOURCE, stance=Stance.CONTRADICTS, note=note)
    return propose(review, made, by=by, at=at(0), seen_version=review.version, shown=shown(SOURCE), settings=SETTINGS)


def agreed(step: Step, by: Person = BEN, agree: bool = True, note: str = "") -> Step:
    return second(
        step.review,
        agree=agree,
        by=by,
        at=at(5),
        seen_version=step.review.version,
        shown=shown(SOURCE),
        settings=SETTINGS,
        note=note,
    )


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
    assert (verdict.rating, verdict.decided_by, verdict.reviewed_by, verdict.version) == (
        Rating.REFUTED,
        "Anna",
        "Ben",
        1,
    )


def test_J4_the_same_person_cannot_second_themselves() -> None:
    with pytest.raises(Conflict, match="second person"):
        agreed(proposed(), by=Person("p1", "Anna under another name"))


def test_J4_refuting_needs_a_contradicting_passage_that_is_not_our_own() -> None:
    own = analysis()
    for cited, stance in (((), Stance.CONTRADICTS), ((SOURCE,), Stance.SUPPORTS), ((own,), Stance.CONTRADICTS)):
        made = decision(Rating.REFUTED, *cited, stance=stance)
        with pytest.raises(Refused):
            propose(OPEN, made, by=ANNA, at=at(0), seen_version=1, shown=shown(SOURCE, own), settings=SETTINGS)


def test_J1_unknown_J2_altered_and_J5_inadmissible_citations_are_refused() -> None:
    made = decision(Rating.SUPPORTED, SOURCE)
    altered = replace(made, citations=(replace(made.citations[0], exact="rents rose by 9 percent"),))
    cases = [
        (made, Shown({}, frozenset()), "UNKNOWN_EVIDENCE"),
        (altered, shown(SOURCE), "NOT_VERBATIM"),
        (made, Shown({SOURCE.evidence_id: SOURCE}, frozenset()), "INADMISSIBLE"),
    ]
    for given, before_them, reason in cases:
        with pytest.raises(Refused) as refused:
            propose(OPEN, given, by=ANNA, at=at(0), seen_version=1, shown=before_them, settings=SETTINGS)
        assert refused.value.reason == reason


def test_other_ratings_need_one_person_and_a_citation() -> None:
    step = propose(
        OPEN,
        decision(Rating.SUPPORTED, SOURCE),
        by=ANNA,
        at=at(0),
        seen_version=1,
        shown=shown(SOURCE),
        settings=SETTINGS,
    )
    assert step.verdict is not None
    assert step.verdict.reviewed_by == ""
    with pytest.raises(Refused):
        propose(OPEN, decision(Rating.SUPPORTED), by=ANNA, at=at(0), seen_version=1, shown=shown(), settings=SETTINGS)
    unsure = propose(
        OPEN, decision(Rating.NOT_ENOUGH_EVIDENCE), by=ANNA, at=at(0), seen_version=1, shown=shown(), settings=SETTINGS
    )
    assert unsure.verdict is not None


def test_conflicting_needs_a_passage_on_each_side() -> None:
    with pytest.raises(Refused) as refused:
        propose(
            OPEN,
            decision(Rating.CONFLICTING, SOURCE),
            by=ANNA,
            at=at(0),
            seen_version=1,
            shown=shown(SOURCE),
            settings=SETTINGS,
        )
    assert refused.value.reason == "BOTH_SIDES_REQUIRED"


def test_a_review_that_changed_since_it_was_seen_is_not_overwritten() -> None:
    review = proposed().review
    with pytest.raises(Conflict):
        second(review, agree=True, by=BEN, at=at(1), seen_version=1, shown=shown(SOURCE), settings=SETTINGS)


def test_illegal_transitions_are_refused() -> None:
    with pytest.raises(Conflict):
        agreed(Step(OPEN))
    with pytest.raises(Conflict):
        proposed(review=proposed().review)
    with pytest.raises(Conflict):
        withdraw(OPEN, reason="wrong", by=ANNA, at=at(1), seen_version=1, settings=SETTINGS)


def test_sending_back_needs_a_note_and_keeps_no_decision() -> None:
    with pytest.raises(Refused):
        agreed(proposed(), agree=False)
    back = agreed(proposed(), agree=False, note="The passage is about sales.").review
    assert (back.state, back.decision, back.returned_note) == (ReviewState.OPEN, None, "The passage is about sales.")


def test_the_evidence_is_checked_again_when_seconding() -> None:
    step = proposed()
    with pytest.raises(Refused):
        second(
            step.review,
            agree=True,
            by=BEN,
            at=at(1),
            seen_version=step.review.version,
            shown=Shown({}, frozenset()),
            settings=SETTINGS,
        )


def test_a_correction_needs_a_note_and_appends_a_version() -> None:
    first = agreed(proposed())
    with pytest.raises(Refused) as refused:
        proposed(review=first.review)
    assert refused.value.reason == "NOTE_REQUIRED"
    corrected = agreed(proposed(Rating.MOSTLY_REFUTED, review=first.review, note="A second table was published."))
    assert corrected.verdict is not None
    assert corrected.verdict.version == 2
    kept = agreed(proposed(review=first.review, note="x"), agree=False, note="no")
    assert kept.review.state is ReviewState.DECIDED
    assert kept.review.verdict_version == 1


def test_withdrawing_takes_a_second_person() -> None:
    first = agreed(proposed())
    asked = withdraw(
        first.review, reason="Wrong person.", by=ANNA, at=at(9), seen_version=first.review.version, settings=SETTINGS
    )
    assert asked.verdict is None
    done = agreed(asked).verdict
    assert done is not None
    assert (done.rating, done.version) == (Rating.WITHDRAWN, 2)


def test_reopening_keeps_the_verdict_number() -> None:
    first = agreed(proposed())
    again = reopen(first.review, reason="A source changed.")
    assert (again.state, again.verdict_version) == (ReviewState.OPEN, 1)
    assert reopen(OPEN, reason="x") is OPEN
    assert assign(OPEN, to=BEN, due_at=at(60), seen_version=1).assigned_to == "p2"


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
