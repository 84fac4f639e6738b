"""Spans of one service. One article is one trace: an event carries the context in which it was created.

FastStream's own middleware emits retired names and makes an event's consumers siblings of its maker, so this is ours.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import DEFAULT_ON
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

from shared.telemetry import names
from shared.telemetry.export import SpanExporter
from shared.telemetry.recorded import Recorded

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class Tracing:
    """The tracer of one service, with a provider of its own. Nothing here is process-global."""

    def __init__(self, service: str, *, endpoint: str = "", processors: tuple[SpanProcessor, ...] = ()) -> None:
        self.service = service
        self.provider = TracerProvider(
            resource=Resource({"service.name": f"plumbline-{service}"}), shutdown_on_exit=False
        )
        if endpoint:
            exporter = SpanExporter(endpoint=endpoint, insecure=True, timeout=3)
            processors = (BatchSpanProcessor(exporter, schedule_delay_millis=500), *processors)
        for processor in processors:
            self.provider.add_span_processor(processor)
        self._processors = processors
        self._ids = self.provider.id_generator
        self._all = self.provider.sampler is DEFAULT_ON

    @contextlib.contextmanager
    def span(
        self,
        name: str,
        kind: SpanKind,
        *,
        parent: str = "",
        link: str = "",
        links: Sequence[str] = (),
        root: bool = False,
        attributes: dict[str, Any] | None = None,
    ) -> Iterator[Span]:
        """A span that is current inside the block; an exception marks it failed by type, never by text.

        `parent`, `link` and `links` are traceparent strings; an unreadable one is ignored. Without a parent the current
        span is the parent, unless `root` is set.
        """
        above = self._parent(parent, root=root)
        linked = [one for text in (link, *links) if text and (one := _read(text, parent, above)) is not None]
        span = self._started(name, kind, above, linked, dict(attributes or ()))
        token = context.attach(trace.set_span_in_context(span))
        try:
            yield span
        except BaseException as error:
            mark_failed(error)
            raise
        finally:
            context.detach(token)
            if isinstance(span, Recorded):
                span.end()
                for processor in self._processors:
                    processor.on_end(span)

    def _parent(self, parent: str, *, root: bool) -> SpanContext | None:
        remote = read_traceparent(parent) if parent else None
        if remote is not None or root or parent:
            return remote
        current = trace.get_current_span().get_span_context()
        return current if current.is_valid else None

    def _started(
        self,
        name: str,
        kind: SpanKind,
        parent: SpanContext | None,
        links: Sequence[SpanContext],
        attributes: dict[str, Any],
    ) -> Span:
        """A span by the sampler's leave. Without anybody to send it to there is none, and a trace passes through."""
        if not self._processors:
            return NonRecordingSpan(parent) if parent is not None else INVALID_SPAN
        trace_id = self._ids.generate_trace_id() if parent is None else parent.trace_id
        if not self._sampled(name, kind, parent, trace_id, attributes):
            return NonRecordingSpan(SpanContext(trace_id, self._ids.generate_span_id(), is_remote=False))
        found = SpanContext(trace_id, self._ids.generate_span_id(), is_remote=False, trace_flags=_SAMPLED)
        return Recorded(name, found, parent, self.provider.resource, kind, attributes, tuple(map(Link, links)))

    def _sampled(
        self, name: str, kind: SpanKind, parent: SpanContext | None, trace_id: int, attributes: dict[str, Any]
    ) -> bool:
        if self._all:
            return parent is None or parent.trace_flags.sampled
        around = None if parent is None else trace.set_span_in_context(NonRecordingSpan(parent), context.Context())
        decided = self.provider.sampler.should_sample(around, trace_id, name, kind, attributes)
        return bool(decided.decision.is_sampled())

    @contextlib.contextmanager
    def create(self, topic: str, event_type: str, subject: str = "") -> Iterator[str]:
        """The creation of one event; yields the traceparent that travels with it."""
        attributes = {
            names.SYSTEM: "kafka",
            names.OPERATION_NAME: "create",
            names.OPERATION_TYPE: "create",
            names.DESTINATION: topic,
            names.EVENT_TYPE: event_type,
            names.SUBJECT: subject,
        }
        with self.span(names.SPAN_CREATE.format(topic=topic), SpanKind.PRODUCER, attributes=attributes) as span:
            yield write_traceparent(span.get_span_context())

    def traceparent(self) -> str:
        """The current span as a traceparent; empty when there is none."""
        return write_traceparent(trace.get_current_span().get_span_context())

    def trace_id(self) -> str:
        """The current trace id in hex; empty when there is none."""
        found = trace.get_current_span().get_span_context()
        return f"{found.trace_id:032x}" if found.is_valid else ""

    def shutdown(self) -> None:
        """Flush what is left; gives up after three seconds, whatever the exporter is waiting for."""
        ending = threading.Thread(target=self.provider.shutdown, name="telemetry-end", daemon=True)
        ending.start()
        ending.join(3.0)


def mark_failed(error: BaseException) -> None:
    """Mark the current span as failed, by the error's type: its text may hold what a span must not."""
    span = trace.get_current_span()
    span.set_attribute(names.ERROR_TYPE, type(error).__name__)
    span.set_status(Status(StatusCode.ERROR))


def _read(text: str, parent: str, above: SpanContext | None) -> SpanContext | None:
    """A linked span; the same words as the parent's are not read twice."""
    return above if text == parent and above is not None else read_traceparent(text)


def read_traceparent(text: str) -> SpanContext | None:
    """The span context a W3C traceparent names; None for anything else."""
    parts = text.split("-")
    if len(parts) < 4 or [len(p) for p in parts[:4]] != [2, 32, 16, 2] or parts[0] == "ff":
        return None
    try:
        trace_id, span_id, flags = int(parts[1], 16), int(parts[2], 16), int(parts[3], 16)
    except ValueError:
        return None
    found = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return found if found.is_valid else None


def write_traceparent(found: SpanContext) -> str:
    """The W3C traceparent of a span context; empty for an invalid one."""
    if not found.is_valid:
        return ""
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"
