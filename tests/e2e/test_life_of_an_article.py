"""One article from the CMS's post to the reader's page, through every service, over a real Kafka."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

import aiohttp
import grpc.aio
import pytest
from plumbline.partner.v1 import (
    fact_check_service_pb2,
    fact_check_service_pb2_grpc,
    publication_service_pb2,
    publication_service_pb2_grpc,
)

from services.console.model.trace import SpanRecord
from services.console.store.spans import SpanStore
from services.demo import DEMO
from shared.telemetry import names
from shared.testing.kit import eventually
from tests.e2e.conftest import Newsstand

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

MAX_HANDLED, MAX_SPANS, MAX_STATEMENTS = 25, 3, 6


def expected() -> dict[str, tuple[str, str]]:
    """Words of each claim of the main article -> (finding, rating after review), from the table people read."""
    text = (DEMO / "EXPECTED.md").read_text().split("## Main article, version 2")[0]
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| A\d+ \|", line)
    ]
    return {row[1]: (row[4], row[6]) for row in rows}


@pytest.mark.parametrize("words", expected(), ids=lambda words: words[:30])
async def test_each_claim_ends_as_the_newsroom_expects(newsstand: Newsstand, words: str) -> None:
    finding, rating = expected()[words]
    assert newsstand.report is not None
    row = next((r for r in newsstand.report.outcomes if words in r.claim or r.claim.rstrip(".") in words), None)
    assert row is not None, f"the claim {words!r} was not found"
    label = rating.replace("_", " ").capitalize()
    assert row.after.startswith(label), f"{row.after!r} is not {label!r}"
    if "contradicts" in finding:
        assert "awaiting review" in row.before
    elif "supports" in finding:
        assert "not yet reviewed" in row.before
    else:
        assert row.before.startswith("Not enough evidence")
        assert not row.evidence


async def test_no_machine_result_was_shown_as_settled(newsstand: Newsstand) -> None:
    assert newsstand.report is not None
    for row in newsstand.report.outcomes:
        assert not row.before.startswith(("Refuted", "Supported.")), row.before


async def spans_of(stand: Newsstand, trace_id: str) -> list[SpanRecord]:
    assert stand.running.parts is not None
    store = await SpanStore.open(stand.running.parts.server_dsn, "plumbline_spans")
    try:
        return await store.trace(trace_id)
    finally:
        await store.close()


def told_by(spans: list[SpanRecord]) -> set[Any]:
    """The types of the events these spans told."""
    return {span.attributes.get(names.EVENT_TYPE) for span in spans if span.name.startswith("create ")}


async def test_T1_one_article_is_one_trace_from_the_post_to_the_panel(newsstand: Newsstand) -> None:
    spans: list[SpanRecord] = []

    async def whole() -> bool:
        """Each service sends its spans when it has some: a child may arrive before its parent."""
        nonlocal spans
        spans = await spans_of(newsstand, newsstand.kept.trace_id)
        known = {"", *(span.span_id for span in spans)}
        return all(span.parent_id in known for span in spans) and "plumbline.events.v1.Panel" in told_by(spans)

    await eventually(whole)
    roots = [span for span in spans if not span.parent_id]
    assert [root.name for root in roots] == ["POST /v1/ingest/{source}"]
    passed = {span.service for span in spans}
    assert passed >= {"ingest", "claim-extraction", "verification", "publish"}
    assert not [span for span in spans if span.name.startswith("send ")], "the relay's work has traces of its own"


async def test_T5_an_article_stays_within_its_budget(newsstand: Newsstand) -> None:
    spans = await spans_of(newsstand, newsstand.kept.trace_id)
    handled = [s for s in spans if s.name.startswith("process ") and "Progress" not in str(s.attributes)]
    assert len(handled) <= MAX_HANDLED, Counter((s.service, s.name) for s in handled)
    below: dict[str, list[SpanRecord]] = defaultdict(list)
    for span in spans:
        below[span.parent_id].append(span)
    for span in handled:
        assert int(span.attributes.get(names.STATEMENTS, 0)) <= MAX_STATEMENTS, (span.service, span.name)
    total = sum(1 for s in spans if s.name.startswith(("process ", "create ")))
    assert total <= MAX_SPANS * max(1, len(handled)), f"{total} spans for {len(handled)} handled messages"


async def test_T2_only_declared_span_names_and_attributes_were_emitted(newsstand: Newsstand) -> None:
    patterns = [re.compile("^" + re.sub(r"\\{\w+\\}", ".+", re.escape(name)) + "$") for name in names.SPANS]
    for span in await spans_of(newsstand, newsstand.kept.trace_id):
        assert any(p.match(span.name) for p in patterns), span.name
        assert set(span.attributes) <= names.ATTRIBUTES, span.name


async def test_D1_nothing_was_set_aside_and_every_outbox_is_empty(newsstand: Newsstand) -> None:
    for name, service in newsstand.running.running.items():
        dead = await service.resources.db.fetch("SELECT topic, error, reason FROM dead_letter")
        assert not dead, (name, [tuple(r) for r in dead])


async def test_readiness_and_metrics_answer(newsstand: Newsstand) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(newsstand.ops + "/readyz") as answer:
            assert answer.status == 200, await answer.text()
        async with http.get(newsstand.ops + "/metrics") as answer:
            text = await answer.text()
    found = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    assert {m.name for m in names.METRICS} <= found | {f.removesuffix("_total") for f in found}
    assert len(re.findall(r"^# TYPE plumbline_messages_handled_total ", text, re.MULTILINE)) == 1


def with_key(key: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {key}"),)


async def test_a_partner_reads_searches_and_watches(newsstand: Newsstand) -> None:
    key = with_key(newsstand.kept.partner_key)
    async with grpc.aio.insecure_channel(newsstand.partner) as channel:
        publications: Any = publication_service_pb2_grpc.PublicationServiceStub(channel)
        fact_checks: Any = fact_check_service_pb2_grpc.FactCheckServiceStub(channel)
        name = f"articles/{newsstand.kept.article_id}"
        panel = await publications.GetPanel(publication_service_pb2.GetPanelRequest(name=name), metadata=key)
        assert panel.complete
        assert "verdict" in {c.status for c in panel.claims} <= {"verdict", "needs_review", "assessed"}
        found = await fact_checks.SearchFactChecks(
            fact_check_service_pb2.SearchFactChecksRequest(query="How much of the ocean floor is mapped?"), metadata=key
        )
        assert any("ocean floor" in match.fact_check.claim for match in found.matches[:3])
        watch = publications.WatchPublications(
            publication_service_pb2.WatchPublicationsRequest(from_start=True), metadata=key
        )
        first = await watch.read()
        assert first.panel.name.startswith("articles/")
        assert first.resume_token
        watch.cancel()


@pytest.mark.parametrize("key", ["", "pl_nobody_nothing", "nonsense"])
async def test_S2_without_a_good_key_nothing_is_told(newsstand: Newsstand, key: str) -> None:
    async with grpc.aio.insecure_channel(newsstand.partner) as channel:
        publications: Any = publication_service_pb2_grpc.PublicationServiceStub(channel)
        request = publication_service_pb2.GetPanelRequest(name=f"articles/{newsstand.kept.article_id}")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await publications.GetPanel(request, metadata=with_key(key) if key else ())
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_posting_the_same_article_again_changes_nothing(newsstand: Newsstand) -> None:
    assert newsstand.report is not None
    db = newsstand.running.running["publish"].resources.db
    before = await db.fetchval("SELECT max(revision) FROM publication")
    again = await newsstand.morning()
    assert [r.after for r in again.outcomes] == [r.after for r in newsstand.report.outcomes]
    assert await db.fetchval("SELECT max(revision) FROM publication") == before


async def test_a_restart_loses_nothing(newsstand: Newsstand) -> None:
    assert newsstand.report is not None
    await newsstand.close()
    await newsstand.open()
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{newsstand.url}/articles/{newsstand.kept.article_id}/panel") as answer,
    ):
        panel = await answer.json()
    assert [c["outcome"] for c in panel["claims"]] == [r.after for r in newsstand.report.outcomes]
