"""Readers' doors: posting once, paging without skips or repeats, counts, bad input."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from plumbline.events.v1 import comment_pb2

from services.comment.app import SPEC
from shared.http import HttpDoor
from shared.ids import derived_id
from tests.builders.comments import ARTICLE, comment_id, heard_article, heard_comment
from tests.builders.markup import HOSTILE
from tests.integration.comment.desk import Desk

HTML = {"accept": "text/html,application/xhtml+xml"}


async def stored(desk: Desk) -> int:
    return int(await desk.running.resources.db.fetchval("SELECT count(*) FROM comment"))


async def test_a_comment_is_posted_and_read_back(desk: Desk) -> None:
    answer = await desk.post({"name": "  Wilma \n Okafor ", "comment": "I <3 the pier.\nReally.", "request_id": "r-1"})
    assert answer.status == 201
    assert answer.json["status"] == "published"
    page = (await desk.get()).json
    assert page["count"] == 1
    (one,) = page["comments"]
    assert (one["author_name"], one["anonymous"]) == ("Wilma Okafor", False)
    assert one["body_html"] == "<p>I &lt;3 the pier.<br>Really.</p>"
    assert one["comment_id"] == answer.json["comment_id"]
    assert await desk.told_count() == 1


async def test_a_reader_may_stay_anonymous(desk: Desk) -> None:
    await desk.post({"comment": "Nice."})
    (one,) = (await desk.get()).json["comments"]
    assert (one["author_name"], one["anonymous"]) == ("", True)


async def test_C1_the_same_form_sent_ten_times_is_one_comment(desk: Desk) -> None:
    values = {"comment": "Once is enough.", "request_id": "r-1"}
    answers = [await desk.post(values) for _ in range(5)]
    answers += await asyncio.gather(*(desk.post(values) for _ in range(5)))
    assert [a.status for a in answers] == [201] + [200] * 9
    assert len({a.json["comment_id"] for a in answers}) == 1
    assert await stored(desk) == 1
    assert await desk.told_count() == 1


async def test_C1_ten_twins_at_once_are_one_comment(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.post({"comment": "At once.", "request_id": "r-2"}) for _ in range(10)))
    assert sorted(a.status for a in answers) == [200] * 9 + [201]
    assert await stored(desk) == 1


async def test_other_words_under_the_same_request_id_are_a_conflict_and_lost_by_nobody(desk: Desk) -> None:
    await desk.post({"comment": "First.", "request_id": "r-1"})
    answer = await desk.post({"comment": "Second.", "request_id": "r-1"})
    assert (answer.status, answer.json["field"]) == (409, "request_id")
    page = await desk.post(data={"comment": "Second.", "request_id": "r-1"}, headers=HTML)
    assert page.status == 409
    assert b"Second.</textarea>" in page.body
    assert b'name="request_id" value=""' in page.body


async def test_the_form_needs_no_javascript(desk: Desk) -> None:
    form = {"name": "Wilma", "comment": "From the form.", "request_id": "r-1", "parent_id": ""}
    answer = await desk.post(data=form, headers=HTML)
    assert answer.status == 201
    page = answer.body.decode()
    assert "Your comment is published" in page
    assert "Saltmere Courier" in page
    assert f"/articles/{ARTICLE}#comment-" in page
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    stylesheet = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert (await desk.request("GET", stylesheet)).status == 200


async def test_C4_a_held_comment_says_so_to_its_writer_and_is_seen_by_nobody(desk: Desk) -> None:
    answer = await desk.post({"comment": "Click here, all of you."})
    assert (answer.status, answer.json["status"]) == (202, "held")
    page = await desk.post(data={"comment": "Click  here, all of us."}, headers=HTML)
    assert page.status == 202
    assert "Somebody from the newsroom reads it" in page.body.decode()
    assert (await desk.get()).json == {"article_id": str(ARTICLE), "count": 0, "comments": [], "next": None}
    assert all(not m.body_html for m in (await desk.told_comments()).values())
    assert await desk.told_count() == 0


async def test_a_reply_hangs_under_its_root(desk: Desk) -> None:
    root = (await desk.post({"comment": "Root."})).json["comment_id"]
    first = (await desk.post({"comment": "Reply.", "parent": root})).json["comment_id"]
    await desk.post({"comment": "Reply to the reply.", "parent_id": first})
    (one,) = (await desk.get()).json["comments"]
    assert one["replies_count"] == 2
    assert [reply["parent_id"] for reply in one["replies"]] == [root, first]
    assert {m.root_id for m in (await desk.told_comments()).values()} == {root}


async def test_a_reply_needs_a_comment_that_readers_can_see(desk: Desk) -> None:
    other = derived_id("other-article")
    await desk.hear(heard_article(other), heard_comment("far", article_id=other))
    held = (await desk.post({"comment": "Click here."})).json["comment_id"]
    for parent in (held, str(comment_id("far")), str(comment_id("nobody"))):
        answer = await desk.post({"comment": "Reply.", "parent": parent})
        assert (answer.status, answer.json["field"]) == (422, "parent")


@pytest.mark.parametrize(
    ("values", "status", "field"),
    [
        ({}, 422, "comment"),
        ({"comment": " \n "}, 422, "comment"),
        ({"comment": 7}, 422, "comment"),
        ({"comment": "x" * 5_001}, 422, "comment"),
        ({"comment": "x", "name": "n" * 81}, 422, "name"),
        ({"comment": "x", "name": ["n"]}, 422, "name"),
        ({"comment": "x", "parent": "nonsense"}, 422, "parent"),
        ({"comment": "x", "request_id": "ä"}, 422, "request_id"),
        ({"comment": "x", "request_id": "x" * 101}, 422, "request_id"),
        ({"comment": "a\x00b"}, 400, "comment"),
        ({"comment": "a\ud800b"}, 400, "comment"),
    ],
)
async def test_S7_a_bad_field_is_named_and_nothing_is_written(
    desk: Desk, values: dict[str, Any], status: int, field: str
) -> None:
    answer = await desk.post(values)
    assert (answer.status, answer.json["field"]) == (status, field)
    assert await stored(desk) == 0
    assert (await desk.post({"comment": "A good one."})).status == 201


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"\xff", "application/json"),
        (b"comment=x", "text/plain"),
        (b"comment=x", ""),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="comment"; filename="a.txt"\r\n\r\nx\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"comment=%00", "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=x" % n for n in range(50)), "application/x-www-form-urlencoded"),
    ],
)
async def test_S7_what_is_no_form_is_refused(desk: Desk, body: bytes, content_type: str) -> None:
    answer = await desk.post(data=body, headers={"content-type": content_type})
    assert 400 <= answer.status < 500, answer.body
    assert await stored(desk) == 0


async def test_S7_a_form_with_an_error_comes_back_with_every_word_kept(desk: Desk) -> None:
    answer = await desk.post(data={"name": "x" * 81, "comment": "My <b>words</b>", "request_id": "r-1"}, headers=HTML)
    assert answer.status == 422
    page = answer.body.decode()
    assert "My &lt;b&gt;words&lt;/b&gt;</textarea>" in page
    assert 'name="request_id" value="r-1"' in page
    assert "A name has at most 80 characters." in page


@pytest.mark.parametrize("article", [str(derived_id("unheard")), "nonsense", "%00"])
async def test_an_unknown_article_is_a_404(desk: Desk, article: str) -> None:
    assert (await desk.request("GET", f"/articles/{article}/comments")).status in {400, 404}
    assert (await desk.request("POST", f"/articles/{article}/comments", json={"comment": "x"})).status in {400, 404}


async def test_C7_no_payload_survives_the_form(desk: Desk) -> None:
    for at, payload in enumerate(HOSTILE):
        answer = await desk.post(
            data={"comment": payload, "name": payload[:80].replace("\x01", ""), "request_id": f"r{at}"}, headers=HTML
        )
        assert answer.status in {201, 202}, payload
        assert payload not in answer.body.decode() or "<" not in payload
    rows = await desk.running.resources.db.fetch("SELECT raw, html FROM comment")
    assert {row["raw"] for row in rows} == {payload.strip() for payload in HOSTILE}
    for row in rows:
        for tag in (piece.partition(">")[0] for piece in row["html"].split("<")[1:]):
            assert tag in {"p", "/p", "br", "/a"} or tag.startswith(('a href="http', "a rel=")), row["html"]


async def test_C10_address_and_agent_are_hashed_before_they_are_kept(desk: Desk) -> None:
    for agent in ("CanaryBrowser/1", "CanaryBrowser/1", "Other/2"):
        await desk.post({"comment": f"Words for {agent[:3]} {agent[-1]}."}, headers={"user-agent": agent})
    db = desk.running.resources.db
    dump = []
    for row in await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        dump += [repr(tuple(found)) for found in await db.fetch(f'SELECT * FROM "{row[0]}"')]
    dump.append(desk.observed.log.getvalue() + "".join(span.to_json() for span in desk.observed.spans))
    assert "CanaryBrowser" not in "".join(dump)
    assert "127.0.0.1" not in "".join(line for line in dump if "moderat" not in line and "net." not in line)
    keys = [r[0] for r in await db.fetch("SELECT author_key FROM comment ORDER BY written_at")]
    assert keys[0] == keys[1] != keys[2]


@pytest_asyncio.fixture
async def strict(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The same service, three comments a minute."""
    monkeypatch.setenv("PLUMBLINE_COMMENT_PER_MINUTE", "3")
    service = SPEC.build(SPEC.settings(), desk.running.resources)
    http = HttpDoor(service.routes, host="127.0.0.1", port=0, telemetry=desk.running.resources.telemetry)
    await http.start()
    try:
        yield Desk(desk.running, http, desk.staff, desk.client, desk.observed)
    finally:
        await http.stop(1.0)


