"""A golden timeline: evidence arrives, changes and is taken back, people decide. Every moment of it can be read again,
byte for byte."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import request_pb2
from plumbline.partner.v1 import fact_check_service_pb2 as pb

from services.verification.rating_sources import rate_source
from services.verification.sandbox import Sandbox
from shared.grpc import CALLER, Caller
from shared.ids import DEFAULT_SITE
from shared.local.site_server import SiteServer
from shared.retrieval.encoder import EncoderCache
from shared.testing.kit import Stage
from tests.builders import events as make
from tests.integration.verification.all_jobs import run_all
from tests.integration.verification.room import Room, claim_review, jsonl, open_room
from tests.integration.verification.test_checks import MAPPED, RIGHT_DEPTH
from tests.integration.verification.test_runs import WRECK

pytestmark = pytest.mark.postgres

START = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
CLAIMS = (RIGHT_DEPTH, MAPPED)
GOLDEN = {
    "heard": ["needs_review", "needs_review"],
    "first look": ["assessed supported", "needs_review"],
    "a fact check arrives": ["assessed supported", "needs_review Contradicted by Northlight Fact Desk"],
    "the page says otherwise": ["needs_review Contradicted by Wreck Survey Quarterly", "needs_review Contradicted by"],
    "the fact check is taken back": ["needs_review Contradicted by Wreck Survey Quarterly", "needs_review"],
    "two people decide": ["verdict refuted", "needs_review"],
    "they correct it": ["verdict missing_context", "needs_review"],
    "the article changes": ["withdrawn", "needs_review"],
    "and changes back": ["verdict missing_context", "needs_review"],
}


class HandClock:
    """A clock a test moves."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@pytest_asyncio.fixture
async def timed(
    stage: Stage, web: SiteServer, encoder: EncoderCache, sandbox: Sandbox
) -> AsyncIterator[tuple[Room, HandClock]]:
    clock = HandClock()
    stage.clock = clock
    async with open_room(stage, web.base_url, encoder, sandbox) as room:
        yield room, clock


async def ask(room: Room, method: str, request: Any) -> bytes:
    token = CALLER.set(Caller("p1", "Partner", DEFAULT_SITE, "k1"))
    try:
        cells = [cell.cell_contents for cell in room.service.partner[0].register.__closure__ or ()]
        servicer = next(each for each in cells if hasattr(each, method))
        answer: bytes = (await getattr(servicer, method)(request, None)).SerializeToString(deterministic=True)
        return answer
    finally:
        CALLER.reset(token)


async def read(room: Room, at: datetime) -> list[bytes]:
    """Everything a partner can read about the claims and the sources at a moment, as bytes."""
    stamp = Timestamp()
    stamp.FromDatetime(at)
    answers = []
    for words in CLAIMS:
        name = f"claims/{make.claim_id(words)}"
        answers.append(await ask(room, "GetVerdict", pb.GetVerdictRequest(name=name, as_of=stamp)))
        answers.append(await ask(room, "ListVerdictHistory", pb.ListVerdictHistoryRequest(parent=name, as_of=stamp)))
    answers.append(await ask(room, "ListSources", pb.ListSourcesRequest(as_of=stamp)))
    return answers


async def test_J10_a_timeline_is_read_again_byte_for_byte(
    timed: tuple[Room, HandClock], web: SiteServer, tmp_path: Path
) -> None:
    room, clock = timed
    told: dict[str, tuple[datetime, list[bytes]]] = {}

    async def moment(name: str) -> None:
        at = clock.now()
        told[name] = (at, await read(room, at))
        clock.at += timedelta(hours=1)

    await _the_story(room, clock, web, tmp_path, moment)
    assert list(told) == list(GOLDEN)
    for name, (at, then) in told.items():
        assert await read(room, at) == then, name
        for number, said in enumerate(GOLDEN[name]):
            verdict = pb.Verdict.FromString(then[2 * number])
            stood = " ".join(part for part in (verdict.status, verdict.rating or verdict.headline) if part)
            assert stood.startswith(said), (name, stood)
    assert len({b"".join(then) for _, then in told.values()}) == len(told), "every moment of the story differs"
    between = told["first look"][0] + timedelta(minutes=30)
    assert pb.Verdict.FromString((await read(room, between))[0]).status == "assessed"


async def _the_story(room: Room, clock: HandClock, web: SiteServer, folder: Path, moment: Any) -> None:
    sheet = room.sheet(1, *CLAIMS, links=(WRECK,))
    await room.hear(sheet)
    await moment("heard")
    await run_all(room)
    await moment("first look")
    review = claim_review(
        f"{room.base_url}/factchecks/ocean-floor.html",
        "Only 5 percent of the ocean floor has been mapped.",
        "Refuted",
        1,
    )
    await room.archive(jsonl(folder / "feed.json", review))
    await run_all(room)
    await moment("a fact check arrives")
    page = web.folder / "sources" / "wreck.html"
    page.write_text(page.read_text().replace("3,800 metres", "3,100 metres"))
    await web.stop()
    await web.start()
    await room.hear(request_pb2.VerificationRequest(request_id="r1", site_id=make.SITE, article_id=make.ARTICLE))
    await run_all(room)
    await moment("the page says otherwise")
    await room.archive(jsonl(folder / "feed.json", {**review, "creativeWorkStatus": "withdrawn"}))
    await run_all(room)
    await moment("the fact check is taken back")
    await room.propose(RIGHT_DEPTH, rating="refuted")
    await room.second(RIGHT_DEPTH)
    await run_all(room)
    await moment("two people decide")
    await room.propose(RIGHT_DEPTH, rating="missing_context", note="The depth was measured twice.")
    await room.second(RIGHT_DEPTH)
    await run_all(room)
    await moment("they correct it")
    edited = room.sheet(2, MAPPED, links=(WRECK,))
    await room.hear(edited)
    await run_all(room)
    await moment("the article changes")
    await room.hear(room.sheet(3, *CLAIMS, links=(WRECK,)))
    await run_all(room)
    await rate_source(
        room.resources.outbox,
        DEFAULT_SITE,
        domain="quarterly.example",
        credibility="reliable",
        note="Corrects its errors.",
        provenance="our desk",
        by="person-1",
        clock=clock,
    )
    await moment("and changes back")
