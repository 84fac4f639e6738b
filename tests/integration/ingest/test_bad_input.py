"""Whatever comes in: a clear answer that names the field, nothing half-written, the next good event unharmed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from services.ingest.cloud_events import STRUCTURED
from services.ingest.signatures import new_secret
from services.ingest.sources import PREVIOUS_FOR, add_source, list_sources, revoke_source, rotate_source
from shared.errors import Conflict, NotFound, Refused
from shared.testing.kit import MASTER
from tests.builders.cms import article, as_json, comment, event, signed
from tests.builders.markup import HOSTILE
from tests.integration.ingest.door import Answer, Door

BODY = as_json(event(article()))


async def unharmed(door: Door) -> None:
    """Nothing was written, and the next good event goes through."""
    assert await door.state() == [[], [], []]
    assert (await door.tell(article(), id="good")).status == 202


def right(door: Door, body: bytes = BODY, **how: Any) -> dict[str, str]:
    return signed(door.secret, body, **how)


@pytest.mark.parametrize(
    "broken",
    [
        {"webhook-signature": None},
        {"webhook-id": None},
        {"webhook-timestamp": None},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": "v1,é"},
        {"webhook-timestamp": "noon"},
        {"webhook-timestamp": "1e9"},
        {"webhook-id": "other"},
        {"webhook-id": ""},
        {"webhook-id": "x" * 4_000},
    ],
)
async def test_S1_an_unsigned_or_forged_delivery_is_a_401(door: Door, broken: dict[str, str | None]) -> None:
    headers = {name: value for name, value in {**right(door), **broken}.items() if value is not None}
    answer = await door.send(BODY, headers)
    assert (answer.status, answer.json["field"], answer.json["reason"]) == (401, "webhook-signature", "BAD_SIGNATURE")
    assert await door.count("delivery") == 0
    await unharmed(door)


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24])
async def test_S1_too_old_or_too_new_is_a_401(door: Door, minutes: int) -> None:
    headers = right(door, at=datetime.now(UTC) + timedelta(minutes=minutes))
    assert (await door.send(BODY, headers)).status == 401
    await unharmed(door)


async def test_S1_a_changed_body_is_a_401(door: Door) -> None:
    assert (await door.send(BODY + b" ", right(door))).status == 401
    await unharmed(door)


async def test_S1_an_unknown_source_answers_exactly_as_a_forged_signature(door: Door) -> None:
    def seen(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
        return (
            answer.status,
            answer.body,
            {k: v for k, v in answer.headers.items() if k not in {"date", "traceresponse"}},
        )

    forged = seen(await door.send(BODY, signed(new_secret(), BODY)))
    assert forged == seen(await door.send(BODY, right(door), source="nobody"))
    assert forged == seen(await door.send(BODY, {"content-type": STRUCTURED}, source="nobody"))
    assert forged[0] == 401
    await revoke_source(door.running.resources.outbox, "cms")
    assert seen(await door.send(BODY, right(door))) == forged


async def test_S1_more_than_two_mebibytes_is_a_413(door: Door) -> None:
    body = b" " * (2 * 1024 * 1024 + 1)
    answer = await door.send(body, right(door, body))
    assert (answer.status, answer.json["field"]) == (413, "body")
    await unharmed(door)


async def test_S1_exactly_two_mebibytes_is_read(door: Door) -> None:
    body = BODY + b" " * (2 * 1024 * 1024 - len(BODY))
    assert (await door.send(body, right(door, body))).status == 202


async def test_S1_a_body_without_a_length_is_capped_too(door: Door) -> None:
    async def pieces() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    url = f"{door.http.url}/v1/ingest/cms"
    async with door.client.post(url, data=pieces(), headers=right(door, b"")) as answer:
        assert answer.status == 413
    await unharmed(door)


@pytest.mark.parametrize(
    ("content_type", "status"), [("text/html", 415), ("", 415), ("application/xml", 415), ("multipart/form-data", 415)]
)
async def test_S7_another_media_type_is_a_415(door: Door, content_type: str, status: int) -> None:
    answer = await door.send(BODY, right(door, content_type=content_type))
    assert (answer.status, answer.json["field"]) == (status, "content-type")
    await unharmed(door)


async def test_S7_a_compressed_body_is_a_415(door: Door) -> None:
    headers = {**right(door), "content-encoding": "gzip"}
    async with aiohttp.ClientSession(auto_decompress=False) as client:
        url = f"{door.http.url}/v1/ingest/cms"
        async with client.post(url, data=BODY, headers=headers) as answer:
            assert answer.status in {400, 415}
    await unharmed(door)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"not json", "body"),
        (b'"text"', "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b'{"id": }', "body"),
        (b"\xff\xfe{}", "body"),
        (b"[" * 100_000, "body"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, None),
        (b'{"id": "a", "id": "b"}', "id"),
        (b'{"id": NaN}', "id"),
        (b'{"id": 1' + b"0" * 5_000 + b"}", "id"),
        (json.dumps(event(article(title="a\x00b"))).encode(), "data.title"),
        (json.dumps(event(article(html="<p>\ud800</p>"))).encode(), "data.html"),
    ],
)
async def test_S7_what_is_no_json_is_a_400_that_names_the_field(door: Door, body: bytes, field: str | None) -> None:
    answer = await door.send(body, right(door, body))
    assert answer.status == 400
    assert answer.json["field"] == field if field else answer.json["field"].startswith("a.a")
    assert answer.json["detail"]
    await unharmed(door)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"html": None}, "data.html"),
        ({"html": "<p> </p>"}, "data.html"),
        ({"html": "<p>" + "word " * 100_001 + "</p>"}, "data.html"),
        ({"version": "two"}, "data.version"),
        ({"published_at": "soon"}, "data.published_at"),
        ({"id": None}, "data.id"),
    ],
)
async def test_S7_an_unusable_article_is_a_422_that_names_the_field(
    door: Door, changed: dict[str, Any], field: str
) -> None:
    answer = await door.tell(article(**changed))
    assert (answer.status, answer.json["field"]) == (422, field)
    asked = await door.get(f"/v1/submissions/{answer.headers['x-submission-id']}")
    assert (asked.json["outcome"], asked.json["field"]) == ("rejected", field)
    assert (await door.tell(article())).status == 202  # the same ids, corrected, are no repetition
    assert len(await door.told()) == 1


async def test_S7_an_unknown_event_type_is_a_422(door: Door) -> None:
    answer = await door.tell(article(), type="org.plumbline.article.exploded")
    assert (answer.status, answer.json["field"]) == (422, "type")
    await unharmed(door)


@pytest.mark.parametrize("path", ["", "/", "/cms/", "//cms", "/cms/x", "/%00", "/..%2fcms", "/" + "x" * 5_000, "/é"])
async def test_S1_no_address_whatever_is_a_5xx_410_or_3xx(door: Door, path: str) -> None:
    async with door.client.post(
        f"{door.http.url}/v1/ingest{path}", data=BODY, headers=right(door), allow_redirects=False
    ) as found:
        assert 400 <= found.status < 500
        assert found.status != 410
    for method in ("GET", "PUT", "DELETE", "OPTIONS", "HEAD"):
        assert (await door.send(b"", {}, method=method)).status == 405


@pytest.mark.parametrize("html", HOSTILE)
async def test_C7_no_payload_survives_the_article_door(door: Door, html: str) -> None:
    answer = await door.tell(article(html=f"<p>Words.</p>{html}", title=html, standfirst=html, bylines=[html]))
    assert answer.status == 202
    (told,) = await door.told()
    shown = "".join(block.html for block in told.blocks)  # type: ignore[attr-defined]
    lowered = shown.casefold()
    assert not any(
        f"<{name}" in lowered for name in ("script", "img", "svg", "iframe", "style", "math", "form", "input")
    )
    assert 'href="javascript' not in lowered
    assert 'href="data' not in lowered
    for piece in shown.split("<")[1:]:
        tag = piece.partition(">")[0]
        assert " on" not in tag.replace('rel="noopener"', "").partition('href="')[0]


async def test_S7_a_failure_inside_writes_nothing_and_says_nothing_of_the_inside(door: Door) -> None:
    db = door.running.resources.db
    await db.execute("ALTER TABLE seen_delivery RENAME TO away")
    answer = await door.tell(article())
    assert answer.status == 500
    assert "seen_delivery" not in answer.body.decode()
    await db.execute("ALTER TABLE away RENAME TO seen_delivery")
    await unharmed(door)


async def test_a_rotated_secret_stays_good_for_a_day(door: Door) -> None:
    found = door.running.resources
    newer = await rotate_source(found.outbox, MASTER, found.clock, "cms")
    assert (await door.tell(article())).status == 202
    body = as_json(event(article(version=2), id="e2"))
    assert (await door.send(body, signed(newer, body))).status == 202
    await found.db.execute("UPDATE source SET previous_until = previous_until - $1::interval", PREVIOUS_FOR)
    assert (await door.tell(article(version=3), id="e3")).status == 401


async def test_operator_acts_on_sources_are_checked_and_written_down(door: Door) -> None:
    found = door.running.resources
    with pytest.raises(Conflict):
        await add_source(found.outbox, MASTER, found.clock, "cms")
    for name, kind, key in (("Bad Name", "cloudevents", ""), ("x", "ftp", ""), ("x", "cloudevents", "whpk_AAAA")):
        with pytest.raises(Refused):
            await add_source(found.outbox, MASTER, found.clock, name, kind=kind, public_key=key)
    with pytest.raises(NotFound):
        await rotate_source(found.outbox, MASTER, found.clock, "nobody")
    await add_source(found.outbox, MASTER, found.clock, "second", kind="kafka", person="Ada")
    assert [row["source_id"] for row in await list_sources(found.db)] == ["cms", "second"]
    acts = await found.db.fetch("SELECT person, act, subject FROM operator_act ORDER BY act_id")
    assert [tuple(act) for act in acts] == [("operator", "source.add", "cms"), ("Ada", "source.add", "second")]
    sealed = await found.db.fetchval("SELECT sealed_current FROM source WHERE source_id = 'cms'")
    assert door.secret.removeprefix("whsec_").encode() not in sealed


async def test_T3_no_personal_value_stands_in_any_table_log_or_span(door: Door) -> None:
    author = {"name": "Wilma", "email": "canary-mail@mail.example", "ip": "203.0.113.99", "agent": "CanaryAgent/1"}
    await door.tell(
        comment(author=author, author_url="https://canary-home.example"), type="org.plumbline.comment.posted"
    )
    db = door.running.resources.db
    dump = []
    for row in await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        dump += [repr(tuple(found)) for found in await db.fetch(f'SELECT * FROM "{row[0]}"')]
    dump.append(str([bytes(r["value"]) for r in await db.fetch("SELECT value FROM outbox")]))
    dump.append(door.observed.log.getvalue())
    dump += [span.to_json() for span in door.observed.spans]
    for canary in ("canary-mail", "203.0.113.99", "CanaryAgent", "canary-home"):
        assert canary not in "\n".join(dump)
