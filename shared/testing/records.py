"""Records as a consumer gets them, without a broker: built by hand, or taken from what a service told."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.message import Message

from shared.consumer import BackOff, Delivery, GivenBack, Record
from shared.dead_letter import DeadLetterLimit
from shared.events import Envelope, Headers, Version
from shared.hears import Listening
from shared.ids import DEFAULT_SITE, TimeOrderedIds
from shared.outbox import unpack_headers
from shared.runtime import Running

SOON = BackOff(base=0.001, cap=0.01)
"""Waits too short to notice."""

_ids = TimeOrderedIds()
_offsets = itertools.count()


@dataclass(frozen=True, slots=True)
class Heard:
    """One record. Changing it is `dataclasses.replace`."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int = 0
    offset: int = 0
    timestamp: int = 0

    @property
    def envelope(self) -> Envelope:
        return Envelope.read(self.headers)


def record(
    topic: str,
    message: Message,
    *,
    subject: str = "subject",
    version: Version = Version(1, 1),  # noqa: B008
    event_id: UUID | None = None,
    traceparent: str = "",
    changed: Mapping[str, str | bytes] | None = None,
) -> Heard:
    """A well-formed record of `message`; `changed` replaces headers by name, an empty one is left out."""
    envelope = Envelope(
        event_id=event_id or _ids.new(),
        type=message.DESCRIPTOR.full_name,
        source="/services/test",
        subject=subject,
        time=datetime.now(UTC),
        site_id=DEFAULT_SITE,
        version=version,
        traceparent=traceparent,
    )
    headers = dict(envelope.headers())
    for name, value in (changed or {}).items():
        headers[name] = value if isinstance(value, bytes) else value.encode()
    return Heard(
        topic,
        subject.encode(),
        message.SerializeToString(deterministic=True),
        [(name, value) for name, value in headers.items() if value],
        offset=next(_offsets),
        timestamp=_milliseconds(envelope.time),
    )


async def told_by(running: Running, *topics: str) -> list[Heard]:
    """Everything this service told so far, in order, as records."""
    rows = await running.resources.db.fetch("SELECT * FROM outbox ORDER BY position")
    return [
        Heard(
            row["topic"],
            row["key"].encode(),
            row["value"],
            unpack_headers(row["headers"]),
            offset=row["position"],
            timestamp=_milliseconds(row["created_at"]),
        )
        for row in rows
        if not topics or row["topic"] in topics
    ]


class Still:
    """A standstill without a consumer. `ours` says whether the partition is still assigned."""

    def __init__(self, *, ours: bool = True) -> None:
        self.stays = ours
        self.held = 0
        self.resumed = 0

    async def hold(self, record: Record) -> bool:
        self.held += 1
        return self.stays

    def ours(self, record: Record) -> bool:
        return self.stays

    def resume(self) -> None:
        self.resumed += 1


def delivery(
    running: Running,
    hears: Sequence[Listening] | None = None,
    *,
    limit: DeadLetterLimit | None = None,
    back_off: BackOff = SOON,
) -> Delivery:
    """A delivery to a prepared service, without a broker."""
    found = running.resources
    return Delivery(
        running.hears if hears is None else hears,
        found.outbox,
        found.dead_letters,
        found.telemetry,
        group=running.spec.group,
        ids=found.ids,
        clock=found.clock,
        limit=limit,
        back_off=back_off,
    )


async def deliver(running: Running, records: Iterable[Heard], *, times: int = 1) -> None:
    """Bring records to their end, one after the other, each as often as asked; no number of dead letters halts this."""
    to = delivery(running, limit=DeadLetterLimit(in_a_row=sys.maxsize, share=1.0))
    for heard in records:
        for _ in range(times):
            await to.settle(heard, Still())


def moved(heard: Heard, *, partition: int = 0, offset: int = 0) -> Heard:
    """The same event at another place in the log, as a relay that lost an answer writes it."""
    return replace(heard, partition=partition, offset=offset)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


__all__ = ["SOON", "GivenBack", "Heard", "Still", "deliver", "delivery", "moved", "record", "told_by"]
