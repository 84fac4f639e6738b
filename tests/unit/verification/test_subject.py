"""What a new claim sheet, and a new look, do to the outcomes a subject has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.verification import runs
from services.verification.model import (
    Abstention,
    Basis,
    Citation,
    Outcome,
    OutcomeStatus,
    PolicySettings,
    Rating,
    Review,
    ReviewState,
    Stance,
    Verdict,
)
from services.verification.model.rechecking import (
    after_check,
    disagrees,
    finding_digest,
    machine_verdict,
    review_after_check,
)
from services.verification.model.subject import (
    ClaimState,
    Run,
    Sheet,
    SheetClaim,
    Subject,
    claim_under_check,
    nothing_known,
    settle_sheet,
)
from shared.events import Version

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
A, B = SheetClaim("a", "Rents rose.", "ha"), SheetClaim("b", "Wages fell.", "hb")
SEEN = Outcome("a", "ha", OutcomeStatus.ASSESSED, rating=Rating.SUPPORTED)
VERDICT = Verdict("a", "ha", 2, Rating.SUPPORTED, "Because.", (), Basis.REVIEW, "Ann", "Ben", AT, AT)
PEOPLE = Outcome("a", "ha", OutcomeStatus.VERDICT, rating=Rating.SUPPORTED, decided_by="Ann", verdict_version=2)
AGAINST = Outcome("a", "ha", OutcomeStatus.NEEDS_REVIEW, abstention_code=Abstention.CONTRADICTION_NEEDS_PEOPLE)


def sheet(counter: int, *claims: SheetClaim) -> Sheet:
    return Sheet("s", "site", Version(1, counter), claims, article_id="s")


def known(*claims: SheetClaim, outcomes: dict[str, Outcome] | None = None, **changed: object) -> Subject:
    return replace(nothing_known(sheet(1)), sheet=sheet(1, *claims), outcomes=outcomes or {}, **changed)  # type: ignore[arg-type]


def test_D4_an_older_or_equal_sheet_changes_nothing() -> None:
    held = known(A, outcomes={"a": SEEN})
    assert settle_sheet(held, sheet(1, B)) is held
    assert settle_sheet(held, replace(sheet(9, B), version=Version(0, 9))) is held


def test_J7_the_same_words_keep_their_outcome_and_new_ones_have_none() -> None:
    settled = settle_sheet(known(A, outcomes={"a": SEEN}), sheet(2, A, B))
    assert settled.outcomes == {"a": SEEN}
    assert settled.unchecked == (B,)


def test_J7_changed_words_lose_what_was_said_of_the_old() -> None:
    changed = replace(A, text="Rents fell.", text_hash="other")
    held = known(A, outcomes={"a": PEOPLE}, verdicts={"a": VERDICT})
    settled = settle_sheet(held, sheet(2, changed))
    assert settled.outcomes == {}
    assert settled.unchecked == (changed,)


@pytest.mark.parametrize("state", [state for state in ClaimState if state is not ClaimState.ACTIVE])
def test_a_claim_that_left_is_withdrawn(state: ClaimState) -> None:
    settled = settle_sheet(known(A, outcomes={"a": PEOPLE}, verdicts={"a": VERDICT}), sheet(2, replace(A, state=state)))
    assert settled.outcomes["a"].status is OutcomeStatus.WITHDRAWN
    assert settled.outcomes["a"].verdict_version == 2
    assert settled.unchecked == ()


def test_a_claim_that_is_no_longer_named_is_withdrawn_and_stays_known() -> None:
    settled = settle_sheet(known(A, B, outcomes={"a": SEEN}), sheet(2, B))
    assert [claim.claim_id for claim in settled.sheet.claims] == ["b", "a"]
    assert settled.sheet.claims[1].state is ClaimState.WITHDRAWN
    assert settled.outcomes["a"].status is OutcomeStatus.WITHDRAWN


def test_a_claim_that_returns_gets_its_verdict_back_or_is_checked() -> None:
    gone = settle_sheet(known(A, B, outcomes={"a": PEOPLE, "b": SEEN}, verdicts={"a": VERDICT}), sheet(2))
    back = settle_sheet(gone, sheet(3, A, B))
    assert (back.outcomes["a"].status, back.outcomes["a"].decided_by) == (OutcomeStatus.VERDICT, "Ann")
    assert back.unchecked == (B,)


def test_a_verdict_people_took_back_stays_taken_back() -> None:
    withdrawn = replace(VERDICT, rating=Rating.WITHDRAWN, version=3)
    taken = replace(PEOPLE, status=OutcomeStatus.WITHDRAWN, rating=Rating.WITHDRAWN)
    settled = settle_sheet(known(A, outcomes={"a": taken}, verdicts={"a": withdrawn}), sheet(2, A))
    assert settled.outcomes["a"] == taken
    assert after_check(taken, AGAINST) is taken


def test_a_sheet_asks_for_a_run_only_while_something_is_unchecked() -> None:
    due = runs.after_sheet(settle_sheet(known(A, outcomes={"a": SEEN}), sheet(2, A, B)), run_id="r", at=AT)
    assert due.run == Run("r", False, AT)
    assert due.to_check == (B,)
    done = runs.after_sheet(settle_sheet(known(A, outcomes={"a": SEEN}), sheet(2, A)), run_id="r", at=AT)
    assert done.run is None


def test_a_full_run_that_was_not_finished_is_carried_into_the_next() -> None:
    held = known(A, outcomes={"a": SEEN}, run=Run("old", True, AT))
    due = runs.after_sheet(settle_sheet(held, sheet(2, A)), run_id="new", at=AT)
    assert due.run == Run("new", True, AT)
    assert due.to_check == (A,)


def test_a_request_joins_a_run_that_covers_it_and_replaces_one_that_does_not() -> None:
    idle = known(A, B, outcomes={"a": SEEN})
    asked = runs.after_request(idle, run_id="r", at=AT)
    assert asked is not None
    assert asked.to_check == (A, B)
    assert runs.after_request(replace(idle, run=Run("full", True, AT)), run_id="r", at=AT) is None
    assert runs.after_request(replace(idle, run=Run("part", False, AT)), run_id="r", at=AT) is not None
    assert runs.after_request(replace(idle, outcomes={}, run=Run("first", False, AT)), run_id="r", at=AT) is None
    late = AT + runs.GIVEN_UP + timedelta(seconds=1)
    assert runs.after_request(replace(idle, run=Run("lost", True, AT)), run_id="r", at=late) is not None
    assert runs.after_request(known(), run_id="r", at=AT) is None


def test_what_people_decided_is_never_overwritten() -> None:
    assert after_check(PEOPLE, AGAINST) is PEOPLE
    assert after_check(SEEN, AGAINST) is AGAINST
    assert after_check(replace(PEOPLE, text_hash="old"), AGAINST) is AGAINST
    assert after_check(None, AGAINST) is AGAINST


@pytest.mark.parametrize(
    ("rating", "machine", "against"),
    [
        (Rating.SUPPORTED, AGAINST, True),
        (Rating.NOT_ENOUGH_EVIDENCE, AGAINST, True),
        (Rating.REFUTED, AGAINST, False),
        (Rating.REFUTED, SEEN, True),
        (Rating.SUPPORTED, SEEN, False),
        (Rating.NOT_ENOUGH_EVIDENCE, SEEN, True),
        (Rating.SUPPORTED, Outcome("a", "ha", OutcomeStatus.NEEDS_REVIEW), False),
        (Rating.CONFLICTING, replace(AGAINST, abstention_code=Abstention.SOURCES_CONFLICT), False),
    ],
)
def test_a_finding_disagrees_with_a_verdict_it_speaks_against(rating: Rating, machine: Outcome, against: bool) -> None:
    assert disagrees(rating, machine) is against


def test_J15_what_the_machine_left_open_or_suggests_waits_for_a_person() -> None:
    for outcome in (AGAINST, SEEN):
        opened = review_after_check(None, "", outcome, outcome, at=AT)
        assert opened is not None
        assert (opened.state, opened.opened_at) == (ReviewState.OPEN, AT)
        assert review_after_check(opened, "", outcome, outcome, at=AT) is None


def test_a_decided_claim_comes_back_for_what_people_had_not_seen() -> None:
    decided = Review("a", "ha", state=ReviewState.DECIDED, version=3, verdict_version=1)
    back = review_after_check(decided, "something else", PEOPLE, AGAINST, at=AT)
    assert back is not None
    assert (back.state, back.version) == (ReviewState.OPEN, 4)
    assert review_after_check(decided, finding_digest(AGAINST), PEOPLE, AGAINST, at=AT) is None
    assert review_after_check(decided, "something else", PEOPLE, SEEN, at=AT) is None
    proposed = replace(decided, state=ReviewState.PROPOSED)
    assert review_after_check(proposed, "something else", PEOPLE, AGAINST, at=AT) is None


def test_a_review_of_other_words_starts_anew_and_keeps_counting() -> None:
    old = Review("a", "old words", state=ReviewState.DECIDED, version=3, verdict_version=2)
    fresh = review_after_check(old, "", AGAINST, AGAINST, at=AT)
    assert fresh is not None
    assert (fresh.state, fresh.version, fresh.verdict_version, fresh.text_hash) == (ReviewState.OPEN, 4, 2, "ha")


def test_a_finding_has_one_name_whatever_it_cost() -> None:
    citation = Citation("e", 0, 3, "abc", Stance.CONTRADICTS)
    cited = replace(AGAINST, citations=(citation,))
    assert finding_digest(AGAINST) == finding_digest(replace(AGAINST, headline="other words", notes=("n",)))
    assert len({finding_digest(each) for each in (AGAINST, cited, SEEN, replace(SEEN, text_hash="x"))}) == 4


def test_a_verdict_the_machine_reached_alone_is_a_version_of_its_own() -> None:
    alone = replace(SEEN, status=OutcomeStatus.VERDICT)
    first = machine_verdict(alone, None, at=AT, settings=PolicySettings())
    assert first is not None
    assert (first.version, first.decided_by) == (1, "")
    assert machine_verdict(alone, first, at=AT, settings=PolicySettings()) is None
    changed = machine_verdict(replace(alone, rating=Rating.MIXED), first, at=AT, settings=PolicySettings())
    assert changed is not None
    assert changed.version == 2
    assert machine_verdict(PEOPLE, None, at=AT, settings=PolicySettings()) is None
    assert machine_verdict(SEEN, None, at=AT, settings=PolicySettings()) is None


def test_J5_the_words_of_a_long_sheet_tell_copies_of_its_article() -> None:
    long = SheetClaim("c", "word " * 100, "hc")
    assert claim_under_check(sheet(1, A), A).article_text == ""
    assert "Rents rose." in claim_under_check(sheet(1, A, long), A).article_text
    assert "Wages" not in claim_under_check(sheet(1, A, long, replace(B, state=ClaimState.STALE)), A).article_text
