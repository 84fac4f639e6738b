"""CMS events that come straight onto Kafka take the path of the door."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from plumbline.events.v1 import article_pb2, submission_pb2

from services.ingest.contract import CMS_ARTICLES, CMS_COMMENTS
from services.ingest.model import Origin
from services.ingest.sources import add_source
from shared.ids import DEFAULT_SITE
from shared.telemetry import names
from shared.testing.kit import MASTER
from shared.testing.records import Heard, deliver
from tests.builders.cms import POSTED, PUBLISHED, REVISED, article, as_json, comment, event
from tests.integration.ingest.door import Door

STRUCTURED = [("content-type", b"application/cloudevents+json; charset=UTF-8")]


@pytest_asyncio.fixture
async def bus(door: Door) -> Door:
    """Ingest with a source that may write to Kafka."""
    found = door.running.resources
    await add_source(found.outbox, MASTER, found.clock, "wire", kind="kafka")
    return door


def structured(data: dict[str, Any], *, topic: str = CMS_ARTICLES, **changed: Any) -> Heard:
    return Heard(topic, b"key", as_json(event(data, **{"source": "/wire", **changed})), STRUCTURED)


def binary(data: dict[str, Any], **changed: str) -> Heard:
    attributes = {"specversion": "1.0", "id": "e1", "source": "/wire", "type": PUBLISHED, **changed}
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return Heard(CMS_ARTICLES, b"key", as_json(data), [*headers, ("content-type", b"application/json")])


async def dead(door: Door) -> list[tuple[str, str]]:
    return [(r["error"], r["reason"]) for r in await door.running.resources.dead_letters.find()]


@pytest.mark.parametrize("record", [structured(article()), binary(article())], ids=["structured", "binary"])
async def test_an_article_on_kafka_is_taken_in_like_one_from_the_door(bus: Door, record: Heard) -> None:
    await deliver(bus.running, [record])
    (told,) = await bus.told()
    assert isinstance(told, article_pb2.Article)
    assert told.article_id == str(Origin("wire", DEFAULT_SITE).article_id("harbour-lights"))
    assert await bus.running.resources.db.fetchval("SELECT door FROM delivery") == "kafka"


async def test_a_comment_on_kafka_is_taken_in(bus: Door) -> None:
    await deliver(bus.running, [structured(comment(), topic=CMS_COMMENTS, type=POSTED)])
    (told,) = await bus.told()
    assert isinstance(told, submission_pb2.CommentSubmission)
    assert told.body == "I saw them from the ferry."


async def test_D4_ten_repetitions_and_older_versions_change_nothing(bus: Door) -> None:
    records = [structured(article(version=n), id=f"e{n}", type=REVISED) for n in (2, 3, 1)]
    await deliver(bus.running, records, times=10)
    told = [m.version.counter for m in await bus.told() if isinstance(m, article_pb2.Article)]
    assert told == [2, 3]
    before = await bus.state()
    await deliver(bus.running, records)
    assert await bus.state() == before


async def test_the_same_event_by_both_doors_is_told_once(bus: Door) -> None:
    await deliver(bus.running, [structured(article(), source="wire")])
    found = bus.running.resources
    bus.secret = await add_source(found.outbox, MASTER, found.clock, "again")
    assert (await bus.tell(article(), source="wire")).status == 401  # the secret is another source's
    assert len(await bus.told()) == 1


async def test_S7_a_readable_event_with_bad_data_is_rejected_with_its_reason_and_no_dead_letter(bus: Door) -> None:
    await deliver(bus.running, [structured(article(html=" "), id=f"bad{n}") for n in range(12)])
    assert await dead(bus) == []
    rows = await bus.running.resources.db.fetch("SELECT outcome, reason, field FROM submission")
    assert {tuple(row) for row in rows} == {("rejected", "NO_TEXT", "data.html")}
    await deliver(bus.running, [structured(article(), id="good")])
    assert len(await bus.told()) == 1


@pytest.mark.parametrize(
    "record",
    [
        Heard(CMS_ARTICLES, None, b"not json", STRUCTURED),
        Heard(CMS_ARTICLES, None, None, STRUCTURED),
        Heard(CMS_ARTICLES, None, b"{}", []),
        Heard(CMS_ARTICLES, None, b"{}", [("ce_id", b"\xff")]),
        structured(article(), source="/nobody"),
        structured(article(), source="cms"),
        structured(article(), specversion="9"),
    ],
    ids=["text", "empty", "bare", "bytes", "unknown source", "door-only source", "other version"],
)
async def test_D7_a_record_nobody_can_read_is_a_dead_letter(bus: Door, record: Heard) -> None:
    await deliver(bus.running, [record, structured(article(), id="good")])
    assert [error for error, _ in await dead(bus)] == ["Poison"]
    assert len(await bus.told()) == 1


async def test_T5_one_record_takes_at_most_six_statements(bus: Door) -> None:
    await deliver(bus.running, [structured(article())])
    bus.observed.exporter.clear()
    await deliver(bus.running, [structured(article(version=2), id="e2"), structured(comment(), id="e3", type=POSTED)])
    spans = [span for span in bus.observed.spans if names.STATEMENTS in (span.attributes or {})]
    assert len(spans) == 2
    assert all(int(str((span.attributes or {})[names.STATEMENTS])) <= 6 for span in spans), [
        s.attributes for s in spans
    ]
