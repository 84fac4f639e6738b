"""The staff door: what waits, who decided, what stays written down."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import grpc
import grpc.aio
import pytest
from plumbline.events.v1 import comment_pb2
from plumbline.staff.v1 import moderation_service_pb2 as staff_pb2

from shared.ids import derived_id
from tests.builders.comments import comment_id, heard_article, heard_comment
from tests.integration.comment.desk import Desk

SPAM = "Click here, friend {n}, http://a.example http://b.example http://c.example"
OTHER_SITE = UUID("01900000-0000-7000-8000-000000000099")


def decision(name: str, *, publish: bool, note: str = "") -> staff_pb2.DecideCommentRequest:
    return staff_pb2.DecideCommentRequest(comment_id=str(comment_id(name)), publish=publish, note=note)


async def test_held_comments_are_listed_oldest_first_with_their_reasons_page_by_page(desk: Desk) -> None:
    await desk.hear(
        *(heard_comment(f"s{n}", SPAM.format(n=n), minute=n // 3) for n in range(11)), heard_comment("fine")
    )
    async with desk.moderator() as (stub, who):
        seen: list[staff_pb2.HeldComment] = []
        token = ""
        while True:
            page = await stub.ListHeldComments(
                staff_pb2.ListHeldCommentsRequest(page_size=4, page_token=token), metadata=who
            )
            seen += page.comments
            token = page.next_page_token
            if not token:
                break
    assert len(seen) == len({one.comment_id for one in seen}) == 11
    moments = [one.written_at.ToMicroseconds() for one in seen]
    assert moments == sorted(moments)
    assert seen[0].status == "held"
    assert "Click here" in seen[0].body_html
    assert any("3 links" in reason for reason in seen[0].reasons)


async def test_publishing_reaches_readers_and_is_written_down(desk: Desk) -> None:
    await desk.hear(heard_comment("a", SPAM.format(n=1)), heard_comment("b", parent="a"))
    assert (await desk.get()).json["count"] == 0
    async with desk.moderator() as (stub, who):
        decided = await stub.DecideComment(decision("a", publish=True, note=" fine by me "), metadata=who)
    assert decided.status == "published"
    page = (await desk.get()).json
    assert page["count"] == 2
    assert [reply["comment_id"] for reply in page["comments"][0]["replies"]] == [str(comment_id("b"))]
    told = (await desk.told_comments())[str(comment_id("a"))]
    assert told.status == comment_pb2.COMMENT_STATUS_PUBLISHED
    assert told.reasons
    assert await desk.told_count() == 2
    acts = await desk.running.resources.db.fetch(
        "SELECT person_id, act, status_before, status_after, note FROM moderation_act"
    )
    assert [tuple(act) for act in acts] == [("p-1", "publish", "held", "published", "fine by me")]


async def test_removing_takes_the_words_out_of_every_public_place_and_keeps_them_for_the_newsroom(desk: Desk) -> None:
    await desk.hear(heard_comment("a"), heard_comment("b", parent="a"))
    async with desk.moderator() as (stub, who):
        await stub.DecideComment(decision("a", publish=False), metadata=who)
    page = (await desk.get()).json
    assert (page["count"], page["comments"], page["next"]) == (0, [], None)
    assert (await desk.told_comments())[str(comment_id("a"))].body_html == ""
    assert await desk.told_count() == 0
    raw = await desk.running.resources.db.fetchval("SELECT raw FROM comment WHERE comment_id = $1", comment_id("a"))
    assert raw == "This is what a has to say."
    await desk.check_counts()


async def test_C8_a_decision_never_touches_the_words(desk: Desk) -> None:
    await desk.hear(heard_comment("a", SPAM.format(n=1)))
    db = desk.running.resources.db
    before = await db.fetchrow("SELECT raw, html, author_name, written_at FROM comment")
    async with desk.moderator() as (stub, who):
        for publish in (True, False, True):
            await stub.DecideComment(decision("a", publish=publish), metadata=who)
    assert await db.fetchrow("SELECT raw, html, author_name, written_at FROM comment") == before


async def test_deciding_the_same_twice_is_one_act(desk: Desk) -> None:
    await desk.hear(heard_comment("a", SPAM.format(n=1)))
    async with desk.moderator() as (stub, who):
        for _ in range(3):
            await stub.DecideComment(decision("a", publish=True), metadata=who)
    assert await desk.running.resources.db.fetchval("SELECT count(*) FROM moderation_act") == 1
    assert await desk.told_count() == 1


async def test_acts_can_be_neither_changed_nor_deleted(desk: Desk) -> None:
    await desk.hear(heard_comment("a", SPAM.format(n=1)))
    async with desk.moderator() as (stub, who):
        await stub.DecideComment(decision("a", publish=True), metadata=who)
    for statement in ("UPDATE moderation_act SET note = 'x'", "DELETE FROM moderation_act", "TRUNCATE moderation_act"):
        with pytest.raises(asyncpg.RaiseError):
            await desk.running.resources.db.execute(statement)


async def test_S8_another_sites_comments_are_not_found(desk: Desk) -> None:
    article = derived_id("their-article")
    theirs = [heard_comment(f"t{n}", SPAM.format(n=n), article_id=article, site=OTHER_SITE) for n in range(2)]
    await desk.hear(heard_article(article, site=OTHER_SITE), *theirs)
    async with desk.moderator() as (stub, who):
        assert not (await stub.ListHeldComments(staff_pb2.ListHeldCommentsRequest(), metadata=who)).comments
        for request in (
            decision("t0", publish=True),
            decision("nobody", publish=True),
            staff_pb2.DecideCommentRequest(comment_id="nonsense"),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub.DecideComment(request, metadata=who)
            assert caught.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("roles", [("reviewer",), ("admin", "reader")])
async def test_only_moderators_decide(desk: Desk, roles: tuple[str, ...]) -> None:
    await desk.hear(heard_comment("a", SPAM.format(n=1)))
    async with desk.moderator(*roles) as (stub, who):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.DecideComment(decision("a", publish=True), metadata=who)
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ListHeldComments(staff_pb2.ListHeldCommentsRequest(), metadata=[])
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert await desk.told_count() == 0


async def test_S7_bad_pages_and_notes_are_named(desk: Desk) -> None:
    await desk.hear(heard_comment("a", SPAM.format(n=1)))
    async with desk.moderator() as (stub, who):
        for request in (
            staff_pb2.ListHeldCommentsRequest(page_size=-1),
            staff_pb2.ListHeldCommentsRequest(page_token="x"),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub.ListHeldComments(request, metadata=who)
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.DecideComment(decision("a", publish=True, note="x" * 1_001), metadata=who)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
