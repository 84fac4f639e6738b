"""Evidence people bring is judged at once: for the claim it was put before, and for no other it does not touch."""

from __future__ import annotations

from typing import Any

import pytest
from plumbline.events.v1 import claim_pb2
from plumbline.staff.v1 import review_service_pb2 as pb

from services.verification import rechecks, review_sources, runs
from services.verification.model import Abstention, Outcome, Rating, Stage
from shared.local.site_server import SiteServer
from tests.integration.verification.all_jobs import run_all
from tests.integration.verification.room import Room
from tests.integration.verification.test_checks import RIGHT_DEPTH, WRONG_DEPTH
from tests.integration.verification.test_rechecks import article, checked_again, outcome_of
from tests.integration.verification.test_runs import WRECK

pytestmark = pytest.mark.postgres

WORDS = (
    "The wreck of the Marianne was surveyed in 1998 from the Northlight. "
    "The wreck of the Marianne lies at a depth of 3,800 metres, the log says."
)


async def two_articles(room: Room, words: str, *, links: tuple[str, ...] = ()) -> tuple[Any, Any]:
    """The same claim in two articles, both checked."""
    first, second = article(room, "first", words, links=links), article(room, "second", words, links=links)
    for sheet in (first, second):
        await room.hear(sheet)
    await run_all(room)
    return first, second


async def the_outcome(room: Room, sheet: claim_pb2.ClaimSheet) -> Outcome:
    (outcome,) = (await outcome_of(room, sheet)).values()
    return outcome


async def add(room: Room, sheet: claim_pb2.ClaimSheet, **way: Any) -> Any:
    return await room.staff("AddSource", pb.AddSourceRequest(claim_id=sheet.claims[0].claim_id, **way))


async def test_J11_words_somebody_typed_re_check_the_claim_they_were_put_before_and_no_other(room: Room) -> None:
    first, second = await two_articles(room, WRONG_DEPTH)
    assert (await the_outcome(room, first)).abstention_code is Abstention.NOTHING_FOUND
    typed = pb.TypedSource(title="Log of the Northlight", publisher="Sea Archive", words=WORDS)
    added = await add(room, first, typed=typed)
    assert await run_all(room) == {rechecks.CHANGE: 1, rechecks.SUBJECT: 1, runs.CHECK: 1}
    assert await checked_again(room) == [first.claims[0].claim_id]
    now = await the_outcome(room, first)
    assert now.abstention_code is Abstention.CONTRADICTION_NEEDS_PEOPLE
    assert {each.evidence_id for each in now.citations} == {added.evidence_id}
    looked = next(each for each in now.stages if each.stage is Stage.RETRIEVAL)
    assert "1 put before it by people" in looked.detail
    assert (await the_outcome(room, second)).abstention_code is Abstention.NOTHING_FOUND
    await add(room, first, typed=typed)
    assert not await run_all(room), "what stands there already changes nothing"


async def test_J11_a_page_somebody_adds_is_judged_once_it_was_fetched(room: Room) -> None:
    first, second = await two_articles(room, RIGHT_DEPTH)
    await add(room, first, url=room.base_url + WRECK)
    ran = await run_all(room)
    assert ran == {review_sources.FETCH: 1, rechecks.CHANGE: 1, rechecks.SUBJECT: 1, runs.CHECK: 1}
    assert (await the_outcome(room, first)).rating is Rating.SUPPORTED
    assert (await the_outcome(room, second)).rating is None


async def test_J11_an_added_page_that_says_something_else_now_touches_every_claim_that_rests_on_it(
    room: Room, web: SiteServer
) -> None:
    first, second = await two_articles(room, RIGHT_DEPTH, links=(WRECK,))
    page = web.folder / "sources" / "wreck.html"
    page.write_text(page.read_text().replace("3,800 metres", "3,100 metres"))
    await web.stop()
    await web.start()
    await add(room, first, url=room.base_url + WRECK)
    await run_all(room)
    for sheet in (first, second):
        assert (await the_outcome(room, sheet)).abstention_code is Abstention.CONTRADICTION_NEEDS_PEOPLE


async def test_what_could_not_be_fetched_or_read_touches_no_claim(room: Room) -> None:
    first, _ = await two_articles(room, RIGHT_DEPTH)
    await add(room, first, url=room.base_url + "/sources/not-there.html")
    assert await run_all(room) == {review_sources.FETCH: 1}


async def test_J5_an_own_analysis_somebody_adds_is_labelled_and_contradicts_nothing_alone(room: Room) -> None:
    first, _ = await two_articles(room, WRONG_DEPTH)
    typed = pb.TypedSource(title="Our survey", publisher="Research desk", words=WORDS)
    await add(room, first, typed=typed, own_analysis=True)
    await run_all(room)
    now = await the_outcome(room, first)
    assert now.rating is None
    assert now.abstention_code is not Abstention.CONTRADICTION_NEEDS_PEOPLE
