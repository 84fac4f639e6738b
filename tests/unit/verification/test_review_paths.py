"""Every path through a review, walked at random: none ends in a refutation that was not earned."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.verification.model import (
    REFUTING,
    Decision,
    Deed,
    Evidence,
    EvidenceClass,
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
    withdraw,
)
from shared.errors import Refused
from tests.unit.verification.builders import SETTINGS, analysis, at, cite, evidence

PEOPLE = st.builds(Person, st.sampled_from(["p1", "P1", "p2", "p3"]), st.sampled_from(["Anna", "Ben"]))
STORED = (evidence("e1"), evidence("e2"), analysis("own"))
INADMISSIBLE = evidence("copy")
UNKNOWN = evidence("nowhere")
CITED = st.lists(
    st.builds(cite, st.sampled_from([*STORED, INADMISSIBLE, UNKNOWN]), st.sampled_from(list(Stance))), max_size=3
)
DECISIONS = st.builds(
    Decision, st.sampled_from(list(Rating)), st.sampled_from(["", "As the page says."]), CITED.map(tuple),
    st.sampled_from(["", "A reason."]),
)  # fmt: skip
STANCES = st.sampled_from([Stance.CONTRADICTS, Stance.SUPPORTS])
LAX = replace(SETTINGS, two_people_for=frozenset())


class ReviewPaths(RuleBasedStateMachine):
    """People of every kind try every step in every state; what the model lets through is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.review = Review("c1", "h1")
        self.verdicts: list[Verdict] = []
        self.acted: list[tuple[Person, Person | None]] = []
        self.clock = 0

    def deed(self, by: Person, lead: bool = False, stale: bool = False, lax: bool = False) -> Deed:
        self.clock += 1
        seen = self.review.version - stale
        return Deed(by, at(self.clock), seen, LAX if lax else SETTINGS, lead)

    def shown(self) -> Shown:
        held = {item.evidence_id: item for item in (*STORED, INADMISSIBLE)}
        usable = frozenset(item.evidence_id for item in STORED)
        return Shown(held, usable, self.verdicts[-1] if self.verdicts else None)

    def take(self, step: Step, first: Person, other: Person | None = None) -> None:
        assert step.review.version == self.review.version + 1
        self.review = step.review
        if step.verdict is not None:
            self.verdicts.append(step.verdict)
            self.acted.append((first, other))

    @rule(by=PEOPLE, said=DECISIONS, stale=st.booleans(), lax=st.booleans(), again=st.booleans())
    def decides(self, by: Person, said: Decision, stale: bool, lax: bool, again: bool) -> None:
        self.say(by, said, stale, lax, again)

    @rule(by=PEOPLE, rating=st.sampled_from(sorted(REFUTING)), item=st.sampled_from(STORED), stance=STANCES)
    def wants_to_refute(self, by: Person, rating: Rating, item: Evidence, stance: Stance) -> None:
        said = Decision(rating, "As the page says.", (cite(item, stance),), "A reason.")
        self.say(by, said, stale=False, lax=True, again=self.review.settled)

    def say(self, by: Person, said: Decision, stale: bool, lax: bool, again: bool) -> None:
        before = self.review
        try:
            step = (correct if again else propose)(before, said, self.deed(by, stale=stale, lax=lax), self.shown())
        except Refused:
            return
        assert not stale
        assert before.settled if again else before.state in (ReviewState.OPEN, ReviewState.ASSIGNED)
        assert not before.assigned_to or by.same_as(before.assigned_to)
        self.take(step, by)

    @rule(by=PEOPLE)
    def agrees(self, by: Person) -> None:
        self.seconds(by, agree=True, note="", stale=False)

    @rule(by=PEOPLE, agree=st.booleans(), note=st.sampled_from(["", "No."]), stale=st.booleans())
    def answers(self, by: Person, agree: bool, note: str, stale: bool) -> None:
        self.seconds(by, agree, note, stale)

    def seconds(self, by: Person, agree: bool, note: str, stale: bool) -> None:
        before = self.review
        try:
            step = second(before, self.deed(by, stale=stale), self.shown(), agree=agree, note=note)
        except Refused:
            return
        assert before.proposed_by is not None
        self.take(step, before.proposed_by, by)

    @rule(by=PEOPLE, reason=st.sampled_from(["", "Wrong."]), lax=st.booleans())
    def withdraws(self, by: Person, reason: str, lax: bool) -> None:
        try:
            step = withdraw(self.review, reason, self.deed(by, lax=lax), self.shown())
        except Refused:
            return
        self.take(step, by)

    @rule(by=PEOPLE, to=PEOPLE, lead=st.booleans(), back=st.booleans())
    def assigns(self, by: Person, to: Person, lead: bool, back: bool) -> None:
        deed = self.deed(by, lead)
        try:
            self.take(release(self.review, deed) if back else assign(self.review, to, deed), by)
        except Refused:
            return

    @rule(by=PEOPLE, minutes=st.integers(-5, 500), priority=st.sampled_from(list(Priority)))
    def schedules(self, by: Person, minutes: int, priority: Priority) -> None:
        deed = self.deed(by)
        try:
            self.take(schedule(self.review, at(self.clock + minutes), priority, deed), by)
        except Refused:
            return

    @rule(by=PEOPLE)
    def takes_back(self, by: Person) -> None:
        try:
            self.take(retract(self.review, self.deed(by)), by)
        except Refused:
            return

    @rule()
    def comes_back(self) -> None:
        self.review = reopen(self.review, reason="A new check disagrees.")

    @invariant()
    def J4_no_path_refutes_without_two_people_and_a_contradiction(self) -> None:
        classes = {item.evidence_id: item.evidence_class for item in STORED}
        for verdict, (first, other) in zip(self.verdicts, self.acted, strict=True):
            assert all(citation.evidence_id in classes for citation in verdict.citations)
            if verdict.rating in REFUTING:
                assert other is not None
                assert first.person_id.lower() != other.person_id.lower()
                assert any(
                    c.stance is Stance.CONTRADICTS and classes[c.evidence_id] is EvidenceClass.REAL_TIME_SOURCE
                    for c in verdict.citations
                )

    @invariant()
    def what_stands_follows_from_the_steps(self) -> None:
        assert [each.version for each in self.verdicts] == list(range(1, len(self.verdicts) + 1))
        assert self.review.verdict_version == len(self.verdicts)
        assert (self.review.state is ReviewState.PROPOSED) == (
            self.review.proposed_by is not None and not self.review.settled and self.review.decision is not None
            and self.review.state is not ReviewState.OPEN and self.review.state is not ReviewState.ASSIGNED
        )  # fmt: skip
        if self.review.settled:
            assert self.verdicts
            last = self.verdicts[-1].rating is Rating.WITHDRAWN
            assert last == (self.review.state is ReviewState.WITHDRAWN)
        if self.review.state is ReviewState.ASSIGNED:
            assert self.review.assigned_to


TestReviewPaths = ReviewPaths.TestCase
TestReviewPaths.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
