"""Publish on a real database: what is heard in any order, twice or late, ends in the same rows and pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import permutations
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from google.protobuf.message import Message

from services.publish import contract, handlers, reading
from services.publish.app import SPEC
from shared.events import Envelope, version_of
from shared.http import HttpDoor
from shared.inbox import AlreadyHandled, EventWork
from shared.kafka import Cluster
from shared.postgres import METER, StatementMeter
from shared.runtime import Running
from shared.testing.kit import Stage
from shared.testing.patience import PATIENCE
from tests.builders import events as make

pytestmark = pytest.mark.postgres

HANDLERS: dict[str, Callable[[Any, EventWork], Awaitable[None]]] = {
    "Article": handlers.on_article,
    "ClaimSheet": handlers.on_claim_sheet,
    "VerdictSheet": handlers.on_verdict_sheet,
    "Comment": handlers.on_comment,
    "CommentCounts": handlers.on_comment_counts,
}


@pytest.fixture
async def publish(stage: Stage) -> Running:
    return await stage.prepare(SPEC, stage.surroundings(Cluster("")))


async def hear(service: Running, message: Message, event_id: UUID | None = None) -> int:
    """Handle one event as the consumer would; returns the statements it took."""
    found = service.resources
    envelope = Envelope(
        event_id=event_id or found.ids.new(),
        type=message.DESCRIPTOR.full_name,
        source="/services/test",
        subject=make.ARTICLE,
        time=make.WHEN,
        site_id=UUID(make.SITE),
        version=version_of(message.version),  # type: ignore[attr-defined]
        traceparent="",
    )
    work = EventWork(found.outbox, envelope, topic="test", ids=found.ids, clock=found.clock, log=found.telemetry.log)
    meter = StatementMeter()
    token = METER.set(meter)
    try:
        await HANDLERS[message.DESCRIPTOR.name](message, work)
    except AlreadyHandled:
        pass
    finally:
        METER.reset(token)
    return meter.statements


async def digest(service: Running) -> tuple[Any, ...]:
    """The domain state: what readers see. Versions, revisions and times of our own are left out."""
    db = service.resources.db
    found = await reading.publication(db, UUID(make.ARTICLE))
    panel = found.panel if found else None
    if panel is not None:
        panel.ClearField("version")
        panel.ClearField("updated_at")
    comments = await db.fetch("SELECT comment_id, status, body_html FROM comment ORDER BY comment_id")
    return (
        panel.SerializeToString(deterministic=True) if panel is not None else b"",
        [tuple(r) for r in comments],
        await db.fetchval("SELECT count(*) FROM correction"),
    )


async def clear(service: Running) -> None:
    tables = "publication, publication_log, correction, comment, comment_count, inbox, outbox, audio, pgqueuer"
    await service.resources.db.execute(f"TRUNCATE {tables}")


async def test_D4_every_order_and_every_duplicate_ends_in_the_same_state(publish: Running) -> None:
    parts = (make.article(1), make.claim_sheet(1), make.verdict_sheet(1), make.comment(7))
    ends = []
    for order in permutations(parts):
        await clear(publish)
        for part in order:
            event_id = publish.resources.ids.new()
            await hear(publish, part, event_id)
            await hear(publish, part, event_id)
            await hear(publish, part)
        ends.append(await digest(publish))
    assert all(end == ends[0] for end in ends)
    assert ends[0][0]


async def test_D2_a_duplicate_tells_nothing_again(publish: Running) -> None:
    event_id = publish.resources.ids.new()
    for _ in range(10):
        await hear(publish, make.article(1), event_id)
    assert await publish.resources.db.fetchval("SELECT count(*) FROM outbox") == 1


async def test_T5_no_event_takes_more_than_six_statements(publish: Running) -> None:
    changed = make.outcome(rating="mixed", headline="Mixed", verdict_version=2)
    for message in (
        make.article(1),
        make.claim_sheet(1),
        make.verdict_sheet(1),
        make.verdict_sheet(2, changed),
        make.comment(1),
    ):
        assert await hear(publish, message) <= 6, message.DESCRIPTOR.name


async def test_C4_a_comment_that_is_taken_down_leaves_no_word_behind(publish: Running) -> None:
    await hear(publish, make.article(1))
    await hear(publish, make.comment(1, 1))
    await hear(publish, make.comment(1, 2, status="REMOVED"))
    await hear(publish, make.comment(1, 1))
    assert await reading.comments(publish.resources.db, UUID(make.ARTICLE)) == []
    assert await publish.resources.db.fetchval("SELECT body_html FROM comment") == ""


async def test_a_changed_verdict_becomes_a_correction_that_is_told_and_shown(publish: Running) -> None:
    await hear(publish, make.article(1))
    await hear(publish, make.claim_sheet(1))
    await hear(publish, make.verdict_sheet(1))
    await hear(publish, make.verdict_sheet(2, make.outcome(rating="refuted", headline="Refuted", verdict_version=2)))
    shown = await reading.corrections(publish.resources.db, UUID(make.ARTICLE))
    assert [(c.before, c.after) for c in shown] == [("Supported", "Refuted")]
    told = await publish.resources.db.fetch("SELECT type FROM outbox ORDER BY position")
    assert [r["type"].rpartition(".")[2] for r in told] == ["Panel", "Panel", "Panel", "Panel", "Correction"]


def test_J1_an_outcome_that_cites_evidence_the_sheet_does_not_carry_is_refused() -> None:
    sheet = make.verdict_sheet()
    del sheet.evidence[:]
    with pytest.raises(ValueError, match="cites evidence"):
        contract.verdict_sheet(sheet)


@pytest.fixture
async def pages(publish: Running) -> Any:
    door = HttpDoor(
        publish.service.routes,
        host="127.0.0.1",
        port=0,
        telemetry=publish.resources.telemetry,
        render_error=publish.service.render_error,
    )
    await door.start()
    async with aiohttp.ClientSession(door.url) as http:
        yield http
    await door.stop(1.0)


async def test_pages_and_panel_say_the_same(publish: Running, pages: aiohttp.ClientSession) -> None:
    for part in (make.article(1), make.claim_sheet(1), make.verdict_sheet(1), make.comment(7)):
        await hear(publish, part)
    async with pages.get(f"/articles/{make.ARTICLE}/panel") as answer:
        panel, etag = await answer.json(), answer.headers["etag"]
    assert panel["complete"]
    assert panel["claims"][0]["outcome"] == "Supported"
    async with pages.get(f"/articles/{make.ARTICLE}/panel", headers={"if-none-match": etag}) as answer:
        assert answer.status == 304
    for path in (f"/articles/{make.ARTICLE}", f"/claims/{make.claim_id()}", "/", "/search?q=tower", "/corrections"):
        async with pages.get(path) as answer:
            text = await answer.text()
            assert answer.status == 200, path
            assert "unsafe-inline" not in answer.headers["content-security-policy"]
        if path.startswith(("/articles", "/claims")):
            assert "Supported" in text
            assert "300 metres" in text


@pytest.mark.parametrize(
    "path",
    ["/articles/nonsense", f"/articles/{UUID(int=5)}", f"/claims/{UUID(int=5)}", "/articles/%00", "/nothing/here"],
)
async def test_S7_what_is_not_there_is_a_404_without_internals(pages: aiohttp.ClientSession, path: str) -> None:
    async with pages.get(path, headers={"accept": "text/html"}) as answer:
        text = await answer.text()
        assert answer.status in (400, 404)
        assert "Traceback" not in text


async def test_verify_now_asks_once_however_often_it_is_pressed(publish: Running, pages: aiohttp.ClientSession) -> None:
    await hear(publish, make.article(1))
    answers = []
    for _ in range(3):
        async with pages.post(f"/articles/{make.ARTICLE}/verify") as answer:
            assert answer.status == 202
            answers.append(await answer.json())
    assert len({a["request_id"] for a in answers}) == 1
    assert [a["joined"] for a in answers] == [False, True, True]
    asked = await publish.resources.db.fetchval(
        "SELECT count(*) FROM outbox WHERE type = 'plumbline.events.v1.VerificationRequest'"
    )
    assert asked == 1


async def test_live_updates_bring_the_panel_and_new_comments(publish: Running, pages: aiohttp.ClientSession) -> None:
    import asyncio
    import json

    await hear(publish, make.article(1))
    watching = asyncio.create_task(publish.service.loops[0][1]())
    try:
        async with pages.get(f"/articles/{make.ARTICLE}/live?version=1.1") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            await hear(publish, make.claim_sheet(1))
            await hear(publish, make.verdict_sheet(1))
            event, data = "", ""
            async with asyncio.timeout(PATIENCE):
                async for raw in stream.content:
                    line = raw.decode().rstrip("\n")
                    event = line.removeprefix("event: ") if line.startswith("event: ") else event
                    if line.startswith("data: ") and event == "panel":
                        data = line.removeprefix("data: ")
                        if "Supported" in json.loads(data)["html"]:
                            break
            assert "Supported" in json.loads(data)["html"]
    finally:
        watching.cancel()
