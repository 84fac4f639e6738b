"""The staff door's operations on a claim: taken, scheduled, corrected, withdrawn, found again; each with a wrong input."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import fact_check_pb2, verdict_pb2
from plumbline.staff.v1 import review_service_pb2 as pb

from services.verification.store.audit import verify_audit
from shared.errors import Conflict, NotFound, Refused
from shared.grpc import Person
from shared.ids import derived_id
from tests.builders import events as make
from tests.integration.verification.room import ANN, BEN, Room
from tests.integration.verification.test_checks import COST, SOUND, WRONG_DEPTH
from tests.integration.verification.test_people import refute
from tests.integration.verification.test_runs import SOUND_PAGE, WRECK

pytestmark = pytest.mark.postgres

LEAD = Person("11111111-0000-7000-8000-000000000009", "Lea Lead", frozenset({"reviewer", "admin"}), ANN.site_id)


async def step(room: Room, words: str, method: str, person: Person = ANN, **said: Any) -> Any:
    """One step on the version of the review that stands."""
    said.setdefault("version", (await room.review(words, person)).version)
    request = getattr(pb, f"{method}Request")(claim_id=make.claim_id(words), **said)
    return await room.staff(method, request, person)


async def test_a_claim_is_taken_kept_from_others_and_released(room: Room) -> None:
    await room.check(room.sheet(1, SOUND, links=(SOUND_PAGE,)))
    taken = await step(room, SOUND, "AssignReview")
    assert (taken.state, taken.assigned_name, taken.version) == ("assigned", "Ann Reviewer", 2)
    with pytest.raises(Conflict, match="Ann Reviewer has this claim") as refused:
        await room.propose(SOUND, BEN, rating="supported")
    assert refused.value.field == "assignee"
    with pytest.raises(Refused, match="desk lead"):
        await step(room, SOUND, "AssignReview", assignee_id=BEN.person_id, assignee_name=BEN.name)
    given = await step(room, SOUND, "AssignReview", LEAD, assignee_id=BEN.person_id, assignee_name=BEN.name)
    assert given.assigned_to == BEN.person_id
    with pytest.raises(Conflict):
        await step(room, SOUND, "ReleaseReview", ANN)
    assert (await step(room, SOUND, "ReleaseReview", BEN)).state == "open"
    acts = [(each.act, each.person) for each in (await room.review(SOUND)).acts]
    assert acts == [("release", "Ben Reviewer"), ("assign", "Lea Lead"), ("take", "Ann Reviewer")]


async def test_due_times_and_priorities_order_the_list_and_hide_nothing(room: Room) -> None:
    words = [SOUND, WRONG_DEPTH, COST]
    await room.check(room.sheet(1, *words, links=(WRECK, SOUND_PAGE)))
    due = Timestamp()
    due.FromDatetime(room.resources.clock.now() + timedelta(hours=2))
    await step(room, COST, "ScheduleReview", due_at=due, priority="urgent")
    by_priority = [each.claim_text for each in (await room.reviews(order="priority")).reviews]
    assert by_priority[0] == COST
    assert sorted(by_priority) == sorted(words)
    assert (await room.reviews(order="due")).reviews[0].claim_text == COST
    assert [each.claim_text for each in (await room.reviews(least_priority="high")).reviews] == [COST]
    assert list((await room.reviews(overdue=True)).reviews) == []
    await room.resources.db.execute("UPDATE review SET due_at = now() - interval '1 hour' WHERE priority = 3")
    assert [each.claim_text for each in (await room.reviews(overdue=True)).reviews] == [COST]
    with pytest.raises(Refused) as refused:
        await step(room, COST, "ScheduleReview", priority="at once")
    assert refused.value.field == "priority"
    past = Timestamp(seconds=1)
    with pytest.raises(Refused) as refused:
        await step(room, SOUND, "ScheduleReview", priority="low", due_at=past)
    assert refused.value.field == "due_at"
    for order in ("due", "priority", "oldest"):
        assert sorted(await in_pages(room, order=order)) == sorted(words)


async def in_pages(room: Room, **asked: Any) -> list[str]:
    listed, token = [], ""
    while True:
        page = await room.reviews(page_size=1, page_token=token, **asked)
        listed += [each.claim_text for each in page.reviews]
        token = page.next_page_token
        if not token:
            return listed


async def test_lists_are_narrowed_by_person_words_and_article(room: Room) -> None:
    await room.check(room.sheet(1, SOUND, WRONG_DEPTH, links=(WRECK, SOUND_PAGE)))
    await step(room, SOUND, "AssignReview")
    mine = await room.reviews(assignee="me")
    assert [each.claim_text for each in mine.reviews] == [SOUND]
    assert [each.claim_text for each in (await room.reviews(assignee="nobody")).reviews] == [WRONG_DEPTH]
    assert list((await room.reviews(BEN, assignee="me")).reviews) == []
    assert [each.claim_text for each in (await room.reviews(query="MARIANNE")).reviews] == [WRONG_DEPTH]
    assert len((await room.reviews(query="deep sea in numbers")).reviews) == 2
    assert list((await room.reviews(query="%")).reviews) == []
    assert len((await room.reviews(article_id=make.ARTICLE)).reviews) == 2
    assert list((await room.reviews(article_id="other")).reviews) == []
    wrongs: tuple[dict[str, Any], ...] = (
        {"state": "lost"},
        {"order": "random"},
        {"least_priority": "x"},
        {"query": "x" * 201},
    )
    for wrong in wrongs:
        with pytest.raises(Refused) as refused:
            await room.reviews(**wrong)
        assert refused.value.field == next(iter(wrong))


async def test_J15_what_the_machine_decided_and_what_the_article_dropped_is_listed_too(room: Room) -> None:
    await room.check(room.sheet(1, SOUND, WRONG_DEPTH, links=(WRECK, SOUND_PAGE)))
    await room.resources.db.execute("DELETE FROM review WHERE claim_id = $1", make.claim_id(SOUND))
    (alone,) = (await room.reviews(state="machine")).reviews
    assert (alone.claim_text, alone.state, alone.version) == (SOUND, "machine", 0)
    await room.hear(room.sheet(2, SOUND))
    assert [each.claim_text for each in (await room.reviews(state="open")).reviews] == []
    everything = {each.claim_text: each.claim_state for each in (await room.reviews(state="all")).reviews}
    assert everything[SOUND] == "active"
    assert (await room.review(SOUND)).state == "machine"
    decided = await room.propose(SOUND, ANN, rating="supported")
    assert decided.state == "decided"


async def test_a_correction_after_publication_is_a_new_version_with_its_reason(room: Room) -> None:
    await room.check(room.sheet(1, SOUND, links=(SOUND_PAGE,)))
    await room.propose(SOUND, ANN, rating="supported")
    with pytest.raises(Conflict, match="cannot decide it") as refused:
        await step(room, SOUND, "ProposeDecision", rating="mixed", explanation="x", note="x")
    assert refused.value.field == "state"
    citations = list((await room.review(SOUND)).citations)
    said = {"rating": "mostly_supported", "explanation": "Nearly so.", "citations": citations}
    with pytest.raises(Refused) as unexplained:
        await step(room, SOUND, "CorrectDecision", BEN, **said)
    assert unexplained.value.field == "note"
    corrected = await step(room, SOUND, "CorrectDecision", BEN, note="It depends on temperature.", **said)
    assert corrected.state == "corrected"
    versions = [(each.version, each.rating, each.note) for each in corrected.verdicts]
    assert versions == [(1, "supported", ""), (2, "mostly_supported", "It depends on temperature.")]
    outcome = (await room.sheets())[-1].outcomes[0]
    told = (outcome.rating, outcome.verdict_version, outcome.note)
    assert told == ("mostly_supported", 2, "It depends on temperature.")
    with pytest.raises(Refused, match="says already"):
        await step(room, SOUND, "CorrectDecision", BEN, note="Again.", **said)


async def test_a_withdrawal_takes_two_a_reason_and_reaches_the_archive(room: Room) -> None:
    await refute(room)
    with pytest.raises(Refused) as refused:
        await step(room, WRONG_DEPTH, "WithdrawDecision", note="")
    assert refused.value.field == "note"
    asked = await step(room, WRONG_DEPTH, "WithdrawDecision", note="It was another ship.")
    assert (asked.state, asked.proposed_rating, asked.corrects) == ("proposed", "withdrawn", True)
    assert (await room.sheets())[-1].outcomes[0].rating == "refuted"
    done = await room.second(WRONG_DEPTH, BEN)
    assert (done.state, done.verdict_version) == ("withdrawn", 2)
    outcome = (await room.sheets())[-1].outcomes[0]
    assert (outcome.status, outcome.explanation) == (verdict_pb2.OUTCOME_STATUS_WITHDRAWN, "It was another ship.")
    told = (await room.told(fact_check_pb2.FactCheck))[-1]
    assert (told.withdrawn, told.rating) == (True, "withdrawn")
    with pytest.raises(Conflict, match="you cannot withdraw it now"):
        await step(room, WRONG_DEPTH, "WithdrawDecision", note="Again.")


async def test_what_two_people_said_one_person_cannot_turn_round(room: Room) -> None:
    await refute(room)
    review = await room.review(WRONG_DEPTH)
    said = {"rating": "not_enough_evidence", "explanation": "Not shown.", "note": "The page changed."}
    asked = await step(room, WRONG_DEPTH, "CorrectDecision", BEN, **said)
    assert asked.state == "proposed"
    assert (await room.outcomes())[WRONG_DEPTH].rating == "refuted"
    with pytest.raises(Conflict, match="Only who proposed"):
        await step(room, WRONG_DEPTH, "RetractProposal", ANN)
    back = await step(room, WRONG_DEPTH, "RetractProposal", BEN)
    assert (back.state, back.verdict_version, back.version) == ("decided", 1, review.version + 2)


async def test_J4_the_same_person_with_another_spelling_of_the_name_or_id_is_no_second(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    await room.propose(WRONG_DEPTH, ANN, rating="refuted")
    for other in (replace(ANN, name="Somebody Else"), replace(ANN, person_id=ANN.person_id.upper())):
        with pytest.raises(Conflict, match="second person"):
            await room.second(WRONG_DEPTH, other)
    assert (await room.outcomes())[WRONG_DEPTH].verdict_version == 0


async def test_every_step_refuses_a_version_that_is_not_the_present_one(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    await step(room, WRONG_DEPTH, "ScheduleReview", priority="high")
    steps: dict[str, dict[str, Any]] = {
        "AssignReview": {}, "ReleaseReview": {}, "ScheduleReview": {"priority": "low"}, "RetractProposal": {},
        "ProposeDecision": {"rating": "not_enough_evidence", "explanation": "x"},
        "CorrectDecision": {"rating": "mixed", "explanation": "x", "note": "x"},
        "WithdrawDecision": {"note": "x"}, "SecondDecision": {"agree": True},
    }  # fmt: skip
    for method, said in steps.items():
        with pytest.raises(Conflict) as refused:
            await step(room, WRONG_DEPTH, method, version=1, **said)
        assert refused.value.field == "version", method


async def test_a_claim_of_nobody_or_of_another_site_is_not_found(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    stranger = replace(ANN, site_id=derived_id("test", "another site"))
    for claim_id, person in (("nowhere", ANN), ("", ANN), (make.claim_id(WRONG_DEPTH), stranger)):
        with pytest.raises(NotFound):
            await room.staff("AssignReview", pb.AssignReviewRequest(claim_id=claim_id, version=1), person)
        with pytest.raises(NotFound):
            await room.staff("GetReview", pb.GetReviewRequest(claim_id=claim_id), person)


async def test_J12_every_act_of_a_person_is_in_the_audit(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    await step(room, WRONG_DEPTH, "AssignReview")
    await step(room, WRONG_DEPTH, "ScheduleReview", priority="high")
    await step(room, WRONG_DEPTH, "ReleaseReview")
    await room.propose(WRONG_DEPTH, ANN, rating="refuted")
    await step(room, WRONG_DEPTH, "RetractProposal")
    await room.propose(WRONG_DEPTH, ANN, rating="refuted")
    await room.second(WRONG_DEPTH, BEN, agree=False, note="Not this ship.")
    acts = await room.resources.db.fetch("SELECT entry::jsonb ->> 'act' AS act FROM audit ORDER BY seq")
    wanted = ["check", "take", "schedule", "release", "propose", "retract", "propose", "return"]
    assert [row["act"] for row in acts] == wanted
    assert await verify_audit(room.resources.db) is None
    whole = " ".join(row["entry"] for row in await room.resources.db.fetch("SELECT entry FROM audit"))
    assert not any(words in whole for words in ("Ann Reviewer", "Marianne", "Not this ship"))
