"""A claim sheet heard, checked by the job and told: each kind of outcome, from pages that were really fetched."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from plumbline.events.v1 import claim_pb2

from services.verification.model import Abstention, OutcomeStatus, Rating, Stage, StageStatus, Stance
from shared.local.site_server import SiteServer
from tests.integration.verification.room import Room, claim_review, jsonl

pytestmark = pytest.mark.postgres

MINUTE = timedelta(minutes=1)

WRONG_DEPTH = "The wreck of the Marianne lies at a depth of about 5,200 metres."
RIGHT_DEPTH = "The wreck of the Marianne lies at a depth of about 3,800 metres."
SOUND = "Sound travels through sea water at about 1,500 metres per second."
MAPPED = "Only five per cent of the ocean floor has been mapped."
EVEREST = "Mount Everest is 8,849 metres high."
COST = "The exhibition cost 2.4 million pounds."


async def archive(room: Room, folder: Path) -> None:
    base = room.base_url
    feed = jsonl(
        folder / "feed.json",
        claim_review(
            f"{base}/factchecks/ocean-floor.html", "Only 5 percent of the ocean floor has been mapped.", "Refuted", 1
        ),
        claim_review(f"{base}/factchecks/everest.html", "Mount Everest is 8,849 metres high.", "Supported", 5),
        claim_review(f"{base}/factchecks/higher.html", "Mount Everest is more than 9,000 metres high.", "Refuted", 1),
    )
    assert (await room.archive(feed))["new"] == 3


async def test_J4_a_number_that_a_source_contradicts_waits_for_people(room: Room) -> None:
    outcome = (await room.check(room.sheet(1, WRONG_DEPTH, links=("/sources/wreck.html",))))[WRONG_DEPTH]
    assert outcome.status is OutcomeStatus.NEEDS_REVIEW
    assert outcome.rating is None
    assert outcome.headline == "Contradicted by Wreck Survey Quarterly, awaiting review."
    assert outcome.abstention_code is Abstention.CONTRADICTION_NEEDS_PEOPLE
    (citation,) = outcome.citations
    assert citation.stance is Stance.CONTRADICTS
    assert "3,800 metres" in citation.exact
    (told,) = await room.sheets()
    assert told.outcomes[0].citations[0].exact == citation.exact
    assert [each.publisher for each in told.evidence] == ["Wreck Survey Quarterly"]
    assert told.evidence[0].published_at_source == "markup"


async def test_a_number_that_a_source_states_is_suggested_as_supported(room: Room) -> None:
    outcome = (await room.check(room.sheet(1, SOUND, links=("/sources/sound.html",))))[SOUND]
    assert (outcome.status, outcome.rating) == (OutcomeStatus.ASSESSED, Rating.SUPPORTED)
    assert "not yet reviewed" in outcome.headline


async def test_a_known_claim_carries_its_fact_check_with_words_of_its_page(room: Room, tmp_path: Path) -> None:
    await archive(room, tmp_path)
    outcomes = await room.check(room.sheet(1, MAPPED, EVEREST))
    mapped, everest = outcomes[MAPPED], outcomes[EVEREST]
    assert mapped.headline == "Contradicted by Northlight Fact Desk, awaiting review."
    assert mapped.rating is None
    assert (everest.status, everest.rating) == (OutcomeStatus.ASSESSED, Rating.SUPPORTED)
    assert everest.fact_check_id
    assert all(outcome.citations for outcome in outcomes.values())


async def test_that_somebody_said_it_is_held_against_no_fact_check_of_what_was_said(room: Room, tmp_path: Path) -> None:
    await archive(room, tmp_path)
    sheet = room.sheet(1, EVEREST, MAPPED)
    said = next(claim for claim in sheet.claims if claim.text == EVEREST)
    said.kind = claim_pb2.CLAIM_KIND_REPORT
    outcomes = await room.check(sheet)
    assert (outcomes[EVEREST].status, outcomes[EVEREST].fact_check_id) == (OutcomeStatus.NEEDS_REVIEW, "")
    held = await room.resources.db.fetch("SELECT claim_id FROM claim_vector UNION SELECT claim_id FROM claim_basis")
    assert [row["claim_id"] for row in held] == [claim.claim_id for claim in sheet.claims if claim is not said]


async def test_J8_a_fact_check_with_another_number_is_not_carried_over(room: Room, tmp_path: Path) -> None:
    feed = jsonl(
        tmp_path / "feed.json",
        claim_review(
            f"{room.base_url}/factchecks/x.html", "Mount Everest is more than 9,000 metres high.", "Refuted", 1
        ),
    )
    await room.archive(feed)
    outcome = (await room.check(room.sheet(1, EVEREST)))[EVEREST]
    assert outcome.rating is None
    assert outcome.citations == ()
    assert outcome.abstention_code is Abstention.DIFFERENT_CLAIM


async def test_J3_nothing_found_failed_and_not_asked_are_three_answers_and_none_rates(
    room: Room, web: SiteServer
) -> None:
    """A page that is gone for good is nothing; a server that does not answer is a failure."""
    looked = {}
    for number, links in enumerate([("/sources/garden.html",), ("/gone.html",), (), ("/sources/sound.html",)], start=1):
        words = COST.replace("2.4", f"2.{number}")
        if number == 4:
            await web.stop()
        outcome = (await room.check(room.sheet(number, words, links=links)))[words]
        assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, None)
        status = next(each.status for each in outcome.stages if each.stage is Stage.RETRIEVAL)
        looked[number] = (status, outcome.abstention_code)
    assert looked == {
        1: (StageStatus.NOTHING, Abstention.NOTHING_FOUND),
        2: (StageStatus.NOTHING, Abstention.NOTHING_FOUND),
        3: (StageStatus.NOT_ASKED, Abstention.NOTHING_FOUND),
        4: (StageStatus.FAILED, Abstention.LOOKUP_FAILED),
    }


async def test_J3_a_failed_lookup_is_tried_again_later_and_told_when_it_says_more(room: Room, web: SiteServer) -> None:
    await web.stop()
    await room.check(room.sheet(1, SOUND, COST, links=("/sources/sound.html",)))
    assert {each.abstention_code for each in (await room.outcomes()).values()} == {Abstention.LOOKUP_FAILED}
    (retry,) = await room.resources.db.fetch(
        "SELECT id, payload, execute_after > now() + $1 AS later FROM pgqueuer", MINUTE
    )
    assert retry["later"]
    await room.resources.db.execute("DELETE FROM page")  # as if the time had passed
    await room.run_job(retry)
    assert len(await room.sheets()) == 1  # still silent: nothing to tell
    await web.start()
    await room.resources.db.execute("DELETE FROM page")
    (retry,) = await room.queued()
    await room.run_job(retry)
    outcomes = await room.outcomes()
    assert outcomes[SOUND].rating is Rating.SUPPORTED
    assert outcomes[COST].abstention_code is Abstention.NOTHING_FOUND
    assert len(await room.sheets()) == 2
    assert await room.queued() == []
