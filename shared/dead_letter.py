"""Dead letters: what could not be handled, kept whole and sealed, with a way back.

A row keeps the original bytes and headers, why, how often it was tried and when it was first seen. `replay` tells the
same event again with the same id: services that handled it drop it by their inbox, the one that failed handles it now.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.clock import Clock
from shared.errors import NotFound, Refused
from shared.events import Headers, heard_type
from shared.ids import Ids
from shared.outbox import Outbox, OutboxRow, Unit, pack_headers, unpack_headers
from shared.postgres import Database, Row, Sql
from shared.vault import Vault

_SAVE = """
INSERT INTO dead_letter (dead_letter_id, kind, event_id, topic, partition, "offset", key, type, sealed, sealed_day,
                         error, reason, attempts, trace_id, first_seen)
SELECT $1::uuid, $2, $3, $4::text, $5::integer, $6::bigint, $7, $8, $9, $10, $11, $12, $13, $14, $15
WHERE NOT EXISTS (SELECT FROM dead_letter WHERE kind = $2 AND topic = $4 AND partition = $5 AND "offset" = $6
                  AND event_id IS NOT DISTINCT FROM $3 AND state = 'open')
"""
_LIST = """
SELECT dead_letter_id, kind, event_id, topic, partition, "offset", key, type, error, reason, attempts, trace_id,
       first_seen, dead_at, state, settled_by
FROM dead_letter WHERE ($1 = '' OR state = $1) ORDER BY dead_at, dead_letter_id LIMIT $2
"""
_LOCK = "SELECT * FROM dead_letter WHERE dead_letter_id = $1 FOR UPDATE"
_SETTLE = "UPDATE dead_letter SET state = $2, settled_at = now(), settled_by = $3 WHERE dead_letter_id = $1"
_ACT = "INSERT INTO operator_act (person, act, subject, detail) VALUES ($1, $2, $3, $4)"


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing set aside. `body` is the original bytes; `partition` and `offset` are None for a job."""

    kind: str
    topic: str
    key: str
    headers: Headers
    body: bytes | None
    error: str
    reason: str
    attempts: int
    first_seen: datetime
    trace_id: str = ""
    event_id: UUID | None = None
    partition: int | None = None
    offset: int | None = None


class DeadLetters:
    """The dead letters of one service."""

    def __init__(self, db: Database, vault: Vault, *, ids: Ids, clock: Clock) -> None:
        self._db, self._vault, self._ids, self._clock = db, vault, ids, clock

    async def keep(self, failure: Failure) -> UUID:
        """Store a failure durably before its record is acknowledged. Keeping the same record twice is harmless."""
        day = self._clock.now().date()
        body = None if failure.body is None else failure.body.decode("latin-1")
        plain = json.dumps([pack_headers(failure.headers).decode(), body]).encode()
        dead_letter_id = self._ids.new()
        async with self._db.transaction() as tx:
            await tx.execute(
                _SAVE,
                dead_letter_id,
                failure.kind,
                failure.event_id,
                failure.topic,
                failure.partition,
                failure.offset,
                _printable(failure.key),
                _printable(heard_type(failure.headers)),
                await self._vault.seal(tx, day, plain),
                day,
                _printable(failure.error),
                _printable(failure.reason)[:500],
                failure.attempts,
                failure.trace_id,
                failure.first_seen,
            )
        return dead_letter_id

    async def find(self, *, state: str = "open", limit: int = 100) -> list[Row]:
        """Dead letters in the order they died, without their bytes."""
        return await self._db.fetch(_LIST, state, limit)

    async def show(self, dead_letter_id: UUID) -> tuple[Row, list[tuple[str, bytes]], bytes | None]:
        """One dead letter with its original headers and bytes. Raises NotFound, or Forgotten after retention."""
        row = await self._db.fetchrow("SELECT * FROM dead_letter WHERE dead_letter_id = $1", dead_letter_id)
        if row is None:
            raise NotFound("dead letter")
        headers, body = await self._unseal(self._db, row)
        return row, headers, body

    async def replay(self, outbox: Outbox, dead_letter_id: UUID, *, person: str) -> None:
        """Send it back where it came from, bytes and id untouched, and record who did."""
        async with outbox.transaction() as unit:
            row = await self._settle(unit, dead_letter_id, "replayed", person)
            headers, body = await self._unseal(unit, row)
            if row["kind"] == "job":
                await unit.enqueue(row["topic"], body or b"")
                return
            event_id = row["event_id"] or self._ids.new()
            unit.emit_again(OutboxRow(event_id, row["topic"], row["key"], row["type"], headers, body or b""))

    async def discard(self, outbox: Outbox, dead_letter_id: UUID, *, person: str) -> None:
        """Give it up for good, and record who did."""
        async with outbox.transaction() as unit:
            await self._settle(unit, dead_letter_id, "discarded", person)

    async def _settle(self, unit: Unit, dead_letter_id: UUID, state: str, person: str) -> Row:
        row = await unit.fetchrow(_LOCK, dead_letter_id)
        if row is None:
            raise NotFound("dead letter")
        if row["state"] == "discarded":
            raise Refused("ALREADY_DISCARDED", "This dead letter was discarded.", field="dead_letter_id", status=409)
        await unit.execute(_SETTLE, dead_letter_id, state, person)
        detail = json.dumps({"topic": row["topic"], "type": row["type"], "error": row["error"]})
        await unit.execute(_ACT, person, f"dead_letter.{state}", str(dead_letter_id), detail)
        return row

    async def _unseal(self, sql: Sql, row: Row) -> tuple[list[tuple[str, bytes]], bytes | None]:
        headers, body = json.loads(await self._vault.open(sql, row["sealed_day"], row["sealed"]))
        return unpack_headers(headers.encode()), None if body is None else body.encode("latin-1")


class DeadLetterLimit:
    """Stops a consumer that would empty its topic into the dead letters instead of handling it.

    Reached by more than `in_a_row` dead letters without a handled record between them, or by more than
    `share` of the last `window` records.
    """

    def __init__(self, *, in_a_row: int = 5, share: float = 0.10, window: int = 1000) -> None:
        self._in_a_row, self._allowed = in_a_row, int(share * window)
        self._recent: deque[bool] = deque(maxlen=window)
        self._row = 0

    def handled(self) -> None:
        self._row = 0
        self._recent.append(False)

    def dead(self) -> None:
        self._row += 1
        self._recent.append(True)

    @property
    def reached(self) -> bool:
        return self._row > self._in_a_row or sum(self._recent) > self._allowed


def _printable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