async def test_too_many_comments_of_one_reader_are_a_429_and_keep_the_words(strict: Desk) -> None:
    for n in range(3):
        assert (await strict.post({"comment": f"Number {n}.", "request_id": f"r{n}"})).status == 201
    answer = await strict.post({"comment": "Number 3.", "request_id": "r3"})
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) >= 1
    page = await strict.post(data={"comment": "Number 3.", "request_id": "r3"}, headers=HTML)
    assert page.status == 429
    assert int(page.headers["retry-after"]) >= 1
    assert b"Number 3.</textarea>" in page.body
    assert (await strict.post({"comment": "Number 1.", "request_id": "r1"})).status == 200
    other = await strict.post({"comment": "Somebody else."}, headers={"user-agent": "another"})
    assert other.status == 201


async def test_S6_a_forwarded_address_from_anybody_is_not_believed(strict: Desk) -> None:
    statuses = [
        (await strict.post({"comment": f"Number {n}."}, headers={"x-forwarded-for": f"203.0.113.{n}"})).status
        for n in range(5)
    ]
    assert statuses == [201, 201, 201, 429, 429]


async def test_D11_posting_needs_no_kafka(desk: Desk) -> None:
    assert (await desk.post({"comment": "No broker runs in this test."})).status == 201
    pending = await desk.running.resources.db.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
    assert pending == 2
    assert isinstance((await desk.told())[0], comment_pb2.Comment)
