"""What readers send in over HTTP goes through every service that has a part in it, as the broker would carry it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from google.protobuf import symbol_database
from plumbline.events.v1 import claim_pb2, comment_pb2, request_pb2

from services.claim_extraction.app import SPEC as CLAIM_EXTRACTION
from services.comment.app import SPEC as COMMENT
from services.publish.app import SPEC as PUBLISH
from services.verification.app import SPEC as VERIFICATION
from services.verification.store import subjects
from shared.http import HttpDoor
from shared.kafka import Cluster
from shared.retrieval.encoder import Encoder, EncoderCache, ensure_encoder
from shared.runtime import Running
from shared.service import ServiceSpec
from shared.testing.kit import Stage
from shared.testing.records import Heard, deliver, record, told_by
from tests.builders import events

pytestmark = pytest.mark.postgres

ARTICLE = "plumbline.article.v1"
NOBODY_SAYS = "Nobody was hurt in the fire."


@dataclass(slots=True)
class Town:
    """Four services, each on its own database, and the doors of those that readers reach."""

    services: dict[str, Running]
    doors: dict[str, str]
    client: aiohttp.ClientSession

    async def post(self, service: str, path: str, values: dict[str, Any]) -> int:
        async with self.client.post(self.doors[service] + path, json=values) as answer:
            return answer.status

    async def carry(self, speaker: str, listener: str, kind: type[Any]) -> list[Any]:
        """Every event of a type from its speaker's outbox to a listener, twice as a broker may; what was carried."""
        name = kind.DESCRIPTOR.full_name
        heard = [each for each in await told_by(self.services[speaker]) if each.envelope.type == name]
        await self.hear(listener, *heard, times=2)
        return [symbol_database.Default().GetSymbol(name).FromString(each.value or b"") for each in heard]

    async def hear(self, listener: str, *heard: Heard, times: int = 1) -> None:
        running = self.services[listener]
        await deliver(running, heard, times=times)
        dead = await running.resources.dead_letters.find()
        assert not dead, [(row["error"], row["reason"]) for row in dead]


@pytest_asyncio.fixture
async def town(stage: Stage) -> AsyncIterator[Town]:
    ensure_encoder()
    found = EncoderCache(Encoder())
    stage.encoder = lambda: found
    around = stage.surroundings(Cluster(""))
    specs: tuple[ServiceSpec, ...] = (PUBLISH, COMMENT, CLAIM_EXTRACTION, VERIFICATION)
    services = {spec.name: await stage.prepare(spec, around) for spec in specs}
    doors = {}
    for name in ("publish", "comment"):
        running = services[name]
        telemetry = running.resources.telemetry
        doors[name] = HttpDoor(running.service.routes, host="127.0.0.1", port=0, telemetry=telemetry)
        await doors[name].start()
    try:
        async with aiohttp.ClientSession() as client:
            yield Town(services, {name: door.url for name, door in doors.items()}, client)
    finally:
        for door in doors.values():
            await door.stop(1.0)


async def test_a_claim_a_reader_sends_in_becomes_a_claim_that_verification_checks(town: Town) -> None:
    sent = {"claim": "The bridge cost 40 million euros.", "claimant": "Ada Holm", "request_id": "r-1"}
    assert await town.post("publish", "/requests", sent) == 202
    assert await town.post("publish", "/requests", sent) == 200
    assert len(await town.carry("publish", "claim_extraction", request_pb2.CheckRequest)) == 1
    (sheet,) = await town.carry("claim_extraction", "verification", claim_pb2.ClaimSheet)
    (claim,) = sheet.claims
    assert (claim.text, claim.attribution.source_name) == ("The bridge cost 40 million euros.", "Ada Holm")
    assert claim.origin == claim_pb2.CLAIM_ORIGIN_READER
    verification = town.services["verification"].resources.db
    subject = await subjects.load(verification, sheet.subject_id)
    assert subject is not None
    assert [each.text for each in subject.sheet.claims] == ["The bridge cost 40 million euros."]
    assert not subject.sheet.public
    assert await verification.fetchval("SELECT count(*) FROM pgqueuer WHERE status = 'queued'") >= 1
    await town.carry("claim_extraction", "publish", claim_pb2.ClaimSheet)
    assert await town.services["publish"].resources.db.fetchval("SELECT count(*) FROM publication") == 0


async def test_words_a_comment_points_at_become_a_claim_of_the_article(town: Town) -> None:
    article = events.article(words=f"Taxes rose by 12 per cent in 2021. {NOBODY_SAYS} It was a good day.")
    heard = record(ARTICLE, article, subject=events.ARTICLE)
    for listener in ("comment", "claim_extraction"):
        await town.hear(listener, heard)
    path = f"/articles/{events.ARTICLE}/comments"
    for number, quote in enumerate((NOBODY_SAYS, "These words stand nowhere.")):
        sent = {"comment": f"Is that so? I ask for the {number}th time.", "quote": quote}
        assert await town.post("comment", path, sent) == 201
    assert len(await town.carry("comment", "claim_extraction", comment_pb2.Tip)) == 2
    sheet = (await town.carry("claim_extraction", "verification", claim_pb2.ClaimSheet))[-1]
    by_readers = [claim.text for claim in sheet.claims if claim.origin == claim_pb2.CLAIM_ORIGIN_READER]
    assert by_readers == [NOBODY_SAYS]
    subject = await subjects.load(town.services["verification"].resources.db, events.ARTICLE)
    assert subject is not None
    assert NOBODY_SAYS in [claim.text for claim in subject.sheet.claims]
