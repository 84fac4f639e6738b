"""Our spans on the wire are what the SDK's own encoder would have made of them (promise T1)."""

from __future__ import annotations

import contextlib

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import INVALID_SPAN, SpanKind, get_current_span

from shared.telemetry.export import request_of
from shared.telemetry.spans import Tracing

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = PARENT[:-2] + "00"


def tracing() -> tuple[Tracing, InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    return Tracing("publish", processors=(SimpleSpanProcessor(kept),)), kept


def test_T1_every_kind_of_span_is_encoded_as_the_sdk_encodes_it() -> None:
    mine, kept = tracing()
    with mine.span("POST /articles", SpanKind.SERVER, root=True, attributes={"text": "a", "flag": True, "n": 7}):
        with mine.create("plumbline.article.v1", "Article", "a1") as told:
            pass
        with mine.span("process", SpanKind.CONSUMER, parent=PARENT, link=PARENT, attributes={"age": 0.25}) as span:
            span.set_attribute("plumbline.result", "handled")
        with mine.span("send", SpanKind.CLIENT, root=True, links=[told, "no traceparent", PARENT]):
            pass
        with contextlib.suppress(KeyError), mine.span("breaks", SpanKind.INTERNAL):
            raise KeyError("somebody's secret")
    spans = kept.get_finished_spans()
    assert len(spans) == 5
    assert request_of(spans) == encode_spans(spans)
    assert "secret" not in str(request_of(spans))


def test_T1_an_export_of_nothing_is_empty() -> None:
    assert request_of([]) == encode_spans([])


def test_T1_a_trace_that_is_not_sampled_stays_unsampled() -> None:
    mine, kept = tracing()
    with mine.span("process", SpanKind.CONSUMER, parent=UNSAMPLED), mine.create("t", "Article") as told:
        assert told.startswith(PARENT[:36])
        assert told.endswith("-00")
    assert kept.get_finished_spans() == ()


def test_T1_without_anybody_to_send_spans_to_there_are_none_and_a_trace_passes_through() -> None:
    mine = Tracing("publish")
    with mine.create("t", "Article") as told:
        assert told == ""
    with mine.span("process", SpanKind.CONSUMER, parent=PARENT), mine.create("t", "Article") as told:
        assert told == PARENT
    assert get_current_span() is INVALID_SPAN
