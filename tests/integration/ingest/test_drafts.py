"""A text sent in before it is published: signed as every delivery is, taken once, and answered with what opens its report."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plumbline.events.v1 import article_pb2

from services.ingest.ending import Ending
from services.ingest.signatures import new_secret
from services.ingest.telling_again import drafts as tell_drafts_again
from shared.testing.fakes import SetClock
from tests.builders.cms import article, as_json, event, signed
from tests.integration.ingest.door import Answer, Door

pytestmark = pytest.mark.postgres

JSON = "application/json"


def text(**changed: Any) -> dict[str, Any]:
    return article(version=None, **changed)


async def check(door: Door, sent: Any, *, webhook_id: str = "d1", content_type: str = JSON, **how: Any) -> Answer:
    body = sent if isinstance(sent, bytes) else as_json(sent)
    headers = signed(how.pop("secret", door.secret), body, webhook_id=webhook_id, content_type=content_type, **how)
    return await door.send(body, headers, door="check")


async def told(door: Door) -> list[article_pb2.Draft]:
    return [each for each in await door.told() if isinstance(each, article_pb2.Draft)]


async def test_a_draft_is_told_with_its_words_and_the_hash_of_its_token_alone(door: Door) -> None:
    answer = await check(door, text())
    assert answer.status == 202
    assert set(answer.json) == {"draft", "report", "token", "expires_at"}
    (draft,) = await told(door)
    assert answer.json["draft"] == draft.draft_id
    assert answer.json["report"] == f"/v1/drafts/{draft.draft_id}/report"
    assert draft.token_sha256 == hashlib.sha256(answer.json["token"].encode()).hexdigest()
    assert [block.text for block in draft.blocks] == [
        "The lights came back at dusk.",
        "The repair cost 41,000 pounds.",
    ]
    assert (draft.source, draft.title, draft.language) == ("cms", "The harbour lights are on again", "en")
    assert draft.expires_at.ToDatetime(tzinfo=UTC) == datetime.fromisoformat(answer.json["expires_at"])
    assert draft.expires_at.ToDatetime() - draft.submitted_at.ToDatetime() == timedelta(days=7)
    (envelope,) = await door.envelopes()
    assert (envelope["topic"], envelope["key"]) == ("plumbline.article.v1", draft.draft_id)
    await told_nowhere(door, answer.json["token"])


async def told_nowhere(door: Door, token: str) -> None:
    db = door.running.resources.db
    for table in ("draft", "seen_delivery", "outbox"):
        for row in await db.fetch(f"SELECT t::text AS row, to_jsonb(t)::text AS json FROM {table} t"):
            assert token not in row["row"] + row["json"], table
            assert token.encode().hex() not in row["row"], table


async def test_a_draft_names_the_article_it_may_become_and_where_that_stands(door: Door) -> None:
    assert (await door.tell(article())).status == 202
    await check(door, text(url=None))
    await check(door, text(id=None, url=None, title=None), webhook_id="d2")
    known = next(each for each in await door.told() if isinstance(each, article_pb2.Article))
    first, second = await told(door)
    assert (first.draft_of, first.url) == (known.article_id, known.url)
    assert (second.draft_of, second.url, second.title) == ("", "", "")
    assert await door.count("article") == 1


async def test_the_same_webhook_id_gets_the_same_answer_and_is_one_draft(door: Door) -> None:
    first, *others = await asyncio.gather(*(check(door, text()) for _ in range(5)))
    late = await check(door, text(title="Sent again with other words"))
    assert {answer.status for answer in (first, *others, late)} == {202}
    assert all(answer.json == first.json for answer in (*others, late))
    assert len(await told(door)) == 1
    other = await check(door, text(), webhook_id="d2")
    assert other.json["draft"] != first.json["draft"]
    assert other.json["token"] != first.json["token"]
    assert len(other.json["token"]) >= 43, "256 bits"


async def test_a_webhook_id_of_an_article_is_free_for_a_draft(door: Door) -> None:
    assert (await door.post(event(article()), webhook_id="d1")).status == 202
    assert (await check(door, text())).status == 202
    assert len(await told(door)) == 1


@pytest.mark.parametrize(
    ("sent", "field", "reason"),
    [
        (text(html=None), "html", "NO_TEXT"),
        (text(html="<p> </p>"), "html", "NO_TEXT"),
        (text(html=7), "html", "WRONG_TYPE"),
        (text(html=None, blocks=[{"text": "a"}, {"kind": "poem", "text": "b"}]), "blocks[1].kind", "INVALID_KIND"),
        (text(language="English, mostly"), "language", "INVALID_LANGUAGE"),
        (text(url="ftp://courier.example"), "url", "INVALID_ADDRESS"),
        (text(title="x" * 1_001), "title", "TOO_LONG"),
        (text(id=["a"]), "id", "WRONG_TYPE"),
        (text(html="<b>" * 60_001), "html", "TOO_MUCH_MARKUP"),
    ],
)
async def test_S7_a_bad_draft_names_its_field_and_leaves_nothing(
    door: Door, sent: Any, field: str, reason: str
) -> None:
    answer = await check(door, sent)
    assert (answer.status, answer.json["field"], answer.json["reason"]) == (422, field, reason)
    for table in ("draft", "seen_delivery", "delivery", "submission", "outbox"):
        assert await door.count(table) == 0, table
    assert (await check(door, text())).status == 202, "the same webhook id may be sent again, corrected"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"html": NaN}'])
async def test_S7_what_is_no_json_object_is_refused(door: Door, body: bytes) -> None:
    answer = await check(door, body)
    assert answer.status in (400, 422)
    assert answer.json["field"]
    assert await door.count("draft") == 0


@pytest.mark.parametrize("media", ["application/cloudevents+json", "text/html", "application/json; charset=latin-1"])
async def test_S7_only_plain_json_is_read(door: Door, media: str) -> None:
    answer = await check(door, text(), content_type=media)
    assert (answer.status, answer.json["field"]) == (415, "content-type")


async def test_S1_an_unsigned_forged_or_old_draft_is_a_401(door: Door) -> None:
    body = as_json(text())
    forged = await check(door, text(), secret=new_secret())
    old = await check(door, text(), at=datetime.now(UTC) - timedelta(minutes=6))
    bare = await door.send(body, {"content-type": JSON}, door="check")
    stranger = await door.send(body, signed(door.secret, body, content_type=JSON), door="check", source="nobody")
    for answer in (forged, old, bare, stranger):
        assert (answer.status, answer.json["reason"]) == (401, "BAD_SIGNATURE")
    assert await door.count("draft") == 0


async def test_a_draft_is_told_again_as_it_was(door: Door) -> None:
    await check(door, text())
    outbox = door.running.resources.outbox
    async with outbox.transaction() as unit:
        assert (await tell_drafts_again(unit, 7, ""))[0] == 1
    first, again = await told(door)
    assert again.version.epoch == max(7, first.version.epoch)
    again.version.CopyFrom(first.version)
    assert again == first


async def test_a_draft_whose_time_is_over_is_told_so_once_without_its_words(door: Door) -> None:
    await check(door, text())
    found = door.running.resources
    now = datetime.now(UTC)
    for moment, ended in ((now + timedelta(days=6), 0), (now + timedelta(days=8), 1), (now + timedelta(days=9), 0)):
        ending = Ending(found.outbox, SetClock(moment), found.telemetry.log)
        assert await ending.end_some() == ended
    first, last = await told(door)
    assert (first.withdrawn, last.withdrawn) == (False, True)
    assert (last.version.counter, last.draft_id, last.token_sha256) == (2, first.draft_id, first.token_sha256)
    kept = bytes(await found.db.fetchval("SELECT told FROM draft"))
    assert kept == last.SerializeToString(deterministic=True)
    for words in (b"41,000 pounds", b"harbour lights are on"):
        assert words not in kept
