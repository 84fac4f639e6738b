"""Readers point at words of the article: they are told while the comment is public, and taken back with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from plumbline.events.v1 import comment_pb2
from plumbline.staff.v1 import moderation_service_pb2 as staff_pb2

from services.claim_extraction.contract import tip as as_claim_extraction_reads_it
from services.comment.telling_again import comments as tell_comments_again
from shared.events import version_of
from tests.builders.comments import ARTICLE
from tests.integration.comment.desk import Desk

QUOTE = "The lamp was lit\n on 12 March 1891."
SPAM = "Click here: https://a.example https://b.example https://c.example"


async def moderate(desk: Desk, comment_id: str, *, publish: bool) -> None:
    async with desk.moderator() as (stub, who):
        await stub.DecideComment(staff_pb2.DecideCommentRequest(comment_id=comment_id, publish=publish), metadata=who)


async def test_words_a_public_comment_points_at_are_told_without_who_pointed(desk: Desk) -> None:
    values = {"name": "Wilma", "comment": "I doubt this year.", "quote": f"  {QUOTE}\n", "request_id": "r-1"}
    assert (await desk.post(values)).status == 201
    assert (await desk.post(values)).status == 200
    (tip,) = await desk.told_tips()
    assert (tip.text, tip.withdrawn, tip.article_id) == (QUOTE, False, str(ARTICLE))
    assert {field.name for field, _ in tip.ListFields()} == {
        "tip_id", "site_id", "article_id", "version", "text", "tipped_at",
    }  # fmt: skip
    assert as_claim_extraction_reads_it(tip).words == QUOTE
    assert "Wilma" not in str(tip)
    assert "quote" not in (await desk.get()).json["comments"][0]


async def test_a_comment_that_points_at_nothing_tells_no_tip(desk: Desk) -> None:
    await desk.post({"comment": "Nice.", "quote": " \n "})
    assert await desk.told_tips() == []


async def test_C4_words_of_a_held_comment_are_told_once_it_is_published_and_taken_back_when_it_is_removed(
    desk: Desk,
) -> None:
    held = (await desk.post({"comment": SPAM, "quote": QUOTE})).json
    assert held["status"] == "held"
    assert await desk.told_tips() == []
    await moderate(desk, held["comment_id"], publish=True)
    await moderate(desk, held["comment_id"], publish=False)
    given, taken_back = await desk.told_tips()
    assert (given.text, given.withdrawn) == (QUOTE, False)
    assert (taken_back.text, taken_back.withdrawn) == ("", True)
    assert taken_back.tip_id == given.tip_id == held["comment_id"]
    assert version_of(taken_back.version) > version_of(given.version)


async def test_C4_a_held_comment_that_is_removed_never_told_its_words(desk: Desk) -> None:
    held = (await desk.post({"comment": SPAM, "quote": QUOTE})).json
    await moderate(desk, held["comment_id"], publish=False)
    assert await desk.told_tips() == []


@pytest.mark.parametrize(
    ("quote", "reason"),
    [("lamp", "TOO_SHORT"), ("lit " * 600, "TOO_LONG"), ("the\x00 lamp", "INVALID_TEXT"), (7, "WRONG_TYPE")],
)
async def test_a_bad_quote_is_refused_by_name(desk: Desk, quote: Any, reason: str) -> None:
    answer = await desk.post({"comment": "Hm.", "quote": quote})
    assert (answer.status // 100, answer.json["reason"], answer.json["field"]) == (4, reason, "quote")
    assert await desk.told() == []


async def test_the_form_keeps_the_quote_and_names_what_is_wrong_with_it(desk: Desk) -> None:
    html = {"accept": "text/html"}
    page = await desk.post(data={"comment": "Hm.", "quote": "lamp"}, headers=html)
    assert page.status == 422
    assert b'id="comment-quote-error"' in page.body
    assert b"lamp</textarea>" in page.body
    assert (await desk.post(data={"comment": "Hm.", "quote": QUOTE}, headers=html)).status == 201
    assert [tip.text.split() for tip in await desk.told_tips()] == [QUOTE.split()]


async def test_another_quote_under_a_used_request_id_is_a_conflict(desk: Desk) -> None:
    await desk.post({"comment": "Hm.", "quote": QUOTE, "request_id": "r-1"})
    answer = await desk.post({"comment": "Hm.", "quote": "Other words.", "request_id": "r-1"})
    assert (answer.status, answer.json["field"]) == (409, "request_id")


async def test_D12_tips_are_told_again_as_they_stand(desk: Desk) -> None:
    standing = (await desk.post({"comment": "One.", "quote": QUOTE})).json["comment_id"]
    gone = (await desk.post({"comment": "Two.", "quote": QUOTE})).json["comment_id"]
    await moderate(desk, gone, publish=False)
    before = {tip.tip_id: tip for tip in await desk.told_tips()}
    await desk.running.resources.db.execute("TRUNCATE outbox")
    async with desk.running.resources.outbox.transaction() as unit:
        await tell_comments_again(unit, 2, "")
    after = {tip.tip_id: tip for tip in await desk.told_tips()}
    assert after.keys() == before.keys() == {standing, gone}
    for tip_id, tip in after.items():
        assert version_of(tip.version) > version_of(before[tip_id].version)
        assert (tip.text, tip.withdrawn) == (before[tip_id].text, before[tip_id].withdrawn)
    assert [after[each].withdrawn for each in (standing, gone)] == [False, True]
    assert all(isinstance(UUID(tip), UUID) for tip in after)
    assert isinstance(after[gone], comment_pb2.Tip)
