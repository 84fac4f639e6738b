"""What the handling of records cost: how many, how many spans, how many statements (the budget of promise T5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Link, SpanKind

from shared.telemetry import names
from shared.testing.kit import Observed

SPANS_EACH = 3
STATEMENTS_EACH = 6


@dataclass(frozen=True, slots=True)
class Handled:
    """One handled record: its topic, the statements it sent, the spans it caused (its own, and create and send of what
    it told)."""

    service: str
    topic: str
    event_type: str
    statements: int
    spans: int


@dataclass(frozen=True, slots=True)
class Spent:
    """The account of a run. Records acknowledged from their header alone are not handled and cost no span."""

    handled: tuple[Handled, ...]

    @property
    def messages(self) -> int:
        return len(self.handled)

    @property
    def spans_per_message(self) -> float:
        return sum(one.spans for one in self.handled) / max(1, self.messages)

    @property
    def statements_per_message(self) -> float:
        return sum(one.statements for one in self.handled) / max(1, self.messages)

    def over_budget(self) -> list[Handled]:
        """Records that sent more statements than a record may."""
        return [one for one in self.handled if one.statements > STATEMENTS_EACH]

    def table(self) -> str:
        """By service and event type: how many, statements at most, spans at most."""
        rows: dict[tuple[str, str], list[Handled]] = {}
        for one in self.handled:
            rows.setdefault((one.service, one.event_type.rpartition(".")[2]), []).append(one)
        lines = [
            f"{service:<18}{kind:<22}{len(ones):>5}{max(o.statements for o in ones):>6}{max(o.spans for o in ones):>6}"
            for (service, kind), ones in sorted(rows.items())
        ]
        total = f"{self.messages} messages, {self.spans_per_message:.2f} spans and {self.statements_per_message:.2f} statements each"
        return "\n".join([f"{'service':<18}{'event':<22}{'n':>5}{'sql':>6}{'spans':>6}", *lines, total])


def spent(observed: Iterable[Observed]) -> Spent:
    """What the services of a run spent so far, read from the spans they finished."""
    watched = list(observed)
    by_service = {one.service: one.spans for one in watched}
    created = [s for spans in by_service.values() for s in spans if s.kind is SpanKind.PRODUCER]
    sent = {link.context.span_id for spans in by_service.values() for s in spans for link in _sends(s)}
    handled = []
    for service, spans in by_service.items():
        for span in spans:
            attributes = span.attributes or {}
            if span.kind is not SpanKind.CONSUMER or names.STATEMENTS not in attributes:
                continue
            told = [c for c in created if c.parent is not None and c.parent.span_id == span.context.span_id]
            handled.append(
                Handled(
                    service,
                    str(attributes[names.DESTINATION]),
                    str(attributes[names.EVENT_TYPE]),
                    int(str(attributes[names.STATEMENTS])),
                    1 + len(told) + sum(c.context.span_id in sent for c in told),
                )
            )
    return Spent(tuple(handled))


def _sends(span: ReadableSpan) -> Iterable[Link]:
    return span.links if span.kind is SpanKind.CLIENT else ()
