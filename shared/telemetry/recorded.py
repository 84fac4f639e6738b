"""Our own spans: what the SDK's do for any program, less the checks and copies we do not need.

Names are declared in `names`, values are plain, spans are never touched after their end and hold no exception texts. So
an attribute is a dictionary entry; the SDK cleans, locks and copies each of them, for three times the cost of a span.
Processors and exporters are the SDK's and see a span like any other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode

_UNSET = Status(StatusCode.UNSET)
_SCOPE = InstrumentationScope("plumbline")


class Recorded(Span, ReadableSpan):  # type: ignore[misc]  # the SDK has no types
    """A span from its start. Whoever ends it hands it to the processors and changes nothing afterwards."""

    def __init__(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        resource: Resource,
        kind: SpanKind,
        attributes: dict[str, Any],
        links: Sequence[Link],
    ) -> None:
        self._name, self._kind = name, kind
        self._context, self._parent = context, parent
        self._resource, self._instrumentation_scope = resource, _SCOPE
        self._instrumentation_info = None
        self._attributes = attributes
        self._events, self._links = (), links
        self._status = _UNSET
        self._start_time = time.time_ns()
        self._end_time: int | None = None

    def get_span_context(self) -> SpanContext:
        return self._context

    def is_recording(self) -> bool:
        return self._end_time is None

    def set_attribute(self, key: str, value: Any) -> None:
        self._attributes[key] = value

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        self._attributes.update(attributes)

    def set_status(self, status: Any, description: str | None = None) -> None:
        self._status = status if isinstance(status, Status) else Status(status, description)

    def update_name(self, name: str) -> None:
        self._name = name

    def add_link(self, context: SpanContext, attributes: Any = None) -> None:
        self._links = (*self._links, Link(context, attributes))

    def add_event(self, name: str, attributes: Any = None, timestamp: int | None = None) -> None:
        """Nothing: what happens within a span is a log line."""

    def record_exception(
        self, exception: BaseException, attributes: Any = None, timestamp: int | None = None, escaped: bool = False
    ) -> None:
        """Nothing: an exception's text may hold anything. Its type is told by `mark_failed`."""

    def end(self, end_time: int | None = None) -> None:
        if self._end_time is None:
            self._end_time = time.time_ns() if end_time is None else end_time
