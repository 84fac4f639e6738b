"""The span receiver: OTLP over gRPC on loopback, for when no collector is given. It is itself not traced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import grpc
import grpc.aio
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from services.console.model.trace import SpanRecord
from services.console.store.spans import SpanStore

MOST_SPANS = 10_000
MOST_ATTRIBUTES = 32
LONGEST_TEXT = 300
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_FAILED = 2
_OPTIONS = (("grpc.max_receive_message_length", 8 * 1024 * 1024), ("grpc.so_reuseport", 0))


class OtlpReceiver(trace_service_pb2_grpc.TraceServiceServicer):  # type: ignore[misc]  # generated without types
    """Keeps what services export. A database that is away answers UNAVAILABLE, and the exporter tries again."""

    def __init__(self, spans: SpanStore, *, host: str, port: int, log: Any) -> None:
        self._spans, self._address, self._log = spans, (host, port), log
        self._server: grpc.aio.Server | None = None
        self.port = port

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        host, port = self._address
        server = grpc.aio.server(options=_OPTIONS, maximum_concurrent_rpcs=16)
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, server)
        try:
            self.port = server.add_insecure_port(f"{host}:{port}")
        except RuntimeError as error:
            raise OSError(f"the span receiver cannot listen on port {port}") from error
        await server.start()
        self._server = server

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(1.0)

    async def Export(self, request: Any, context: Any) -> Any:
        """One batch in one statement; spans beyond the cap are counted as rejected."""
        found = list(read_spans(request))
        try:
            await self._spans.keep(found[:MOST_SPANS])
        except Exception as error:
            self._log.warning("spans.not_kept", error=type(error).__name__)
            await context.abort(grpc.StatusCode.UNAVAILABLE, "try again")
        rejected = max(0, len(found) - MOST_SPANS)
        if not rejected:
            return trace_service_pb2.ExportTraceServiceResponse()
        partial = trace_service_pb2.ExportTracePartialSuccess(rejected_spans=rejected, error_message="too many spans")
        return trace_service_pb2.ExportTraceServiceResponse(partial_success=partial)


def read_spans(request: Any) -> Iterator[SpanRecord]:
    """The well-formed spans of an export; others are passed over."""
    for resource_spans in request.resource_spans:
        service = str(_attributes(resource_spans.resource.attributes).get("service.name", "unknown"))
        for scope in resource_spans.scope_spans:
            for span in scope.spans:
                if len(span.trace_id) == 16 and len(span.span_id) == 8 and span.start_time_unix_nano < 1 << 62:
                    yield _record(service.removeprefix("plumbline-"), span)


def _record(service: str, span: Any) -> SpanRecord:
    return SpanRecord(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() if len(span.parent_span_id) == 8 else "",
        service=service,
        name=_text(span.name),
        kind=KINDS[span.kind] if 0 <= span.kind < len(KINDS) else KINDS[0],
        started_ns=span.start_time_unix_nano,
        ended_ns=min(max(span.start_time_unix_nano, span.end_time_unix_nano), (1 << 62)),
        failed=span.status.code == _FAILED,
        attributes=_attributes(span.attributes),
        links=tuple(link.trace_id.hex() for link in list(span.links)[:MOST_ATTRIBUTES]),
    )


def _attributes(pairs: Iterable[Any]) -> dict[str, str | int | float | bool]:
    found: dict[str, str | int | float | bool] = {}
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        if kind in ("int_value", "double_value", "bool_value"):
            found[_text(pair.key)] = getattr(pair.value, kind)
        elif kind == "string_value":
            found[_text(pair.key)] = _text(pair.value.string_value)
        if len(found) >= MOST_ATTRIBUTES:
            break
    return found


def _text(text: str) -> str:
    return text.replace("\x00", "")[:LONGEST_TEXT]
