"""Rounds of checks: what starts one, what ends one, and that nothing happens twice or too late."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from plumbline.events.v1 import claim_pb2, request_pb2, verdict_pb2

from services.verification import checks
from services.verification.model import Abstention, OutcomeStatus, Rating
from services.verification.model.subject import Subject
from services.verification.runs import GIVEN_UP
from shared.ids import derived_id
from tests.builders import events as make
from tests.integration.verification.room import ANN, Room
from tests.integration.verification.test_checks import COST, RIGHT_DEPTH, SOUND, WRONG_DEPTH

pytestmark = pytest.mark.postgres

MOST_STATEMENTS = 6
WRECK, SOUND_PAGE = "/sources/wreck.html", "/sources/sound.html"


def request(number: str = "r1") -> request_pb2.VerificationRequest:
    return request_pb2.VerificationRequest(
        request_id=number, site_id=make.SITE, article_id=make.ARTICLE, version=make.version(1)
    )


async def test_D4_a_sheet_heard_ten_times_is_checked_and_told_once(room: Room) -> None:
    await room.hear(room.sheet(1, SOUND, links=(SOUND_PAGE,)), times=10)
    assert await room.work() == 1
    assert len(await room.sheets()) == 1


async def test_D4_an_older_sheet_changes_nothing(room: Room) -> None:
    await room.check(room.sheet(2, SOUND, links=(SOUND_PAGE,)))
    before = await room.outcomes()
    await room.hear(room.sheet(1, COST))
    assert await room.work() == 0
    assert await room.outcomes() == before
    assert len(await room.sheets()) == 1


async def test_D4_a_newer_sheet_that_says_the_same_leaves_the_round_under_way_alone(room: Room) -> None:
    await room.hear(room.sheet(1, SOUND, COST, links=(SOUND_PAGE,)))
    await room.hear(room.sheet(2, SOUND, COST, links=(SOUND_PAGE,)))
    assert await room.work() == 1
    (told,) = await room.sheets()
    assert told.claims_version == make.version(2)
    await room.hear(room.sheet(3, SOUND, COST, links=(SOUND_PAGE,)))
    await room.hear(room.sheet(4, SOUND, links=(SOUND_PAGE,)))
    assert await room.work() == 0
    assert [sheet.claims_version for sheet in await room.sheets()] == [make.version(2), make.version(4)]


async def test_D4_a_newer_sheet_that_says_the_same_starts_a_round_where_one_was_lost(room: Room) -> None:
    await room.hear(room.sheet(1, SOUND, links=(SOUND_PAGE,)))
    await room.resources.db.execute("UPDATE subject SET run_started_at = run_started_at - $1::interval", GIVEN_UP)
    await room.hear(room.sheet(2, SOUND, links=(SOUND_PAGE,)))
    assert await room.work() == 2
    assert len(await room.sheets()) == 1


async def test_D4_every_order_of_sheets_and_requests_ends_in_the_same_outcomes(room: Room) -> None:
    ends = []
    for number, order in enumerate(permutations(range(3))):
        subject = str(derived_id("test", "subject", str(number)))
        events: list[Any] = [
            room.sheet(1, SOUND, COST, links=(SOUND_PAGE,)),
            room.sheet(2, SOUND, RIGHT_DEPTH, links=(WRECK,)),
            request(),
        ]
        for message in events:
            message.article_id = subject
            if isinstance(message, claim_pb2.ClaimSheet):
                message.subject_id = subject
                for claim in message.claims:
                    claim.claim_id += f"-{number}"
        for each in order:
            await room.hear(events[each])
        await room.work()
        rows = await room.resources.db.fetch(
            "SELECT c.text, c.state, o.status, o.body ->> 'rating' FROM claim c LEFT JOIN outcome o USING (claim_id)"
            " WHERE c.subject_id = $1 ORDER BY c.text",
            subject,
        )
        # a claim of a sheet that came too late was never known, which is the same as one that left
        ends.append([tuple(row) for row in rows if row["state"] == "active"])
    assert len(set(map(tuple, ends))) == 1
    assert len(ends[0]) == 2


async def test_J7_an_edit_keeps_unchanged_claims_and_checks_changed_words_anew(room: Room) -> None:
    first = await room.check(room.sheet(1, SOUND, WRONG_DEPTH, links=(SOUND_PAGE, WRECK)))
    second = room.sheet(2, SOUND, RIGHT_DEPTH, links=(SOUND_PAGE, WRECK))
    second.claims.append(make.claim(WRONG_DEPTH, state=claim_pb2.CLAIM_STATE_STALE))
    outcomes = await room.check(second)
    assert outcomes[SOUND] == first[SOUND]
    assert outcomes[WRONG_DEPTH].status is OutcomeStatus.WITHDRAWN
    assert outcomes[RIGHT_DEPTH].rating is Rating.SUPPORTED
    told = (await room.sheets())[-1]
    assert {each.claim_id for each in told.outcomes} == {make.claim_id(each) for each in outcomes}


async def test_J7_words_changed_under_the_same_id_lose_their_verdict_and_get_it_back_with_the_words(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    await room.propose(WRONG_DEPTH, rating="refuted")
    await room.second(WRONG_DEPTH)
    edited = room.sheet(2, WRONG_DEPTH, links=(WRECK,))
    edited.claims[0].text, edited.claims[0].text_hash = RIGHT_DEPTH, make.sha(RIGHT_DEPTH)
    changed = (await room.check(edited))[RIGHT_DEPTH]
    assert (changed.status, changed.rating) == (OutcomeStatus.ASSESSED, Rating.SUPPORTED)
    back = (await room.check(room.sheet(3, WRONG_DEPTH, links=(WRECK,))))[WRONG_DEPTH]
    assert (back.status, back.rating, back.reviewed_by) == (OutcomeStatus.VERDICT, Rating.REFUTED, "Ben Reviewer")


async def test_a_sheet_with_nothing_to_check_is_told_at_once(room: Room) -> None:
    await room.check(room.sheet(1, SOUND, COST))
    gone = room.sheet(2, SOUND)
    await room.hear(gone)
    assert await room.queued() == []
    told = (await room.sheets())[-1]
    assert [each.status for each in told.outcomes] == [
        verdict_pb2.OUTCOME_STATUS_NEEDS_REVIEW,
        verdict_pb2.OUTCOME_STATUS_WITHDRAWN,
    ]
    assert told.claims_version == make.version(2)


async def test_a_check_that_a_newer_sheet_overtook_is_dropped(room: Room) -> None:
    await room.hear(room.sheet(1, SOUND, links=(SOUND_PAGE,)))
    (old,) = await room.queued()
    await room.hear(room.sheet(2, SOUND, COST, links=(SOUND_PAGE,)))
    await room.run_job(old)
    assert await room.outcomes() == {}
    assert await room.sheets() == []
    assert await room.work() == 1
    assert set(await room.outcomes()) == {SOUND, COST}


async def test_J7_a_sheet_that_comes_while_its_check_runs_is_not_answered_by_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = room.sheet(2, WRONG_DEPTH, links=(WRECK,))
    edited.claims[0].text, edited.claims[0].text_hash = RIGHT_DEPTH, make.sha(RIGHT_DEPTH)
    checker: Any = room.service.jobs[0].handler
    checked = checker.__self__._check

    async def overtaken(subject: Subject) -> Any:
        found = await checked(subject)
        await room.hear(edited)
        return found

    await room.hear(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(checker.__self__, "_check", overtaken)
        await room.work()
    assert await room.outcomes() == {}
    assert await room.sheets() == []
    await room.work()
    assert (await room.outcomes())[RIGHT_DEPTH].rating is Rating.SUPPORTED


async def test_a_check_that_runs_twice_tells_once(room: Room) -> None:
    await room.hear(room.sheet(1, SOUND, links=(SOUND_PAGE,)))
    (job,) = await room.queued()
    await room.run_job(job, keep=True)
    await room.run_job(job)
    assert len(await room.sheets()) == 1
    assert await room.resources.db.fetchval("SELECT count(*) FROM assessment") == 1


async def test_verify_now_checks_every_claim_again_and_is_joined_while_it_runs(room: Room) -> None:
    await room.check(room.sheet(1, SOUND, COST, links=(SOUND_PAGE,)))
    for number in ("r1", "r2", "r3"):
        await room.hear(request(number))
    assert len(await room.queued()) == 1
    (progress,) = await room.told(verdict_pb2.VerdictProgress)
    assert (progress.done, progress.total) == (0, 2)
    await room.work()
    first, second = await room.sheets()
    assert second.version.counter == first.version.counter + 1
    assert second.run_id == progress.run_id
    assert await room.resources.db.fetchval("SELECT count(*) FROM assessment") == 4


async def test_verify_now_does_not_wait_for_a_round_that_was_lost(room: Room) -> None:
    await room.check(room.sheet(1, SOUND))
    await room.hear(request("r1"))
    await room.resources.db.execute("UPDATE subject SET run_started_at = run_started_at - $1::interval", GIVEN_UP)
    await room.hear(request("r2"))
    assert len(await room.queued()) == 2


async def test_a_request_for_an_article_not_heard_of_is_harmless(room: Room) -> None:
    await room.hear(request())
    assert await room.queued() == []
    assert set(await room.check(room.sheet(1, SOUND))) == {SOUND}


async def test_T5_no_message_takes_more_than_six_statements(room: Room) -> None:
    spent = []

    async def counted(message: claim_pb2.ClaimSheet | request_pb2.VerificationRequest) -> None:
        await room.hear(message)
        span = [s for s in room.observed.spans if s.name.startswith("process")][-1]
        spent.append(span.attributes["plumbline.db.statements"] if span.attributes else -1)

    await counted(room.sheet(1, SOUND, WRONG_DEPTH, links=(SOUND_PAGE, WRECK)))
    await room.work()
    await counted(request())
    await room.work()
    await room.propose(WRONG_DEPTH, ANN, rating="refuted")
    await room.second(WRONG_DEPTH)
    await counted(room.sheet(2, WRONG_DEPTH, links=(WRECK,)))
    await counted(room.sheet(1, SOUND))
    assert max(spent) <= MOST_STATEMENTS, spent
    assert min(spent) > 0


async def test_S8_a_sheet_cannot_take_over_the_subject_of_another_site(room: Room) -> None:
    await room.check(room.sheet(1, SOUND))
    foreign = room.sheet(2, COST)
    foreign.site_id = str(derived_id("test", "another site"))
    await room.hear(foreign)
    assert set(await room.outcomes()) == {SOUND}
    assert await room.resources.db.fetchval("SELECT count(*) FROM dead_letter") == 1


async def test_progress_is_told_at_most_once_a_second(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.hear(room.sheet(1, SOUND, COST, RIGHT_DEPTH, links=(SOUND_PAGE,)))
    await room.work()
    assert await room.told(verdict_pb2.VerdictProgress) == []  # over within the second
    monkeypatch.setattr(checks, "PROGRESS_SECONDS", 0.0)
    await room.hear(request())
    await room.work()
    told = await room.told(verdict_pb2.VerdictProgress)
    assert [(each.done, each.total) for each in told] == [(0, 3), (0, 3), (1, 3), (2, 3)]
    assert len({each.run_id for each in told}) == 1


async def test_J3_a_claim_whose_time_is_spent_is_not_judged_and_comes_back(room: Room) -> None:
    checker: Any = room.service.jobs[0].handler
    checker.__self__._claim_seconds = 0.0
    outcome = (await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,))))[WRONG_DEPTH]
    assert (outcome.rating, outcome.citations) == (None, ())
    assert outcome.abstention_code is Abstention.LOOKUP_FAILED
    assert len(await room.queued()) == 1
