"""Spans of all services, in a database of their own. They may be lost without harm, so nothing else lives there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.console.model.trace import SpanRecord
from shared.postgres import Database, Row, ensure_database, migrate

MIGRATIONS = Path(__file__).parent.parent / "migrations" / "spans"

_KEEP = """
INSERT INTO span
SELECT decode(trace_id, 'hex'), decode(span_id, 'hex'), decode(nullif(parent_id, ''), 'hex'), service, name, kind,
       started_ns, ended_ns, failed, attributes::jsonb, links::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
            $9::bool[], $10::text[], $11::text[])
     AS s(trace_id, span_id, parent_id, service, name, kind, started_ns, ended_ns, failed, attributes, links)
ON CONFLICT DO NOTHING
"""
_TRACE = "SELECT * FROM span WHERE trace_id = decode($1, 'hex') ORDER BY started_ns LIMIT 5000"
_LATEST = """
SELECT root.trace_id, root.service, root.name, root.started_ns, whole.spans, whole.services, whole.failed,
       whole.ended_ns - root.started_ns AS took_ns
FROM (SELECT * FROM span WHERE parent_id IS NULL AND ($1 OR kind = 'server') ORDER BY started_ns DESC LIMIT $2) AS root,
     LATERAL (SELECT count(*) AS spans, array_agg(DISTINCT service ORDER BY service) AS services,
                     bool_or(failed) AS failed, max(ended_ns) AS ended_ns
              FROM span WHERE span.trace_id = root.trace_id) AS whole
ORDER BY root.started_ns DESC
"""
_FORGET = "DELETE FROM span WHERE started_ns < $1"


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One trace in a list, named by its first span."""

    trace_id: str
    service: str
    name: str
    started_ns: int
    took_ms: float
    spans: int
    services: tuple[str, ...]
    failed: bool


class SpanStore:
    """Keeps spans and gives traces back."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @classmethod
    async def open(cls, server_dsn: str, name: str) -> SpanStore:
        """The store in database `name` of that server; both are made when they are not there."""
        db = await Database.connect(await ensure_database(server_dsn, name), size=3)
        await migrate(db, ("spans", MIGRATIONS))
        return cls(db)

    async def keep(self, spans: Sequence[SpanRecord]) -> None:
        """A span that is kept already stays as it is."""
        if spans:
            await self._db.execute(
                _KEEP,
                [s.trace_id for s in spans],
                [s.span_id for s in spans],
                [s.parent_id for s in spans],
                [s.service for s in spans],
                [s.name for s in spans],
                [s.kind for s in spans],
                [s.started_ns for s in spans],
                [s.ended_ns for s in spans],
                [s.failed for s in spans],
                [json.dumps(dict(s.attributes)) for s in spans],
                [json.dumps(s.links) for s in spans],
            )

    async def trace(self, trace_id: str) -> list[SpanRecord]:
        """Every kept span of one trace (hex id) by start; empty when it is unknown or not an id."""
        if len(trace_id) != 32 or not set(trace_id) <= set("0123456789abcdef"):
            return []
        return [_span(row) for row in await self._db.fetch(_TRACE, trace_id)]

    async def latest(self, limit: int = 50, *, everything: bool = False) -> list[TraceLine]:
        """The newest traces that began at a door; with `everything` also those of relays and jobs."""
        return [
            TraceLine(
                trace_id=row["trace_id"].hex(),
                service=row["service"],
                name=row["name"],
                started_ns=row["started_ns"],
                took_ms=row["took_ns"] / 1e6,
                spans=row["spans"],
                services=tuple(row["services"]),
                failed=row["failed"],
            )
            for row in await self._db.fetch(_LATEST, everything, limit)
        ]

    async def forget_before(self, moment_ns: int) -> None:
        """Delete what began before that moment."""
        await self._db.execute(_FORGET, moment_ns)

    async def close(self) -> None:
        await self._db.close()


def _span(row: Row) -> SpanRecord:
    return SpanRecord(
        trace_id=row["trace_id"].hex(),
        span_id=row["span_id"].hex(),
        parent_id=row["parent_id"].hex() if row["parent_id"] else "",
        service=row["service"],
        name=row["name"],
        kind=row["kind"],
        started_ns=row["started_ns"],
        ended_ns=row["ended_ns"],
        failed=row["failed"],
        attributes=json.loads(row["attributes"]),
        links=tuple(json.loads(row["links"])),
    )
