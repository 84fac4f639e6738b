"""The rating of a source that counted when a claim was judged stays with the judgement, whatever people think of it later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import request_pb2
from plumbline.partner.v1 import fact_check_service_pb2 as pb

from services.verification.engine.addresses import domains_above
from services.verification.model.source import Credibility, SourceRating
from services.verification.store import sources
from shared.ids import DEFAULT_SITE
from tests.builders import events as make
from tests.integration.verification.partner_calls import partner_of
from tests.integration.verification.room import Room
from tests.integration.verification.test_checks import SOUND, WRONG_DEPTH
from tests.integration.verification.test_runs import SOUND_PAGE, WRECK

pytestmark = pytest.mark.postgres

NAME = f"claims/{make.claim_id(SOUND)}"


async def rate(room: Room, version: int, credibility: str) -> datetime:
    """A rating given without the re-check that the desk's door asks for: the moment alone decides which one counts."""
    at = room.resources.clock.now()
    host = urlsplit(room.base_url).hostname or ""
    known = ("Corrects its errors.", "Press council", "person-1")
    rating = SourceRating(host, version, Credibility(credibility), *known, at, at, link="https://council.example/4")
    await sources.add(room.resources.db, DEFAULT_SITE, rating)
    return at


def counted(sheet: Any) -> list[tuple[str, int]]:
    return [(each.credibility, each.version) for each in sheet.outcomes[0].source_ratings]


async def test_what_is_told_carries_the_rating_that_counted_and_a_new_check_the_new_one(room: Room) -> None:
    await rate(room, 1, "reliable")
    await room.check(room.sheet(1, SOUND, links=(SOUND_PAGE,)))
    first = (await room.sheets())[-1]
    assert counted(first) == [("reliable", 1)]
    told = first.outcomes[0].source_ratings[0]
    assert (told.provenance, told.link) == ("Press council", "https://council.example/4")
    assert told.evidence_id == first.outcomes[0].citations[0].evidence_id
    assert {each.origin for each in first.evidence} == {"fetched"}
    later = await rate(room, 2, "mixed")
    async with partner_of(room) as partner:
        verdict = await partner.ask("GetVerdict", pb.GetVerdictRequest(name=NAME))
        (source,) = verdict.sources
        assert (source.origin, source.source.credibility, source.source.version) == ("fetched", "reliable", 1)
        now = await partner.ask("GetEvidence", pb.GetEvidenceRequest(name=source.evidence))
        assert (now.origin, now.source.credibility, now.source.version) == ("fetched", "mixed", 2)
        then = Timestamp()
        then.FromDatetime(later.astimezone(UTC) - timedelta(milliseconds=1))
        before = await partner.ask("GetEvidence", pb.GetEvidenceRequest(name=source.evidence, as_of=then))
        assert before.source.version == 1
    sheet = room.sheet(1, SOUND, links=(SOUND_PAGE,))
    again = request_pb2.VerificationRequest(
        request_id=str(UUID(int=9)), site_id=sheet.site_id, article_id=sheet.article_id
    )
    await room.hear(again)
    await room.work()
    assert counted((await room.sheets())[-1]) == [("mixed", 2)]


async def test_a_decision_of_people_keeps_the_rating_of_its_day(room: Room) -> None:
    await rate(room, 1, "reliable")
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    await room.propose(WRONG_DEPTH, rating="refuted")
    await room.second(WRONG_DEPTH)
    await rate(room, 2, "mixed")
    again = room.sheet(1, WRONG_DEPTH)
    await room.hear(
        request_pb2.VerificationRequest(request_id=str(UUID(int=9)), site_id=again.site_id, article_id=again.article_id)
    )
    await room.work()
    assert counted((await room.sheets())[-1]) == [("reliable", 1)]
    async with partner_of(room) as partner:
        name = f"claims/{make.claim_id(WRONG_DEPTH)}"
        history = await partner.ask("ListVerdictHistory", pb.ListVerdictHistoryRequest(parent=name))
        assert [each.source.version for told in history.verdicts for each in told.sources] == [1]


async def test_a_source_nobody_rated_or_that_was_taken_off_the_list_has_no_rating(room: Room) -> None:
    await room.check(room.sheet(1, SOUND, links=(SOUND_PAGE,)))
    assert counted((await room.sheets())[-1]) == []
    async with partner_of(room) as partner:
        (source,) = (await partner.ask("GetVerdict", pb.GetVerdictRequest(name=NAME))).sources
        assert not source.HasField("source")


def test_the_nearest_domain_speaks_for_an_address() -> None:
    assert domains_above("https://www.news.desk.example.org/a") == [
        "news.desk.example.org",
        "desk.example.org",
        "example.org",
    ]
    assert domains_above("http://127.0.0.1:8080/a") == ["127.0.0.1"]
    assert domains_above("") == []
