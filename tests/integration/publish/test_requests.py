"""Readers ask for a claim to be checked: kept once, told without who asked, refused by the name of the field."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from plumbline.events.v1 import request_pb2
from selectolax.lexbor import LexborHTMLParser

from services.claim_extraction.contract import check_request as as_claim_extraction_reads_it
from services.publish.app import SPEC
from shared.http import HttpDoor
from shared.kafka import Cluster
from shared.runtime import Running
from shared.testing.kit import Stage

pytestmark = pytest.mark.postgres

CLAIM = "The bridge cost 40 million euros."
HTML = {"accept": "text/html"}


class Readers:
    """Readers before publish's door."""

    def __init__(self, running: Running, url: str, client: aiohttp.ClientSession) -> None:
        self.running, self.url, self.client = running, url, client

    async def send(self, values: dict[str, Any] | None = None, **how: Any) -> tuple[int, Any]:
        """Post a claim as JSON, or as the form when `data` is given; the answer's status and JSON, or its page."""
        if values is not None:
            how["json"] = values
        async with self.client.post(f"{self.url}/requests", **how) as answer:
            is_json = "json" in answer.content_type
            return answer.status, await (answer.json() if is_json else answer.text())

    async def told(self) -> list[request_pb2.CheckRequest]:
        rows = await self.running.resources.db.fetch("SELECT value FROM outbox ORDER BY position")
        return [request_pb2.CheckRequest.FromString(row["value"]) for row in rows]


@pytest_asyncio.fixture
async def readers(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Readers]:
    monkeypatch.setenv("PLUMBLINE_PUBLISH_REQUESTS_PER_MINUTE", str(getattr(request, "param", 12)))
    running = await stage.prepare(SPEC, stage.surroundings(Cluster("")))
    door = HttpDoor(running.service.routes, host="127.0.0.1", port=0, telemetry=running.resources.telemetry)
    await door.start()
    try:
        async with aiohttp.ClientSession() as client:
            yield Readers(running, door.url, client)
    finally:
        await door.stop(1.0)


async def test_a_claim_is_told_without_who_sent_it(readers: Readers) -> None:
    sent = {"claim": f" {CLAIM}\n", "url": "https://example.org/post", "claimant": "Ada  Holm", "request_id": "r-1"}
    status, answer = await readers.send(sent, headers={"user-agent": "canary-agent"})
    assert (status, answer["duplicate"]) == (202, False)
    (told,) = await readers.told()
    assert told.request_id == answer["request_id"]
    assert (told.text, told.url, told.claimant) == (CLAIM, "https://example.org/post", "Ada Holm")
    read = as_claim_extraction_reads_it(told)
    assert (read.text, read.claimant, read.subject.url) == (CLAIM, "Ada Holm", "https://example.org/post")
    db = readers.running.resources.db
    headers = await db.fetchval("SELECT headers FROM outbox")
    rows = str([tuple(row) for row in await db.fetch("SELECT * FROM reader_request")]) + str(told) + str(bytes(headers))
    assert "canary-agent" not in rows
    assert "127.0.0.1" not in rows


async def test_the_same_form_sent_ten_times_at_once_is_one_request(readers: Readers) -> None:
    values = {"claim": CLAIM, "request_id": "r-1"}
    answers = await asyncio.gather(*(readers.send(values) for _ in range(10)))
    assert sorted(status for status, _ in answers) == [200] * 9 + [202]
    assert len({answer["request_id"] for _, answer in answers}) == 1
    assert len(await readers.told()) == 1


async def test_other_words_under_a_used_request_id_are_a_conflict(readers: Readers) -> None:
    await readers.send({"claim": CLAIM, "request_id": "r-1"})
    status, answer = await readers.send({"claim": "The tower is 330 metres high.", "request_id": "r-1"})
    assert (status, answer["field"]) == (409, "request_id")
    status, page = await readers.send(data={"claim": "The tower is high.", "request_id": "r-1"}, headers=HTML)
    assert status == 409
    again = LexborHTMLParser(page).css_first("input[name=request_id]")
    assert again is not None
    assert again.attributes["value"] not in ("", "r-1"), "sent again as it is, it is taken"
    assert len(await readers.told()) == 1


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"claim": " \n "}, "claim", "MISSING"),
        ({"claim": "Bridge!"}, "claim", "TOO_SHORT"),
        ({"claim": "so much " * 300}, "claim", "TOO_LONG"),
        ({"claim": "The \x00 bridge"}, "claim", "INVALID_TEXT"),
        ({"claim": ["The bridge"]}, "claim", "WRONG_TYPE"),
        ({"url": "javascript:alert(1)"}, "url", "INVALID_URL"),
        ({"url": "https://[broken"}, "url", "INVALID_URL"),
        ({"url": "https://example.org/" + "x" * 2_000}, "url", "TOO_LONG"),
        ({"claimant": "A" * 201}, "claimant", "TOO_LONG"),
        ({"request_id": "a b"}, "request_id", "INVALID_ID"),
    ],
)
async def test_what_is_wrong_is_refused_by_the_name_of_its_field(
    readers: Readers, changed: dict[str, Any], field: str, reason: str
) -> None:
    status, answer = await readers.send({"claim": CLAIM, **changed})
    assert (status // 100, answer["field"], answer["reason"]) == (4, field, reason)
    assert await readers.told() == []
    assert await readers.running.resources.db.fetchval("SELECT count(*) FROM reader_request") == 0


async def test_RP6_the_page_takes_a_claim_without_javascript(readers: Readers) -> None:
    async with readers.client.get(f"{readers.url}/requests") as answer:
        tree = LexborHTMLParser(await answer.text())
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    form = tree.css_first("form#request")
    assert form is not None
    assert (form.attributes["method"], form.attributes["action"]) == ("post", "/requests")
    values = {str(one.attributes["name"]): one.attributes.get("value") or "" for one in form.css("input, textarea")}
    for one in form.css("input:not([type=hidden]), textarea"):
        assert form.css_first(f"label[for={one.attributes['id']}]") is not None
    status, failed = await readers.send(data=values | {"claim": "Bridge", "claimant": "<b>Ada</b>"}, headers=HTML)
    assert status == 422
    assert 'id="request-claim-error"' in failed
    assert "&lt;b&gt;Ada&lt;/b&gt;" in failed
    assert "Bridge</textarea>" in failed
    status, thanks = await readers.send(data=values | {"claim": CLAIM}, headers=HTML)
    assert status == 202
    (told,) = await readers.told()
    assert told.request_id in thanks
    assert re.search(r"<form[^>]*id=\"request\"", thanks) is None


@pytest.mark.parametrize("readers", [2], indirect=True)  # the next one is free after half a minute
async def test_nobody_sends_without_end(readers: Readers) -> None:
    statuses = [(await readers.send({"claim": f"Claim number {n} stands."}))[0] for n in range(3)]
    assert statuses == [202] * 2 + [429]
    async with readers.client.post(f"{readers.url}/requests", data={"claim": CLAIM}, headers=HTML) as answer:
        page = await answer.text()
        assert (answer.status, int(answer.headers["retry-after"]) >= 1) == (429, True)
    assert CLAIM in page
    assert len(await readers.told()) == 2
