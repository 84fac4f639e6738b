"""Our spans as OTLP, built straight from what they hold.

The SDK's encoder serves any span: it hashes the resource as JSON for each of them and asks every value what it is. All
spans of one exporter have one resource and one scope, and plain values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, SpanFlags, Status
from opentelemetry.trace import SpanContext

from shared.telemetry.recorded import Recorded

_LOCAL = SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK
_REMOTE = _LOCAL | SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK


class SpanExporter(OTLPSpanExporter):  # type: ignore[misc]  # the SDK has no types
    """The SDK's OTLP exporter over gRPC, retries and all, for `Recorded` spans of one service."""

    def _translate_data(self, data: Sequence[Recorded]) -> ExportTraceServiceRequest:
        return request_of(data)


def request_of(spans: Sequence[Recorded]) -> ExportTraceServiceRequest:
    """One export of spans that share a resource."""
    if not spans:
        return ExportTraceServiceRequest()
    resource, scope = spans[0].resource, spans[0].instrumentation_scope
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=_attributes(resource.attributes)),
                scope_spans=[
                    ScopeSpans(scope=InstrumentationScope(name=scope.name), spans=[_span(span) for span in spans])
                ],
            )
        ]
    )


def _span(span: Recorded) -> Span:
    context, parent = span.context, span.parent
    return Span(
        trace_id=context.trace_id.to_bytes(16, "big"),
        span_id=context.span_id.to_bytes(8, "big"),
        parent_span_id=b"" if parent is None else parent.span_id.to_bytes(8, "big"),
        name=span.name,
        kind=span.kind.value + 1,  # OTLP counts from "unspecified"
        start_time_unix_nano=span.start_time,
        end_time_unix_nano=span.end_time,
        attributes=_attributes(span.attributes),
        links=[_link(link.context) for link in span.links],
        status=Status(code=span.status.status_code.value),
        flags=_flags(parent),
    )


def _link(context: SpanContext) -> Span.Link:
    return Span.Link(
        trace_id=context.trace_id.to_bytes(16, "big"),
        span_id=context.span_id.to_bytes(8, "big"),
        flags=_flags(context),
    )


def _flags(context: SpanContext | None) -> int:
    return _REMOTE if context is not None and context.is_remote else _LOCAL


def _attributes(attributes: Mapping[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in attributes.items()]


def _value(value: Any) -> AnyValue:
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    return AnyValue(double_value=value)
