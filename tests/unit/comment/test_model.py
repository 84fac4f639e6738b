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
    Change,
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


class _Thread:
    """A thread kept in memory the way the store keeps it in tables: changes are applied, the number is carried along."""

    def __init__(self) -> None:
        self.comments: dict[UUID, Comment] = {}
        self.published = 0

    def place(self, found: Submission) -> Place:
        known = self.comments.get(found.comment_id)
        parent = self.comments.get(known.parent_id if known else found.parent_id)  # type: ignore[arg-type]
        return place_in(found, known, self._parent(parent) if parent else None)

    def _parent(self, parent: Comment) -> Parent:
        root = self.comments.get(parent.root_id) if parent.root_id else None
        public = root is not None and root.status is Status.PUBLISHED
        return Parent(parent.article_id, parent.root_id, public, public and parent.status is Status.PUBLISHED)

    def apply(self, change: Change | None, place: Place) -> None:
        if change is None:
            return
        one = change.comment
        replies = [c for c in self.comments.values() if c.root_id == one.comment_id and not c.is_root]
        self.published += change.published + change.flip * sum(c.status is Status.PUBLISHED for c in replies)
        self.comments[one.comment_id] = one
        joined = self._below(one.comment_id) if change.joins else []
        for reply in joined:
            self.comments[reply.comment_id] = replace(reply, root_id=one.root_id)
        if one.status is Status.PUBLISHED if one.is_root else place.root_public:
            self.published += sum(reply.status is Status.PUBLISHED for reply in joined)

    def _below(self, comment_id: UUID) -> list[Comment]:
        found = [c for c in self.comments.values() if c.parent_id == comment_id and c.root_id is None]
        return found + [c for reply in found for c in self._below(reply.comment_id)]

    def recount(self) -> int:
        public = {c.comment_id for c in self.comments.values() if c.is_root and c.status is Status.PUBLISHED}
        return sum(c.status is Status.PUBLISHED and c.root_id in public for c in self.comments.values())


_STEPS = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.integers(0, 6),
        st.sampled_from(["open", "held", "approved", "removed", "publish", "remove"]),
    ),
    max_size=25,
)


@given(_STEPS)
def test_C5_the_carried_count_equals_a_recount_after_every_step(steps: list[tuple[int, int, str]]) -> None:
    thread = _Thread()
    for counter, (number, parent, step) in enumerate(steps, 1):
        if step in {"publish", "remove"}:
            known = thread.comments.get(UUID(int=number))
            if known is None:
                continue
            place = thread.place(news(number=number))
            thread.apply(decide(place, publish=step == "publish", epoch=1), place)
        else:
            ruling = {"approved": Ruling.APPROVED, "removed": Ruling.REMOVED}.get(step, Ruling.OPEN)
            found = news(counter, number=number, parent=parent or None, ruling=ruling)
            place = thread.place(found)
            judgement = HELD if step == "held" else FINE
            thread.apply(settle_submission(found, read_plain("x"), judgement, place, epoch=1), place)
        assert thread.published == thread.recount()


@given(_STEPS)
def test_D4_joining_late_ends_where_joining_early_does(steps: list[tuple[int, int, str]]) -> None:
    """Each comment once, in two orders: the same roots, the same number."""
    once = {number: (parent, step) for number, parent, step in steps if step not in {"publish", "remove"}}
    ends = []
    for order in (sorted(once), sorted(once, reverse=True)):
        thread = _Thread()
        for number in order:
            parent, step = once[number]
            ruling = {"approved": Ruling.APPROVED, "removed": Ruling.REMOVED}.get(step, Ruling.OPEN)
            found = news(1, number=number, parent=parent or None, ruling=ruling)
            place = thread.place(found)
            judgement = HELD if step == "held" else FINE
            thread.apply(settle_submission(found, read_plain("x"), judgement, place, epoch=1), place)
        ends.append((thread.published, {key: c.root_id for key, c in thread.comments.items()}))
    assert not ends or ends[0] == ends[1]
