"""The relay: the only thing that writes to Kafka.

One relay per database leads, elected by a session advisory lock held on the very connection that runs its queries: a
lost connection is lost leadership. It reads pending rows in position order and marks them published only up to the
first failure of each key, so the first occurrences of one key never change places. Never a cursor on the last id
(commits overtake each other), never SKIP LOCKED (keys change places).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import asyncpg
from opentelemetry.trace import SpanKind

from shared.outbox import Outbox, unpack_headers
from shared.telemetry import names
from shared.telemetry.setup import Telemetry

_LEAD = "SELECT pg_try_advisory_lock(hashtext('plumbline.relay'))"
_PENDING = """
SELECT position, topic, key, headers, value, created_at, now() - created_at AS age
FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT $1
"""
_SENT = "UPDATE outbox SET published_at = now() WHERE position = ANY($1::bigint[])"


class Sender(Protocol):
    """A producer with acks=all and idempotence. `send` returns once the broker has the record, or raises."""

    async def send(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Sent: ...
    async def close(self) -> None: ...


class Sent(Protocol):
    partition: int
    offset: int


class Window(Protocol):
    """How far ahead of its readers the relay may write. The embedded broker drops what exceeds its memory."""

    async def admit(self, topic: str, size: int) -> None: ...
    def sent(self, topic: str, partition: int, offset: int, size: int) -> None: ...


class Relay:
    """Publishes one database's outbox until stopped. Any trouble drops the connection and the producer and backs off."""

    def __init__(
        self,
        outbox: Outbox,
        open_sender: Callable[[], Any],
        telemetry: Telemetry,
        *,
        window: Window | None = None,
        batch: int = 500,
        poll_seconds: float = 0.1,
        back_off_seconds: float = 0.5,
    ) -> None:
        self._outbox, self._open_sender, self._telemetry = outbox, open_sender, telemetry
        self._window, self._batch = window, batch
        self._poll, self._back_off = poll_seconds, back_off_seconds
        self._stopping = asyncio.Event()
        self.leading = False
        self.oldest_seconds = 0.0
        self.last_turn = time.monotonic()

    async def run(self) -> None:
        """Lead when elected, stand by otherwise; returns only after `stop`."""
        while not self._stopping.is_set():
            connection: asyncpg.Connection | None = None
            sender: Sender | None = None
            try:
                connection = await self._outbox.db.dedicated()
                if await self._elected(connection):
                    sender = await self._open_sender()
                    await self._lead(connection, sender)
            except Exception as error:  # a killed session is none of the usual types: drop everything, start again
                self._telemetry.log.warning("relay.interrupted", error=type(error).__name__)
                self._telemetry.metrics.add(names.RETRIES, kind="relay")
            finally:
                self.leading = False
                await _close(connection, sender)
            await self._pause(self._back_off)

    async def stop(self) -> None:
        """Ask the relay to publish what is pending and return."""
        self._stopping.set()
        self._outbox.wake.set()

    async def _elected(self, connection: asyncpg.Connection) -> bool:
        while not self._stopping.is_set():
            self.last_turn = time.monotonic()
            if await connection.fetchval(_LEAD):
                self.leading = True
                return True
            await self._pause(1.0)
        return False

    async def _lead(self, connection: asyncpg.Connection, sender: Sender) -> None:
        while True:
            self._outbox.wake.clear()
            rows = await connection.fetch(_PENDING, self._batch)
            self._observe(rows)
            if rows and not await self._publish(connection, sender, rows):
                return
            if not rows:
                if self._stopping.is_set():
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._outbox.wake.wait(), self._poll)

    async def _publish(self, connection: asyncpg.Connection, sender: Sender, rows: Sequence[asyncpg.Record]) -> bool:
        """Send a batch; returns whether all of it was sent."""
        results = await asyncio.gather(*(self._send(sender, row) for row in rows), return_exceptions=True)
        failed: set[tuple[str, str]] = set()
        done: list[int] = []
        for row, result in zip(rows, results, strict=True):
            mark = (row["topic"], row["key"])
            if isinstance(result, BaseException):
                self._telemetry.log.warning("relay.send_failed", topic=row["topic"], error=type(result).__name__)
                failed.add(mark)
            elif mark not in failed:
                done.append(row["position"])
                self._telemetry.metrics.add(names.PUBLISHED, topic=row["topic"])
        if done:
            await connection.execute(_SENT, done)
        return not failed

    async def _send(self, sender: Sender, row: asyncpg.Record) -> None:
        headers = unpack_headers(row["headers"])
        size = len(row["value"]) + sum(len(n) + len(v) for n, v in headers)
        if self._window is not None:
            await self._window.admit(row["topic"], size)
        link = dict(headers).get("traceparent", b"").decode("ascii", "replace")
        with self._telemetry.tracing.span(
            names.SPAN_SEND.format(topic=row["topic"]),
            SpanKind.CLIENT,
            root=True,
            link=link,
            attributes={names.SYSTEM: "kafka", names.OPERATION_TYPE: "send", names.DESTINATION: row["topic"]},
        ):
            sent = await sender.send(row["topic"], row["key"].encode(), row["value"], headers)
        if self._window is not None:
            self._window.sent(row["topic"], sent.partition, sent.offset, size)

    def _observe(self, rows: Sequence[asyncpg.Record]) -> None:
        self.last_turn = time.monotonic()
        self.oldest_seconds = rows[0]["age"].total_seconds() if rows else 0.0
        self._telemetry.metrics.set(names.OUTBOX_PENDING, len(rows))
        self._telemetry.metrics.set(names.OUTBOX_OLDEST, self.oldest_seconds)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


async def _close(connection: asyncpg.Connection | None, sender: Sender | None) -> None:
    if connection is not None:
        connection.terminate()
    if sender is not None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(sender.close(), 5.0)
