"""How news of a comment changes it, and how the number of public comments follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comment.engine.rules import Reason
from services.comment.engine.words import read_plain
from services.comment.model import (
    Comment,
    DecidedBy,
    Judgement,
    Parent,
    Place,
    Ruling,
    Status,
    Submission,
    decide,
    place_in,
    settle_submission,
)
from shared.events import Version
from shared.ids import DEFAULT_SITE

ARTICLE, OTHER = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
FINE, HELD = Judgement(False), Judgement(True, (Reason("links", 0, 3, 4, 3),))


def news(
    counter: int = 1, *, number: int = 10, parent: int | None = None, ruling: Ruling = Ruling.OPEN, body: str = "Words."
) -> Submission:
    parent_id = UUID(int=parent) if parent else None
    return Submission(
        UUID(int=number), DEFAULT_SITE, ARTICLE, Version(1, counter), parent_id, "Ann", "key", body, NOW, ruling
    )


def settled(found: Submission, known: Comment | None = None, judgement: Judgement = FINE) -> Comment:
    place = place_in(found, known, None)
    change = settle_submission(found, read_plain(found.body), judgement, place, epoch=1)
    assert change is not None
    return change.comment


def by_staff(known: Comment, *, publish: bool) -> Comment:
    change = decide(Place(known, known.root_id, True), publish=publish, epoch=1)
    assert change is not None
    return change.comment


def test_rules_decide_when_nobody_else_did() -> None:
    assert settled(news()).status is Status.PUBLISHED
    held = settled(news(), judgement=HELD)
    assert (held.status, held.reasons) == (Status.HELD, HELD.reasons)


def test_C3_the_cmss_approval_publishes_and_the_reasons_stay() -> None:
    approved = settled(news(ruling=Ruling.APPROVED), judgement=HELD)
    assert (approved.status, approved.decided_by, approved.reasons) == (Status.PUBLISHED, DecidedBy.CMS, HELD.reasons)


def test_the_cmss_removal_gives_the_words_up() -> None:
    removed = settled(news(2, ruling=Ruling.REMOVED), settled(news()))
    assert removed.status is Status.REMOVED
    assert removed.words.raw == removed.words.html == ""


def test_D4_the_same_and_older_submissions_change_nothing() -> None:
    known = settled(news(3))
    for counter in (3, 2):
        found = news(counter, body="Other.")
        assert settle_submission(found, read_plain("Other."), FINE, place_in(found, known, None), epoch=1) is None


@given(st.permutations([(1, Ruling.OPEN), (2, Ruling.REMOVED), (3, Ruling.APPROVED), (4, Ruling.OPEN)]))
def test_D4_any_order_of_submissions_ends_in_the_newest(order: list[tuple[int, Ruling]]) -> None:
    known: Comment | None = None
    for counter, ruling in order:
        found = news(counter, ruling=ruling, body=f"Words {counter}.")
        change = settle_submission(found, read_plain(found.body), HELD, place_in(found, known, None), epoch=1)
        known = change.comment if change else known
    assert known is not None
    assert (known.words.raw, known.status, known.decided_by) == ("Words 4.", Status.HELD, DecidedBy.RULES)


def test_a_persons_decision_holds_while_the_words_stay() -> None:
    let_through = by_staff(settled(news(), judgement=HELD), publish=True)
    assert settled(news(2), let_through, HELD).status is Status.PUBLISHED
    assert settled(news(2, body="Other words."), let_through, HELD).status is Status.HELD


def test_a_persons_removal_holds_whatever_is_written_next() -> None:
    removed = by_staff(settled(news()), publish=False)
    assert settled(news(2, body="Other words."), removed, FINE).status is Status.REMOVED


def test_deciding_the_same_twice_changes_nothing() -> None:
    removed = by_staff(settled(news()), publish=False)
    assert decide(Place(removed, removed.root_id, True), publish=False, epoch=1) is None
    assert by_staff(removed, publish=True).version.counter == removed.version.counter + 1


def test_a_reply_hangs_on_the_root_of_what_it_answers() -> None:
    found = news(parent=5)
    root = UUID(int=3)
    assert place_in(found, None, Parent(ARTICLE, root, True, True)).root_id == root
    assert place_in(found, None, None).root_id is None
    assert place_in(found, None, Parent(OTHER, root, True, True)).root_id is None
    assert place_in(news(number=10, parent=10), None, None).root_id == UUID(int=10)


def test_a_comment_keeps_the_parent_it_first_had() -> None:
    known = settled(news())
    assert settled(news(2, parent=5), known).parent_id is None


@pytest.mark.parametrize("root_public", [True, False])
def test_C5_a_reply_counts_only_under_a_public_root(root_public: bool) -> None:
    found = news(parent=5)
    place = Place(None, UUID(int=5), root_public)
    change = settle_submission(found, read_plain("x"), FINE, place, epoch=1)
    assert change is not None
    assert change.published == int(root_public)
    gone = decide(Place(change.comment, UUID(int=5), root_public), publish=False, epoch=1)
    assert gone is not None
    assert gone.published == -int(root_public)


def test_C5_the_replies_of_a_root_appear_and_vanish_with_it() -> None:
    known = settled(news(), judgement=HELD)
    appears = decide(Place(known, known.root_id, True), publish=True, epoch=1)
    assert appears is not None
    assert (appears.published, appears.flip) == (1, 1)
    vanishes = decide(Place(appears.comment, known.root_id, True), publish=False, epoch=1)
    assert vanishes is not None
    assert (vanishes.published, vanishes.flip) == (-1, -1)


def test_replies_join_when_their_root_becomes_known_and_only_then() -> None:
    waiting = settle_submission(news(parent=5), read_plain("x"), FINE, Place(None, None, False), epoch=1)
    assert waiting is not None
    assert (waiting.joins, waiting.published) == (False, 0)
    first = settle_submission(news(), read_plain("x"), FINE, place_in(news(), None, None), epoch=1)
    assert first is not None
    assert first.joins
    again = settle_submission(news(2), read_plain("x"), FINE, place_in(news(2), first.comment, None), epoch=1)
    assert again is not None
    assert not again.joins


def test_the_epoch_follows_the_installation() -> None:
    known = settled(news())
    moved = decide(Place(known, known.root_id, True), publish=False, epoch=7)
    assert moved is not None
    assert moved.comment.version == Version(7, 2)
    kept = decide(Place(replace(moved.comment), known.root_id, True), publish=True, epoch=3)
    assert kept is not None
    assert kept.comment.version == Version(7, 3)
