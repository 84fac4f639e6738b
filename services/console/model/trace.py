"""One trace as a picture: spans in the order of their tree, each with its place on the common time line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class SpanRecord:
    """A span as it is kept. Ids are lower-case hex, times nanoseconds since 1970, `parent_id` empty for a root."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    kind: str
    started_ns: int
    ended_ns: int
    failed: bool = False
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One span as it is drawn: `left` and `width` are thousandths of the whole trace."""

    span: SpanRecord
    depth: int
    after_ms: float
    took_ms: float
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A whole trace. `services` in the order in which the trace reached them; `left_out` spans were not drawn."""

    trace_id: str
    started_ns: int
    took_ms: float
    services: tuple[str, ...]
    bars: tuple[Bar, ...]
    left_out: int = 0


def waterfall(spans: Iterable[SpanRecord]) -> Waterfall | None:
    """The picture of these spans of one trace; None without any. A span whose parent is not there counts as a root."""
    ordered = sorted(spans, key=lambda span: (span.started_ns, span.span_id))
    if not ordered:
        return None
    start, end = ordered[0].started_ns, max(span.ended_ns for span in ordered)
    whole = max(1, end - start)
    bars = tuple(
        Bar(
            span,
            depth,
            after_ms=(span.started_ns - start) / 1e6,
            took_ms=(span.ended_ns - span.started_ns) / 1e6,
            left=round(1000 * (span.started_ns - start) / whole, 1),
            width=round(max(1.5, 1000 * (span.ended_ns - span.started_ns) / whole), 1),
        )
        for span, depth in _tree(ordered)[:MOST_ROWS]
    )
    return Waterfall(
        trace_id=ordered[0].trace_id,
        started_ns=start,
        took_ms=whole / 1e6,
        services=tuple(dict.fromkeys(span.service for span in ordered)),
        bars=bars,
        left_out=len(ordered) - len(bars),
    )


def _tree(ordered: list[SpanRecord]) -> list[tuple[SpanRecord, int]]:
    """Parents before children, siblings by start, each with its depth; without recursion, safe with loops."""
    known = {span.span_id for span in ordered}
    below: dict[str, list[SpanRecord]] = defaultdict(list)
    for span in ordered:
        below[span.parent_id if span.parent_id in known and span.parent_id != span.span_id else ""].append(span)
    found: list[tuple[SpanRecord, int]] = []
    waiting = [(span, 0) for span in reversed(below[""])]
    while waiting:
        span, depth = waiting.pop()
        found.append((span, depth))
        waiting += [(child, depth + 1) for child in reversed(below[span.span_id])]
    drawn = {span.span_id for span, _ in found}
    return found + [(span, 0) for span in ordered if span.span_id not in drawn]
