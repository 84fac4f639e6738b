"""The span store, its receiver, and the page that draws one trace."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator

import grpc.aio
import pytest
import pytest_asyncio
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.trace import SpanKind

from services.console.model.trace import SpanRecord
from services.console.otlp import OtlpReceiver
from services.console.store.spans import SpanStore
from shared.local.postgres import EmbeddedPostgres
from shared.telemetry.logs import make_log
from shared.telemetry.setup import Telemetry
from tests.integration.console.house import House

START = 1_800_000_000_000_000_000


@pytest_asyncio.fixture
async def spans(postgres_server: EmbeddedPostgres) -> AsyncIterator[SpanStore]:
    name = f"spans_{uuid.uuid4().hex[:10]}"
    store = await SpanStore.open(postgres_server.dsn(), name)
    yield store
    await store.close()
    await postgres_server.drop_database(name)


@pytest_asyncio.fixture
async def receiver(spans: SpanStore) -> AsyncIterator[OtlpReceiver]:
    made = OtlpReceiver(spans, host="127.0.0.1", port=0, log=make_log("console"))
    await made.start()
    yield made
    await made.stop()


def record(span: int, parent: int = 0, *, service: str = "ingest", trace: str = "ab" * 16, at: int = 0) -> SpanRecord:
    return SpanRecord(
        trace_id=trace,
        span_id=f"{span:016x}",
        parent_id=f"{parent:016x}" if parent else "",
        service=service,
        name=f"span {span}",
        kind="server" if not parent else "consumer",
        started_ns=START + at * 1_000_000,
        ended_ns=START + (at + 5) * 1_000_000,
    )


async def test_T1_spans_two_services_export_come_back_as_one_trace(spans: SpanStore, receiver: OtlpReceiver) -> None:
    ingest = Telemetry.of("ingest", endpoint=f"http://127.0.0.1:{receiver.port}")
    publish = Telemetry.of("publish", endpoint=f"http://127.0.0.1:{receiver.port}")
    with ingest.tracing.span("POST /v1/ingest/{source}", SpanKind.SERVER, root=True):
        trace_id, told = ingest.tracing.trace_id(), ingest.tracing.traceparent()
    with (
        pytest.raises(ValueError, match="no"),
        publish.tracing.span("process plumbline.article.v1", SpanKind.CONSUMER, parent=told, link=told),
    ):
        raise ValueError("no")
    for telemetry in (ingest, publish):
        await asyncio.to_thread(telemetry.shutdown)
    found = await spans.trace(trace_id)
    assert [(one.service, one.name, one.kind, one.failed) for one in found] == [
        ("ingest", "POST /v1/ingest/{source}", "server", False),
        ("publish", "process plumbline.article.v1", "consumer", True),
    ]
    assert found[1].parent_id == found[0].span_id
    assert found[1].links == (trace_id,)
    assert found[1].attributes["error.type"] == "ValueError"
    (line,) = await spans.latest()
    assert (line.trace_id, line.services, line.spans, line.failed) == (trace_id, ("ingest", "publish"), 2, True)


async def test_a_span_sent_twice_is_kept_once_and_old_ones_go(spans: SpanStore) -> None:
    for _ in range(2):
        await spans.keep([record(1), record(2, 1, service="publish", at=3)])
    assert [one.span_id for one in await spans.trace("ab" * 16)] == [f"{1:016x}", f"{2:016x}"]
    await spans.forget_before(START + 1_000_000)
    assert [one.span_id for one in await spans.trace("ab" * 16)] == [f"{2:016x}"]
    assert await spans.trace("../../etc") == []


async def test_S7_malformed_spans_are_passed_over_and_oversized_texts_cut(
    spans: SpanStore, receiver: OtlpReceiver
) -> None:
    request = trace_service_pb2.ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    scope.spans.add(trace_id=b"short", span_id=b"x", name="bad")
    scope.spans.add(trace_id=b"\x01" * 16, span_id=b"\x02" * 8, start_time_unix_nano=(1 << 64) - 1)
    good = scope.spans.add(trace_id=b"\x01" * 16, span_id=b"\x03" * 8, name="a\x00" + "b" * 999, kind=77)
    good.attributes.add(key="k\x00").value.string_value = "v" * 999
    async with grpc.aio.insecure_channel(f"127.0.0.1:{receiver.port}") as channel:
        await trace_service_pb2_grpc.TraceServiceStub(channel).Export(request)
    (kept,) = await spans.trace("01" * 16)
    assert (kept.service, kept.kind, len(kept.name)) == ("unknown", "unspecified", 300)
    assert kept.attributes == {"k": "v" * 300}


async def test_a_database_that_is_away_makes_the_exporter_try_again(spans: SpanStore, receiver: OtlpReceiver) -> None:
    await spans.close()
    request = trace_service_pb2.ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"\x01" * 16, span_id=b"\x03" * 8)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{receiver.port}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await trace_service_pb2_grpc.TraceServiceStub(channel).Export(request)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_one_trace_is_drawn_across_services_and_lists_link_to_it(house: House) -> None:
    store = await SpanStore.open(house.db.dsn, house.spans_database)
    await store.keep([record(1), record(2, 1, service="verification", at=3), record(3, 2, service="publish", at=9)])
    await store.close()
    ann = await house.visitor("ann", "admin")
    assert ann.path == "/console/traces"
    links = [link.attributes["href"] for link in ann.page.css("tbody a")]
    assert links == [f"/console/traces/{'ab' * 16}"]
    await ann.get(links[0] or "")
    assert "3 spans in 3 services, 14 ms" in ann.text
    rows = [[" ".join(cell.text().split()) for cell in row.css("th, td")] for row in ann.page.css("tbody tr")]
    assert rows == [
        ["span 1", "ingest", "0.0 ms", "5.0 ms", ""],
        ["· span 2", "verification", "3.0 ms", "5.0 ms", ""],
        ["· · span 3", "publish", "9.0 ms", "5.0 ms", ""],
    ]
    classes = [bar.attributes["class"] for bar in ann.page.css("svg.bar")]
    assert len({re.sub(r"\D", "", name or "") for name in classes}) == 3
    assert (await ann.get("/console/traces/" + "0" * 32)).status == 404
    assert (await ann.get("/console/traces/nonsense")).status == 404
