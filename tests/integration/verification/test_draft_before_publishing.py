"""A text checked before it is published, from the CMS's signed request to the report it reads: four services over what they
told each other, word for word as on the wire; only the broker is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from plumbline.events.v1 import claim_pb2, verdict_pb2
from plumbline.staff.v1 import review_service_pb2 as pb

from services.claim_extraction.app import SPEC as CLAIM_EXTRACTION
from services.ingest.app import SPEC as INGEST
from services.ingest.ending import Ending
from services.ingest.sources import add_source
from services.publish.app import SPEC as PUBLISH
from shared.http import HttpDoor
from shared.kafka import Cluster
from shared.local.site_server import SiteServer
from shared.retrieval.encoder import EncoderCache
from shared.runtime import Running
from shared.testing.fakes import SetClock
from shared.testing.kit import MASTER, Stage
from shared.testing.records import deliver, told_by
from tests.builders.cms import as_json, signed
from tests.integration.verification.room import ANN, BEN, Room, claim_review, jsonl
from tests.integration.verification.test_checks import MAPPED, SOUND, WRONG_DEPTH
from tests.integration.verification.test_runs import SOUND_PAGE, WRECK

pytestmark = pytest.mark.postgres

WAYS = (
    ("ingest", "claim_extraction"),
    ("ingest", "publish"),
    ("claim_extraction", "verification"),
    ("claim_extraction", "publish"),
    ("verification", "publish"),
)


@dataclass
class Newsroom:
    """The services a draft passes, and the doors its CMS knocks at."""

    services: dict[str, Running]
    doors: dict[str, str]
    http: aiohttp.ClientSession
    secret: str
    room: Room
    heard: dict[tuple[str, str], int] = field(default_factory=dict)

    async def check(self, sent: dict[str, Any], webhook_id: str = "d1") -> dict[str, Any]:
        """Send a text in, as a CMS does."""
        body = as_json(sent)
        headers = signed(self.secret, body, webhook_id=webhook_id, content_type="application/json")
        async with self.http.post(f"{self.doors['ingest']}/v1/check/cms", data=body, headers=headers) as answer:
            assert answer.status == 202, await answer.text()
            told: dict[str, Any] = await answer.json()
            return told

    async def report(self, ticket: dict[str, Any]) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {ticket['token']}"}
        async with self.http.get(self.doors["publish"] + ticket["report"], headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            told: dict[str, Any] = await answer.json()
            return told

    async def carry(self) -> None:
        """Everything told since the last time reaches whoever hears it, twice, as a broker may bring it."""
        for way in WAYS:
            speaker, listener = way
            told = [
                each
                for each in await told_by(self.services[speaker])
                if each.offset > self.heard.get(way, -1)
                and any((each.topic, each.envelope.type) == (h.topic, h.type) for h in self.services[listener].hears)
            ]
            await deliver(self.services[listener], told, times=2)
            assert not await self.services[listener].resources.dead_letters.find()
            self.heard[way] = max((each.offset for each in told), default=self.heard.get(way, -1))


@pytest_asyncio.fixture
async def newsroom(stage: Stage, room: Room, encoder: EncoderCache) -> AsyncIterator[Newsroom]:
    around = stage.surroundings(Cluster(""))
    around.encoder = lambda: encoder
    services = {spec.name: await stage.prepare(spec, around) for spec in (INGEST, CLAIM_EXTRACTION, PUBLISH)}
    services["verification"] = room.running
    doors = {}
    for name in ("ingest", "publish"):
        running = services[name]
        telemetry = running.resources.telemetry
        doors[name] = HttpDoor(running.service.routes, host="127.0.0.1", port=0, telemetry=telemetry)
        await doors[name].start()
    found = services["ingest"].resources
    secret = await add_source(found.outbox, MASTER, found.clock, "cms")
    try:
        async with aiohttp.ClientSession() as http:
            yield Newsroom(services, {name: door.url for name, door in doors.items()}, http, secret, room)
    finally:
        for door in doors.values():
            await door.stop(1.0)


def text(room: Room, words: str, page: str) -> dict[str, Any]:
    html = f'<p>{words} <a href="{room.base_url}{page}">Our source</a>.</p>'
    return {"id": "deep-hall", "title": "The deep sea in numbers", "language": "en", "html": html}


async def test_a_figure_a_source_contradicts_blocks_a_draft(newsroom: Newsroom) -> None:
    room = newsroom.room
    ticket = await newsroom.check(text(room, WRONG_DEPTH, WRECK))
    await newsroom.carry()
    before = await newsroom.report(ticket)
    assert (before["state"], before["decision"]) == ("checking", "warn")
    assert await room.work() >= 1
    await newsroom.carry()
    report = await newsroom.report(ticket)
    assert (report["state"], report["decision"]) == ("done", "block"), report["reasons"]
    first = report["reasons"][0]
    assert first["words"] == f"“{WRONG_DEPTH}” Contradicted by Wreck Survey Quarterly, awaiting review."
    claim = next(each for each in report["claims"] if each["claim_id"] == first["claim_id"])
    assert claim["text"] == WRONG_DEPTH
    assert "3,800 metres" in claim["citations"][0]["exact"]
    assert {each["publisher"] for each in report["evidence"]} == {"Wreck Survey Quarterly"}
    assert await newsroom.check(text(room, WRONG_DEPTH, WRECK)) == ticket


async def test_a_figure_a_source_states_lets_a_draft_pass(newsroom: Newsroom) -> None:
    ticket = await newsroom.check(text(newsroom.room, SOUND, SOUND_PAGE))
    await newsroom.carry()
    await newsroom.room.work()
    await newsroom.carry()
    report = await newsroom.report(ticket)
    assert [each["text"] for each in report["claims"]] == [SOUND]
    assert (report["state"], report["decision"], report["reasons"]) == ("done", "pass", [])


async def test_S9_a_draft_is_in_no_partner_read_and_is_not_known_elsewhere(newsroom: Newsroom) -> None:
    room = newsroom.room
    ticket = await newsroom.check(text(room, WRONG_DEPTH, WRECK))
    await newsroom.carry()
    await room.work()
    await newsroom.carry()
    sheets = [
        claim_pb2.ClaimSheet.FromString(each.value or b"")
        for each in await told_by(newsroom.services["claim_extraction"], "plumbline.claim.v1")
    ]
    assert {(each.subject_id, each.kind, each.visibility, each.article_id, each.owner) for each in sheets} == {
        (ticket["draft"], claim_pb2.SUBJECT_KIND_DRAFT, claim_pb2.VISIBILITY_OWNER, "", "")
    }
    told = await room.told(verdict_pb2.VerdictSheet)
    assert {(each.subject_id, each.kind, each.article_id) for each in told} == {
        (ticket["draft"], claim_pb2.SUBJECT_KIND_DRAFT, "")
    }
    extraction = newsroom.services["claim_extraction"].resources.db
    assert await extraction.fetchval("SELECT count(*) FROM known") == 0
    assert await extraction.fetchval("SELECT count(*) FROM sheet WHERE to_relate") == 0
    assert await extraction.fetchval("SELECT count(*) FROM pgqueuer") == 0
    assert (await room.search(query=WRONG_DEPTH)).matches == []
    publish = newsroom.services["publish"].resources.db
    assert await publish.fetchval("SELECT count(*) FROM publication") == 0


async def test_what_people_decide_about_a_draft_reaches_its_report_and_never_the_archive(newsroom: Newsroom) -> None:
    room = newsroom.room
    ticket = await newsroom.check(text(room, WRONG_DEPTH, WRECK))
    await newsroom.carry()
    await room.work()
    await newsroom.carry()
    reason = (await newsroom.report(ticket))["reasons"][0]
    case = await room.staff("GetReview", pb.GetReviewRequest(claim_id=reason["claim_id"]))
    said = {"claim_id": case.claim_id, "version": case.version, "citations": list(case.citations)}
    refuted = pb.ProposeDecisionRequest(rating="refuted", explanation="The survey says 3,800 metres.", **said)
    case = await room.staff("ProposeDecision", refuted, ANN)
    second = pb.SecondDecisionRequest(claim_id=case.claim_id, version=case.version, agree=True)
    await room.staff("SecondDecision", second, BEN)
    await newsroom.carry()
    report = await newsroom.report(ticket)
    assert report["decision"] == "block"
    assert report["reasons"][0]["words"].endswith("Refuted. Decided by Ann Reviewer and Ben Reviewer.")
    assert await room.fact_checks() == []


async def test_a_draft_opens_no_review_however_often_it_is_saved_and_says_the_same_as_the_article(
    newsroom: Newsroom,
) -> None:
    room = newsroom.room
    for save in range(3):
        await newsroom.check(text(room, WRONG_DEPTH, WRECK) | {"title": f"Save {save}"}, f"save-{save}")
    await newsroom.carry()
    assert await room.work() == 3
    for state in ("", "machine", "all"):
        assert not (await room.reviews(state=state)).reviews, state
    assert await room.resources.db.fetchval("SELECT count(*) FROM review") == 0
    drafts = (await room.told(verdict_pb2.VerdictSheet))[-3:]
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    article = (await room.sheets())[-1]

    def said(sheet: verdict_pb2.VerdictSheet) -> list[Any]:
        return [
            (each.status, each.rating, each.headline, each.explanation, each.abstention, list(each.citations))
            for each in sheet.outcomes
        ]

    assert [said(each) for each in drafts] == [said(article)] * 3
    assert [each.claim_text for each in (await room.reviews()).reviews] == [WRONG_DEPTH]


async def test_a_draft_is_held_back_by_a_fact_check_whose_page_cannot_be_read(
    newsroom: Newsroom, web: SiteServer, tmp_path: Path
) -> None:
    room = newsroom.room
    address = f"{room.base_url}/factchecks/ocean-floor.html"
    said = "Only 5 percent of the ocean floor has been mapped."
    await room.archive(jsonl(tmp_path / "feed.json", claim_review(address, said, "Refuted", 1)))
    await web.stop()
    ticket = await newsroom.check(text(room, MAPPED, SOUND_PAGE))
    await newsroom.carry()
    await room.work()
    await newsroom.carry()
    report = await newsroom.report(ticket)
    assert (report["state"], report["decision"]) == ("done", "block"), report["reasons"]
    assert report["reasons"][0]["words"].endswith(
        "rated it “Refuted”. Its page could not be read, so nothing of it is cited."
    )
    assert not report["evidence"]
    outcome = (await room.told(verdict_pb2.VerdictSheet))[-1].outcomes[0]
    assert not outcome.rating
    assert not outcome.citations
    await room.check(room.sheet(1, MAPPED, links=(SOUND_PAGE,)))
    assert not (await room.sheets())[-1].outcomes[0].HasField("unread_fact_check"), "readers are told nothing uncited"


async def test_a_draft_whose_time_is_over_leaves_the_desk_and_keeps_no_text(newsroom: Newsroom) -> None:
    room = newsroom.room
    await newsroom.check(text(room, WRONG_DEPTH, WRECK))
    await newsroom.carry()
    await room.work()
    (claim,) = (await room.told(verdict_pb2.VerdictSheet))[-1].outcomes
    case = await room.staff("GetReview", pb.GetReviewRequest(claim_id=claim.claim_id))
    taken = pb.AssignReviewRequest(claim_id=case.claim_id, version=case.version)
    await room.staff("AssignReview", taken)
    assert [each.claim_text for each in (await room.reviews()).reviews] == [WRONG_DEPTH]
    ingest = newsroom.services["ingest"].resources
    late = SetClock(ingest.clock.now() + timedelta(days=8))
    assert await Ending(ingest.outbox, late, ingest.telemetry.log).end_some() == 1
    await newsroom.carry()
    assert not (await room.reviews()).reviews
    assert await room.work() == 0
    reading = await newsroom.services["claim_extraction"].resources.db.fetchval("SELECT reading FROM sheet")
    assert b"Marianne" not in bytes(reading)
