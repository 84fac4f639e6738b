"""What ingest does with each event it hears: CMS events that came straight onto Kafka take the path of the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from services.ingest.cloud_events import CmsEvent, read_kafka
from services.ingest.intake import Intake, Parcel, headers_digest
from services.ingest.sources import KafkaSources
from shared.consumer import Record
from shared.errors import Poison, Refused
from shared.events import NEVER, Envelope
from shared.ids import DEFAULT_SITE, derived_id
from shared.inbox import EventWork


@dataclass(frozen=True, slots=True)
class CmsRecord:
    """A CloudEvent as a record carried it."""

    event: CmsEvent
    value: bytes
    headers_sha256: bytes


def read_record(record: Record) -> tuple[Envelope, CmsRecord]:
    """The CloudEvent of a record. Its id is derived from (source, id), so a repetition is the same event.

    Raises Poison when the record is no CloudEvent; what its data says is judged by the handler.
    """
    try:
        event = read_kafka(record.headers, record.value)
    except Refused as error:
        raise Poison(f"{error.field}: {error.message}") from error
    envelope = Envelope(
        event_id=derived_id("cms-event", event.source, event.event_id),
        type=event.type,
        source=event.source,
        subject=event.event_id,
        time=event.time or _moment(record),
        site_id=DEFAULT_SITE,
        version=NEVER,
        traceparent=dict(record.headers).get("traceparent", b"").decode("ascii", "replace"),
    )
    return envelope, CmsRecord(event, record.value or b"", headers_digest((n.encode(), v) for n, v in record.headers))


async def on_cms_event(heard: CmsRecord, work: EventWork, *, intake: Intake, sources: KafkaSources) -> None:
    """Take in an event of a source that may write to Kafka; one that says something unusable is kept as rejected.

    `ce_source` names the source: its registered name, with or without a leading slash.
    """
    now = work.clock.now()
    source = await sources.find(work.db, heard.event.source.strip("/"))
    if source is None:
        raise Poison("source: not a registered source of kind kafka")
    parcel = Parcel(source.origin, "kafka", heard.value, heard.headers_sha256, now)
    try:
        news = await intake.read([heard.event], now)
    except Refused as error:
        async with work.once() as tx:
            await intake.reject(tx, parcel, error, heard.event)
        return
    async with work.once() as tx:
        await intake.apply(tx, parcel, [(work.ids.new(), heard.event, news[0])])


def _moment(record: Record) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)
