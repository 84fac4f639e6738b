"""From the desk to the reader: what people decide, correct and take back, as the page of the article says it.

Two services over what they told each other, word for word as on the wire; only the broker is missing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from plumbline.events.v1 import claim_pb2, verdict_pb2
from plumbline.staff.v1 import review_service_pb2 as pb

from services.publish import contract as published
from services.publish.app import SPEC as PUBLISH
from shared.http import HttpDoor
from shared.kafka import Cluster
from shared.runtime import Running
from shared.testing.kit import Stage
from shared.testing.records import deliver, record, told_by
from tests.builders import events as make
from tests.integration.verification.room import ANN, BEN, Room
from tests.integration.verification.test_checks import SOUND, WRONG_DEPTH
from tests.integration.verification.test_desk import step
from tests.integration.verification.test_runs import SOUND_PAGE, WRECK

pytestmark = pytest.mark.postgres

REASON = "The figure holds at 20 degrees alone."


@dataclass
class Readers:
    """The reader's side: publish, with what it has heard so far."""

    running: Running
    http: aiohttp.ClientSession
    heard: set[int] = field(default_factory=set)

    async def hear_from(self, room: Room) -> None:
        """Everything verification told since the last time, in its order."""
        told = await told_by(room.running, published.VERDICT_TOPIC, published.FACT_CHECK_TOPIC)
        await deliver(self.running, [each for each in told if each.offset not in self.heard])
        self.heard |= {each.offset for each in told}

    async def article(self, words: str, sheet: claim_pb2.ClaimSheet) -> None:
        for topic, message in ((published.ARTICLE_TOPIC, make.article(1, words=words)), (published.CLAIM_TOPIC, sheet)):
            await deliver(self.running, [record(topic, message, subject=make.ARTICLE)])

    async def read(self, path: str = f"/articles/{make.ARTICLE}") -> str:
        async with self.http.get(path, headers={"accept": "text/html"}) as answer:
            assert answer.status == 200, path
            return await answer.text()

    async def claim(self) -> Any:
        async with self.http.get(f"/articles/{make.ARTICLE}/panel") as answer:
            (only,) = (await answer.json())["claims"]
            return only


@pytest_asyncio.fixture
async def readers(stage: Stage) -> AsyncIterator[Readers]:
    running = await stage.prepare(PUBLISH, stage.surroundings(Cluster("")))
    found = running.resources
    door = HttpDoor(
        running.service.routes,
        host="127.0.0.1",
        port=0,
        telemetry=found.telemetry,
        render_error=running.service.render_error,
    )
    await door.start()
    async with aiohttp.ClientSession(door.url) as http:
        yield Readers(running, http)
    await door.stop(1.0)


async def test_a_correction_at_the_desk_reaches_the_reader_with_its_reason(room: Room, readers: Readers) -> None:
    sheet = room.sheet(1, SOUND, links=(SOUND_PAGE,))
    await readers.article(SOUND, sheet)
    await room.check(sheet)
    await readers.hear_from(room)
    assert "not yet reviewed" in (await readers.claim())["outcome"]
    await room.propose(SOUND, ANN, rating="supported")
    await readers.hear_from(room)
    assert (await readers.claim())["outcome"].startswith("Supported")
    assert REASON not in await readers.read("/corrections")
    await room.propose(SOUND, BEN, rating="mostly_supported", explanation="Nearly so.", note=REASON)
    await readers.hear_from(room)
    assert (await readers.claim())["outcome"].startswith("Mostly supported")
    for path in (f"/articles/{make.ARTICLE}", f"/claims/{make.claim_id(SOUND)}", "/corrections"):
        assert REASON in await readers.read(path), path
    assert "Nearly so." in await readers.read()


async def test_a_verdict_taken_back_at_the_desk_is_taken_back_before_readers(room: Room, readers: Readers) -> None:
    sheet = room.sheet(1, WRONG_DEPTH, links=(WRECK,))
    await readers.article(WRONG_DEPTH, sheet)
    await room.check(sheet)
    await room.propose(WRONG_DEPTH, ANN, rating="refuted")
    await readers.hear_from(room)
    assert not (await readers.claim())["outcome"].startswith("Refuted"), "one person refutes nothing"
    await room.second(WRONG_DEPTH, BEN)
    await readers.hear_from(room)
    assert (await readers.claim())["outcome"].startswith("Refuted")
    assert "ClaimReview" in await readers.read()
    await step(room, WRONG_DEPTH, "WithdrawDecision", note="It was another ship.")
    await room.second(WRONG_DEPTH, BEN)
    await readers.hear_from(room)
    assert (await readers.claim())["outcome"].startswith("Withdrawn")
    page = await readers.read()
    assert "It was another ship." in page
    assert '"ClaimReview"' not in page
    assert "It was another ship." in await readers.read("/corrections")


async def test_a_claim_a_partner_sent_in_is_decided_at_the_desk_and_reaches_no_page(
    room: Room, readers: Readers
) -> None:
    sheet = room.sheet(1, SOUND, links=(SOUND_PAGE,), owner="p1", article_id="", url="", title="")
    sheet.kind, sheet.visibility = claim_pb2.SUBJECT_KIND_CLAIM, claim_pb2.VISIBILITY_OWNER
    await room.check(sheet)
    (listed,) = (await room.reviews()).reviews
    assert (listed.claim_text, listed.article_id) == (SOUND, "")
    added = pb.TypedSource(title="Tables of sound", publisher="Sea Archive", words="Sound is measured in water.")
    await room.staff("AddSource", pb.AddSourceRequest(claim_id=listed.claim_id, typed=added))
    decided = await room.propose(SOUND, ANN, rating="supported")
    assert (decided.state, decided.verdict_version) == ("decided", 1)
    last = (await room.sheets())[-1]
    assert (last.article_id, last.outcomes[0].rating) == ("", "supported")
    assert last.outcomes[0].status == verdict_pb2.OUTCOME_STATUS_VERDICT
    assert await room.fact_checks() == [], "what belongs to a partner joins no public archive"
    await readers.hear_from(room)
    async with readers.http.get(f"/claims/{listed.claim_id}") as answer:
        assert answer.status == 404
