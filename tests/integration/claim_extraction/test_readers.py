"""What readers point at and send in takes the same way as what the model finds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from plumbline.events.v1 import claim_pb2, comment_pb2, request_pb2

from services.claim_extraction import store
from services.claim_extraction.model import Subject, dismiss_claim
from shared.events import Version
from tests.builders import events
from tests.integration.claim_extraction.newsdesk import Newsdesk

pytestmark = pytest.mark.postgres

ARTICLE, COMMENT, REQUEST = "plumbline.article.v1", "plumbline.comment.v1", "plumbline.request.v1"
WORDS = "Taxes rose by 12 per cent in 2021. Nobody was hurt\nin the fire. It was a good day."
POINTED = "Nobody was hurt in the fire."


def tip(words: str = POINTED, number: int = 1, counter: int = 1, **changed: Any) -> comment_pb2.Tip:
    return comment_pb2.Tip(
        tip_id=str(UUID(int=number)),
        site_id=events.SITE,
        article_id=events.ARTICLE,
        version=events.version(counter),
        text=words,
        **changed,
    )


def by_readers(sheet: claim_pb2.ClaimSheet) -> list[claim_pb2.Claim]:
    return [claim for claim in sheet.claims if claim.origin == claim_pb2.CLAIM_ORIGIN_READER]


async def test_words_a_reader_points_at_become_a_claim_where_they_stand(desk: Newsdesk) -> None:
    await desk.hear(ARTICLE, events.article(words=WORDS))
    before = await desk.newest(events.ARTICLE)
    assert not by_readers(before)
    await desk.hear(COMMENT, tip())
    after = await desk.newest(events.ARTICLE)
    (claim,) = by_readers(after)
    assert claim.text == "Nobody was hurt\nin the fire."
    assert WORDS[claim.anchors[0].start : claim.anchors[0].end] == claim.text
    assert claim.state == claim_pb2.CLAIM_STATE_ACTIVE
    assert not claim.HasField("check_worthiness")
    assert after.article_version == before.article_version
    assert after.version.counter > before.version.counter
    assert after.url == before.url
    assert after.visibility == claim_pb2.VISIBILITY_PUBLIC


async def test_a_tip_before_its_article_waits_for_it(desk: Newsdesk) -> None:
    await desk.hear(COMMENT, tip())
    assert await desk.told() == []
    await desk.hear(ARTICLE, events.article(words=WORDS))
    assert [claim.text for claim in by_readers(await desk.newest(events.ARTICLE))] == ["Nobody was hurt\nin the fire."]


async def test_words_that_stand_nowhere_or_are_a_claim_already_change_nothing(desk: Newsdesk) -> None:
    await desk.hear(ARTICLE, events.article(words=WORDS))
    for number, words in enumerate(
        ("Taxes rose by 12 per cent in 2021.", "Somebody was hurt.", "hurt", "obody was hurt")
    ):
        await desk.hear(COMMENT, tip(words, number))
    assert len(await desk.told()) == 1


async def test_a_claim_that_was_dismissed_stays_dismissed_whoever_points_at_it(desk: Newsdesk) -> None:
    await desk.hear(ARTICLE, events.article(words=WORDS))
    await desk.hear(COMMENT, tip())
    (claim,) = by_readers(await desk.newest(events.ARTICLE))
    async with desk.running.resources.outbox.transaction() as tx:
        held = await store.held(tx, events.ARTICLE, events.SITE)
        sheet = dismiss_claim(held.sheet, claim.claim_id, because="nothing to check", by="Ann")
        sheet, about = replace(sheet, version=Version(1, 9)), Subject(events.ARTICLE, events.SITE)
        await store.save(tx, sheet, about, held.reading, held.told)
    await desk.hear(COMMENT, tip(number=2))
    await desk.hear(ARTICLE, events.article(2, words=WORDS + " More follows."))
    states = {each.text: each.state for each in (await desk.newest(events.ARTICLE)).claims}
    assert states["Nobody was hurt\nin the fire."] == claim_pb2.CLAIM_STATE_DISMISSED


async def test_a_tip_taken_back_leaves_no_words_and_no_claim(desk: Newsdesk) -> None:
    await desk.hear(ARTICLE, events.article(words=WORDS))
    await desk.hear(COMMENT, tip())
    await desk.hear(COMMENT, tip("", counter=2, withdrawn=True))
    assert not by_readers(await desk.newest(events.ARTICLE))
    assert await desk.db.fetchval("SELECT string_agg(words, '') FROM tip") == ""
    await desk.hear(COMMENT, tip(counter=1))
    assert not by_readers(await desk.newest(events.ARTICLE)), "an older state of the tip brings nothing back"


async def test_a_tip_on_another_sites_article_is_set_aside(desk: Newsdesk) -> None:
    await desk.hear(ARTICLE, events.article(words=WORDS))
    stray = tip()
    stray.site_id = str(UUID(int=5))
    await desk.hear(COMMENT, stray)
    assert len(await desk.told()) == 1
    assert await desk.db.fetchval("SELECT count(*) FROM dead_letter") == 1


def check_request(text: str = "The bridge cost 40 million euros.", **changed: Any) -> request_pb2.CheckRequest:
    asked = request_pb2.CheckRequest(
        request_id=str(UUID(int=3)), site_id=events.SITE, version=events.version(1), text=text, **changed
    )
    asked.requested_at.FromDatetime(events.WHEN)
    return asked


async def test_S9_a_readers_claim_becomes_a_subject_no_public_page_shows(desk: Newsdesk) -> None:
    for _ in range(2):
        await desk.hear(REQUEST, check_request(claimant="Ada Holm", url="https://example.org/post"))
    (sheet,) = await desk.told()
    assert (sheet.kind, sheet.visibility) == (claim_pb2.SUBJECT_KIND_CLAIM, claim_pb2.VISIBILITY_OWNER)
    assert (sheet.article_id, sheet.owner, sheet.url) == ("", "", "https://example.org/post")
    (claim,) = sheet.claims
    assert claim.origin == claim_pb2.CLAIM_ORIGIN_READER
    assert claim.attribution.source_name == "Ada Holm"
    assert [quantity.value for quantity in claim.quantities] == [40_000_000]
    assert not (await (await desk.partner()).listed()).claims, "a reader's claim is no partner's"


@pytest.mark.parametrize("text", ["", " \x00 ", "x" * 2_001])
async def test_a_readers_claim_without_words_or_with_too_many_is_set_aside(desk: Newsdesk, text: str) -> None:
    await desk.hear(REQUEST, check_request(text))
    assert await desk.told() == []
    assert await desk.db.fetchval("SELECT count(*) FROM dead_letter") == 1
