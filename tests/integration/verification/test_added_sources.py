"""Evidence that people put before a claim: an address, a file, typed words; and the passages they keep of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.staff.v1 import review_service_pb2 as pb

from services.verification import review_sources, source_fields
from shared.errors import NotFound, Refused
from shared.inbox import Work
from tests.builders import events as make
from tests.integration.verification.room import ANN, BEN, Room
from tests.integration.verification.test_checks import SOUND, WRONG_DEPTH
from tests.integration.verification.test_runs import WRECK

pytestmark = pytest.mark.postgres

WORDS = "The survey of 1998 lowered a line to the wreck. It lay at 3,812 metres, the log says."
QUOTE = "It lay at 3,812 metres, the log says."
TYPED = {"title": "Log of the Northlight", "publisher": "Sea Archive", "words": WORDS}


async def add(room: Room, words: str = WRONG_DEPTH, *, own: bool = False, **way: Any) -> Any:
    request = pb.AddSourceRequest(claim_id=make.claim_id(words), own_analysis=own, **way)
    return await room.staff("AddSource", request)


def typed(**changed: Any) -> pb.TypedSource:
    return pb.TypedSource(**{**TYPED, **changed})


def upload(content: bytes, kind: str = "text/plain", **changed: Any) -> pb.UploadedSource:
    fields = {"file_name": "log.txt", "content_type": kind, "content": content, "publisher": "Sea Archive", **changed}
    return pb.UploadedSource(**fields)


async def fetched(room: Room) -> int:
    """Run the fetch jobs that wait, once each."""
    found = room.resources
    jobs = await found.db.fetch(
        "SELECT id, payload FROM pgqueuer WHERE entrypoint = $1 AND status = 'queued' ORDER BY id", review_sources.FETCH
    )
    handler = next(each.handler for each in room.service.jobs if each.name == review_sources.FETCH)
    for job in jobs:
        work = Work(
            found.outbox,
            work_id=UUID(int=job["id"]),
            topic=review_sources.FETCH,
            ids=found.ids,
            clock=found.clock,
            log=found.telemetry.log,
        )
        await handler(job["payload"], work)
        await found.db.execute("DELETE FROM pgqueuer WHERE id = $1", job["id"])
    return len(jobs)


async def pick(room: Room, evidence_id: str, **said: Any) -> Any:
    request = {"claim_id": make.claim_id(WRONG_DEPTH), "evidence_id": evidence_id, "stance": "contradicts", **said}
    return await room.staff("PickQuotation", pb.PickQuotationRequest(**request))


async def test_an_address_is_fetched_by_a_job_and_becomes_evidence(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    added = await add(room, url=room.base_url + WRECK)
    assert (added.state, added.evidence_id, added.added_by) == ("fetching", "", "Ann Reviewer")
    await add(room, url=room.base_url + WRECK)
    assert await fetched(room) == 1
    (source,) = (await room.review(WRONG_DEPTH)).sources
    assert (source.state, source.title) == ("ready", "Where the Marianne went down")
    (evidence,) = (await room.review(WRONG_DEPTH)).evidence
    assert (evidence.evidence_id, evidence.origin, evidence.inadmissible) == (source.evidence_id, "fetched", "")


async def test_S3_an_address_inside_the_network_is_not_fetched_and_says_so(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    await add(room, url="http://169.254.169.254/latest/meta-data")
    await fetched(room)
    (source,) = (await room.review(WRONG_DEPTH)).sources
    assert source.state == "failed"
    assert source.problem.startswith("forbidden address")
    for wrong in ("", "file:///etc/passwd", "javascript:alert(1)", "http://user:word@example.org/", "no address"):
        with pytest.raises(Refused) as refused:
            await add(room, url=wrong)
        assert refused.value.field == "url"


async def test_J5_an_article_is_no_evidence_for_itself_however_it_is_added(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    for own in (False, True):
        with pytest.raises(Refused, match="no evidence for itself"):
            await add(room, url="https://courier.example/deep-hall?utm_source=x", own=own)
        with pytest.raises(Refused, match="no evidence for itself"):
            await add(room, typed=typed(url="https://courier.example/deep-hall"), own=own)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (WORDS.encode(), "text/plain"),
        (f"<html><body><article><p>{WORDS}</p></article><script>x()</script></body></html>".encode(), "text/html"),
    ],
)
async def test_a_file_is_read_in_the_sandbox_and_its_words_are_kept(room: Room, content: bytes, kind: str) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    added = await add(room, upload=upload(content, kind, title="The log"))
    assert (added.way, added.state, added.title) == ("upload", "ready", "The log")
    kept = await room.resources.db.fetchval("SELECT text FROM snapshot")
    assert QUOTE in kept
    assert "x()" not in kept
    assert await room.resources.db.fetchval("SELECT origin FROM evidence") == "uploaded"


@pytest.mark.parametrize(
    ("file", "field"),
    [
        (upload(b""), "file"),
        (upload(b"x" * (source_fields.LARGEST_FILE + 1)), "file"),
        (upload(b"GIF89a", "image/gif"), "file"),
        (upload(b"no pdf at all", "application/pdf"), "file"),
        (upload(b"   "), "file"),
        (upload(WORDS.encode(), publisher=""), "publisher"),
        (upload(WORDS.encode(), url="ftp://example.org/x"), "url"),
        (upload(WORDS.encode(), published_at=Timestamp(seconds=9_999_999_999)), "published_at"),
        (upload(b"<div>" * 5_000, "text/html"), "file"),
    ],
)
async def test_a_file_that_cannot_be_evidence_is_refused_by_its_field(room: Room, file: Any, field: str) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    with pytest.raises(Refused) as refused:
        await add(room, upload=file)
    assert refused.value.field == field
    assert await room.resources.db.fetchval("SELECT count(*) FROM evidence") == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"title": ""}, "title"), ({"publisher": " "}, "publisher"), ({"words": ""}, "words"), ({"url": "x"}, "url")],
)
async def test_typed_words_say_what_they_are_from(room: Room, changed: dict[str, str], field: str) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    with pytest.raises(Refused) as refused:
        await add(room, typed=typed(**changed))
    assert refused.value.field == field
    with pytest.raises(Refused):
        await add(room)


async def test_J4_two_people_refute_on_words_typed_from_a_source(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    added = await add(room, typed=typed(published_at=Timestamp(seconds=900_000_000)))
    start = WORDS.index(QUOTE)
    kept = await pick(room, added.evidence_id, start=start, end=start + len(QUOTE), exact=QUOTE)
    review = await room.review(WRONG_DEPTH)
    assert [each.quotation_id for each in review.quotations] == [kept.quotation_id]
    cited = [
        pb.ReviewCitation(evidence_id=kept.evidence_id, exact=QUOTE, start=start, end=kept.end, stance=kept.stance)
    ]
    await room.propose(WRONG_DEPTH, ANN, rating="refuted", citations=cited)
    decided = await room.second(WRONG_DEPTH, BEN)
    assert decided.state == "decided"
    outcome = (await room.sheets())[-1].outcomes[0]
    assert (outcome.rating, outcome.citations[0].exact) == ("refuted", QUOTE)


async def test_J5_our_own_analysis_is_labelled_and_refutes_nothing(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    with pytest.raises(Refused, match="our own analysis") as refused:
        await add(room, typed=typed(publisher=(await site_name(room))))
    assert refused.value.field == "publisher"
    added = await add(room, typed=typed(), own=True)
    cited = [pb.ReviewCitation(evidence_id=added.evidence_id, exact=QUOTE, stance="contradicts")]
    with pytest.raises(Refused, match="other than our own analysis"):
        await room.propose(WRONG_DEPTH, ANN, rating="refuted", citations=cited)
    (evidence,) = (await room.review(WRONG_DEPTH)).evidence
    assert (evidence.evidence_class, evidence.origin) == ("newsroom_analysis", "analysis")


async def site_name(room: Room) -> str:
    found = await room.resources.directory.site(ANN.site_id)
    return found.name if found and found.name else "the newsroom"


async def test_a_snapshot_is_read_sentence_by_sentence_at_its_places(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    added = await add(room, typed=typed())
    asked = {"claim_id": make.claim_id(WRONG_DEPTH), "evidence_id": added.evidence_id}
    whole = await room.staff("GetSnapshot", pb.GetSnapshotRequest(**asked))
    assert [WORDS[each.start : each.end] for each in whole.sentences] == [each.text for each in whole.sentences]
    assert [each.text for each in whole.sentences][-1] == QUOTE
    first = await room.staff("GetSnapshot", pb.GetSnapshotRequest(**asked, page_size=1))
    assert (len(first.sentences), first.total, first.next_first) == (1, 2, 1)
    found = await room.staff("GetSnapshot", pb.GetSnapshotRequest(**asked, query="3,812"))
    assert [each.number for each in found.sentences] == [1]
    with pytest.raises(NotFound):
        await room.staff("GetSnapshot", pb.GetSnapshotRequest(claim_id=asked["claim_id"], evidence_id="other"))
    with pytest.raises(Refused):
        await room.staff("GetSnapshot", pb.GetSnapshotRequest(**asked, first=-1))


async def test_J2_only_words_of_the_snapshot_can_be_picked(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    added = await add(room, typed=typed())
    start = WORDS.index(QUOTE)
    for wrong in (
        {"start": start, "end": start + len(QUOTE), "exact": QUOTE.replace("3,812", "3,912")},
        {"start": 5, "end": 100_000},
        {"exact": "3,912 metres"},
        {"exact": ""},
    ):
        with pytest.raises(Refused) as refused:
            await pick(room, added.evidence_id, **wrong)
        assert (refused.value.reason, refused.value.field) == ("NOT_VERBATIM", "exact")
    with pytest.raises(Refused) as refused:
        await pick(room, "nowhere", exact=QUOTE)
    assert refused.value.reason == "UNKNOWN_EVIDENCE"
    with pytest.raises(Refused) as refused:
        await pick(room, added.evidence_id, exact=QUOTE, stance="proves")
    assert refused.value.field == "stance"
    kept = await pick(room, added.evidence_id, exact=QUOTE)
    assert (kept.start, kept.end) == (start, start + len(QUOTE))
    with pytest.raises(asyncpg.CheckViolationError, match="word for word"):
        await room.resources.db.execute("UPDATE review_quote SET exact = upper(exact)")
    drop = pb.DropQuotationRequest(claim_id=make.claim_id(WRONG_DEPTH), quotation_id=kept.quotation_id)
    await room.staff("DropQuotation", drop)
    assert list((await room.review(WRONG_DEPTH)).quotations) == []
    with pytest.raises(NotFound):
        await room.staff("DropQuotation", drop)


async def test_what_people_added_is_listed_newest_first(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, SOUND))
    await add(room, typed=typed())
    await add(room, SOUND, typed=typed(title="Second log"))
    listed, token = [], ""
    while True:
        page = await room.staff("ListSources", pb.ListSourcesRequest(page_size=1, page_token=token))
        listed += [each.title for each in page.sources]
        token = page.next_page_token
        if not token:
            break
    assert listed == ["Second log", "Log of the Northlight"]
    only = await room.staff("ListSources", pb.ListSourcesRequest(claim_id=make.claim_id(SOUND)))
    assert [each.title for each in only.sources] == ["Second log"]
    with pytest.raises(Refused):
        await room.staff("ListSources", pb.ListSourcesRequest(page_token="made up"))
