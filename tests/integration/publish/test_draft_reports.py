"""The report on a draft: for whoever holds its token, at once or when it is done, and in nothing that anybody else reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from google.protobuf.message import Message
from plumbline.events.v1 import claim_pb2

from services.publish import contract
from services.publish.app import SPEC, Settings
from shared.http import HttpDoor
from shared.ids import derived_id
from shared.kafka import Cluster
from shared.runtime import Running
from shared.testing.fakes import SetClock
from shared.testing.kit import Stage
from shared.testing.patience import PATIENCE
from shared.testing.records import deliver, record
from tests.builders import events as make

pytestmark = pytest.mark.postgres

PLACES = Settings().source_waiting_reports
REPORT = f"/v1/drafts/{make.DRAFT}/report"
REFUTED = make.outcome(rating="refuted", headline="Refuted. Decided by Ben and Ada.")


@dataclass(slots=True)
class Desk:
    """Publish behind its door, with the loop that wakes who waits."""

    running: Running
    http: aiohttp.ClientSession
    clock: SetClock

    async def hear(self, *messages: Message) -> None:
        topics = {
            "Draft": contract.ARTICLE_TOPIC,
            "Article": contract.ARTICLE_TOPIC,
            "ClaimSheet": contract.CLAIM_TOPIC,
            "VerdictSheet": contract.VERDICT_TOPIC,
        }
        heard = [record(topics[each.DESCRIPTOR.name], each, subject=make.DRAFT) for each in messages]
        await deliver(self.running, heard, times=2)
        assert not await self.running.resources.dead_letters.find()

    async def ask(self, path: str = REPORT, token: str = make.TOKEN) -> tuple[int, Any, str]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with self.http.get(path, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None), answer.headers["cache-control"]


@pytest_asyncio.fixture
async def desk(stage: Stage) -> AsyncIterator[Desk]:
    stage.clock = clock = SetClock(make.WHEN)
    running = await stage.prepare(SPEC, stage.surroundings(Cluster("")))
    found = running.resources
    door = HttpDoor(
        running.service.routes,
        host="127.0.0.1",
        port=0,
        telemetry=found.telemetry,
        render_error=running.service.render_error,
    )
    await door.start()
    ((_, run),) = running.service.loops
    watching = asyncio.ensure_future(run())
    async with aiohttp.ClientSession(door.url) as http:
        yield Desk(running, http, clock)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await door.stop(1.0)


async def test_a_report_says_what_was_found_in_exact_words_with_its_sources(desk: Desk) -> None:
    await desk.hear(make.draft(), make.draft_sheet(), make.draft_verdicts(1, REFUTED))
    status, report, cached = await desk.ask()
    assert (status, cached) == (200, "no-store")
    assert (report["state"], report["decision"], report["draft_of"]) == ("done", "block", make.ARTICLE)
    assert report["reasons"] == [
        {"decision": "block", "words": f"“{make.WORDS}” {REFUTED.headline}", "claim_id": make.claim_id()}
    ]
    (claim,) = report["claims"]
    assert (claim["text"], claim["outcome"], claim["rating"]) == (make.WORDS, REFUTED.headline, "refuted")
    assert claim["citations"][0]["exact"] == "300 metres"
    assert "url" not in claim, "a draft's claims have no page"
    assert report["evidence"][0]["url"] == "https://example.com/tower"
    assert make.TOKEN not in str(report)


async def test_time_that_is_up_is_a_warning(desk: Desk) -> None:
    await desk.hear(make.draft())
    for path in (REPORT, f"{REPORT}?wait=1"):
        status, report, _ = await desk.ask(path)
        assert (status, report["state"], report["decision"]) == (200, "checking", "warn")
        assert report["reasons"][0]["words"] == "The text is still being read."
    await desk.hear(make.draft_sheet())
    _, report, _ = await desk.ask()
    assert (report["state"], report["decision"]) == ("checking", "warn")
    assert report["reasons"][0]["words"] == "1 of 1 claims are still being checked."


async def test_who_waits_is_answered_as_soon_as_it_is_done(desk: Desk) -> None:
    asked = asyncio.ensure_future(desk.ask(f"{REPORT}?wait=30"))
    await asyncio.sleep(0)
    for part in (make.draft(), make.draft_sheet(), make.draft_verdicts()):
        assert not asked.done()
        await desk.hear(part)
    status, report, _ = await asyncio.wait_for(asked, PATIENCE)
    assert (status, report["state"], report["decision"], report["reasons"]) == (200, "done", "pass", [])


async def test_S7_no_more_wait_than_there_are_places_and_whoever_does_not_wait_is_answered(desk: Desk) -> None:
    await desk.hear(make.draft(), make.draft_sheet())
    headers = {"authorization": f"Bearer {make.TOKEN}"}

    async def wait() -> tuple[int, str]:
        async with desk.http.get(f"{REPORT}?wait=30", headers=headers) as answer:
            return answer.status, answer.headers.get("retry-after", "")

    waiting = [asyncio.ensure_future(wait()) for _ in range(PLACES + 4)]
    refused: set[asyncio.Future[tuple[int, str]]] = set()
    while len(refused) < 4:
        refused |= (await asyncio.wait(set(waiting) - refused, return_when=asyncio.FIRST_COMPLETED, timeout=20))[0]
    assert {each.result() for each in refused} == {(429, "2")}
    assert (await desk.ask())[0] == 200
    await desk.hear(make.draft_verdicts(1, REFUTED))
    assert {status for status, _ in await asyncio.gather(*(set(waiting) - refused))} == {200}


async def test_S9_unknown_wrong_missing_and_expired_answer_the_same(desk: Desk) -> None:
    await desk.hear(make.draft(), make.draft_sheet(), make.draft_verdicts())
    unknown = f"/v1/drafts/{derived_id('test', 'no draft')}/report"
    wrong = make.TOKEN[:-1] + "6"
    answers = [
        await desk.ask(unknown),
        await desk.ask("/v1/drafts/none/report"),
        await desk.ask(token=wrong),
        await desk.ask(token=make.TOKEN + "5"),
        await desk.ask(token=""),
        await desk.ask(token="é" * 40),
        await desk.ask(f"{REPORT}?wait=1", token=wrong),
    ]
    assert (await desk.ask())[0] == 200
    desk.clock.advance(timedelta(days=7).total_seconds())
    answers.append(await desk.ask())
    told = [(status, {**problem, "traceparent": ""}) for status, problem, _ in answers]
    assert told[0][0] == 404
    assert all(each == told[0] for each in told), told


@pytest.mark.parametrize("wait", ["31", "-1", "1.5", "soon", "", "007", "٣"])
async def test_S7_a_wrong_wait_names_its_field(desk: Desk, wait: str) -> None:
    await desk.hear(make.draft())
    status, problem, _ = await desk.ask(f"{REPORT}?wait={wait}")
    assert (status, problem["field"]) == (422, "wait")


async def test_S9_no_public_read_shows_a_draft(desk: Desk) -> None:
    await desk.hear(make.draft(), make.draft_sheet(), make.draft_verdicts(1, REFUTED))
    paths = {
        "/": 200,
        "/search?q=tower": 200,
        "/corrections": 200,
        f"/claims/{make.claim_id()}": 404,
        f"/articles/{make.DRAFT}": 404,
        f"/articles/{make.DRAFT}/panel": 404,
        f"/articles/{make.DRAFT}/live": 404,
        f"/articles/{make.ARTICLE}": 404,
    }
    for path, expected in paths.items():
        async with desk.http.get(path) as answer:
            assert answer.status == expected, path
            words = await answer.text()
        assert make.WORDS not in words, path
        assert "How high is the tower?" not in words, path
    db = desk.running.resources.db
    for table in ("publication", "publication_log", "correction", "outbox", "audio", "progress"):
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_S9_a_text_a_partner_sent_in_has_no_report(desk: Desk) -> None:
    sheet, verdicts = make.draft_sheet(), make.draft_verdicts()
    sheet.kind = verdicts.kind = claim_pb2.SUBJECT_KIND_TEXT
    await desk.hear(sheet, verdicts)
    assert await desk.running.resources.db.fetchval("SELECT count(*) FROM draft") == 0
