"""The outbox: state and the events about it are committed together, or neither is.

Only the relay (`shared.relay`) writes to Kafka. A writer takes its aggregate's row lock before it emits, so position
order equals commit order for that aggregate.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.queries import Queries

from shared.clock import Clock
from shared.events import Envelope, Headers, Outgoing
from shared.ids import Ids
from shared.postgres import METER, Connection, Database, Row, Tx
from shared.telemetry.spans import Tracing

_INSERT = """
INSERT INTO outbox (event_id, topic, key, type, headers, value)
SELECT event_id, topic, key, type, headers, value
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bytea[])
     WITH ORDINALITY AS e(event_id, topic, key, type, headers, value, n)
ORDER BY e.n
"""


def pack_headers(headers: Headers) -> bytes:
    """Headers as stored: JSON of latin-1 text, so any byte survives."""
    return json.dumps([[name, value.decode("latin-1")] for name, value in headers]).encode()


def unpack_headers(packed: bytes) -> list[tuple[str, bytes]]:
    """The headers `pack_headers` stored."""
    return [(name, value.encode("latin-1")) for name, value in json.loads(packed)]


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event as it will stand on the wire."""

    event_id: UUID
    topic: str
    key: str
    type: str
    headers: Headers
    value: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """Durable work asked for by a transaction."""

    kind: str
    payload: bytes
    dedupe_key: str | None
    delay: timedelta | None
    headers: dict[str, str] | None


class Unit(Tx):
    """A transaction that can also tell events and leave work for later. What it was told is written at its end."""

    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        super().__init__(connection)
        self._outbox = outbox
        self._rows: list[OutboxRow] = []
        self._jobs: dict[tuple[str, str], Job] = {}
        self._last: dict[str, list[tuple[tuple[Any, ...], Exception]]] = {}

    def emit(self, event: Outgoing) -> UUID:
        """Tell `event` if this transaction commits; returns its id. Events of one unit keep their order."""
        row = self._outbox.row(event)
        self._rows.append(row)
        return row.event_id

    def emit_again(self, row: OutboxRow) -> None:
        """Tell an event that was told before, bytes and id untouched (a replay of a dead letter)."""
        self._rows.append(row)

    async def enqueue(
        self, kind: str, payload: bytes, *, dedupe_key: str | None = None, delay: timedelta | None = None
    ) -> None:
        """Leave durable work that starts only if this transaction commits.

        While a job with the same `dedupe_key` waits, another one is not added; one that runs already is no such job,
        because it may have read what this transaction changes.
        """
        headers = {"traceparent": self._outbox.tracing.traceparent()}
        name = (kind, dedupe_key or f"job {len(self._jobs)} of many")
        self._jobs.setdefault(name, Job(kind, payload, dedupe_key, delay, headers))

    def at_end(self, statement: str, *arguments: Any, refused: Exception) -> None:
        """Run a statement when the transaction ends, in one go with others of its text; `refused` is raised when it
        returns no row. For writes nobody reads again in this transaction."""
        self._last.setdefault(statement, []).append((arguments, refused))
        if (meter := METER.get()) is not None:
            meter.statements += 1

    async def flush(self) -> bool:
        """Write what was left for the end, jobs and told events; the owner of the transaction calls this once, then.

        Jobs are asked for here and not before: a waiting one that stands for ours must not begin before we commit.
        """
        last, self._last = self._last, {}
        for statement, each in last.items():
            await self._write_last(statement, each)
        jobs, self._jobs = list(self._jobs.values()), {}
        if jobs:
            await self._leave(jobs)
        if not self._rows:
            return False
        rows, self._rows = self._rows, []
        await self.execute(_INSERT, *_columns(rows))
        return True

    async def fetchmany_uncounted(self, statement: str, each: Sequence[Sequence[Any]]) -> list[Row]:
        """`fetchmany` for several who count their own."""
        token = METER.set(None)
        try:
            return await self.fetchmany(statement, each)
        finally:
            METER.reset(token)

    async def _write_last(self, statement: str, each: list[tuple[tuple[Any, ...], Exception]]) -> None:
        rows = await self.fetchmany_uncounted(statement, [arguments for arguments, _ in each])
        if len(rows) < len(each):
            raise each[0][1]

    async def _leave(self, jobs: list[Job]) -> None:
        if (meter := METER.get()) is not None:
            meter.statements += 1
        await Queries(AsyncpgDriver(self.connection)).enqueue(
            [job.kind for job in jobs],
            [job.payload for job in jobs],
            [0] * len(jobs),
            [job.delay for job in jobs],
            [job.dedupe_key for job in jobs],
            [job.headers for job in jobs],
            on_conflict="skip",
        )


class Outbox:
    """The one way a service changes its state and says so."""

    def __init__(self, db: Database, *, service: str, tracing: Tracing, ids: Ids, clock: Clock, epoch: int = 1) -> None:
        self.db = db
        self.service = service
        self.tracing = tracing
        self.epoch = epoch
        self.wake = asyncio.Event()
        self._ids, self._clock = ids, clock

    def row(self, event: Outgoing) -> OutboxRow:
        with self.tracing.create(event.topic, event.type, event.subject) as traceparent:
            envelope = Envelope(
                event_id=self._ids.new(),
                type=event.type,
                source=f"/services/{self.service}",
                subject=event.subject,
                time=self._clock.now(),
                site_id=event.site_id,
                version=event.version,
                traceparent=traceparent,
            )
            value = event.message.SerializeToString(deterministic=True)
            return OutboxRow(envelope.event_id, event.topic, event.key, event.type, envelope.headers(), value)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Unit]:
        """State, events and jobs, all or nothing; the relay is woken after the commit."""
        told = False
        async with self.db.transaction() as tx:
            unit = Unit(tx.connection, self)
            yield unit
            told = await unit.flush()
        if told:
            self.wake.set()


def _columns(rows: list[OutboxRow]) -> tuple[list[Any], ...]:
    return (
        [r.event_id for r in rows],
        [r.topic for r in rows],
        [r.key for r in rows],
        [r.type for r in rows],
        [pack_headers(r.headers) for r in rows],
        [r.value for r in rows],
    )
