"""The relay: the only thing that writes to Kafka.

One relay per database leads, elected by a session advisory lock held on the very connection that runs its queries: a
lost connection is lost leadership. It reads pending rows in position order, hands the rows of one key over in that
order, and marks them published only up to the first failure of each key, so the first occurrences of one key never
change places. A key whose row fails is held back alone; the others go on. Never a cursor on the last id (commits
overtake each other), never SKIP LOCKED (keys change places).

A commit in the leader's process wakes it; a relay that stands by passes on what its own process told by NOTIFY, after
the commit and for many commits at once. The poll is the net under both: for writers without a relay, and for a process
that died in between.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from shared.handover import HandOver, Key, NoRoom
from shared.handover import Sender as Sender
from shared.handover import Window as Window
from shared.outbox import Outbox
from shared.postgres import Row, Sql
from shared.telemetry import names
from shared.telemetry.setup import Telemetry

_LEAD = "SELECT pg_try_advisory_lock(hashtext('plumbline.relay'))"
CHANNEL = "plumbline_outbox"
_PASS_ON = f"NOTIFY {CHANNEL}"
_PENDING = """
SELECT position, topic, key, headers, value, created_at, now() - created_at AS age
FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT $1
"""
_PENDING_BUT = """
SELECT position, topic, key, headers, value, created_at, now() - created_at AS age
FROM outbox WHERE published_at IS NULL AND topic <> ALL ($2::text[])
    AND NOT EXISTS (SELECT FROM unnest($3::text[], $4::text[]) AS held (topic, key)
                    WHERE held.topic = outbox.topic AND held.key = outbox.key)
ORDER BY position LIMIT $1
"""
_SENT = "UPDATE outbox SET published_at = now() WHERE position = ANY($1::bigint[])"
_STANDING = """
SELECT count(*) AS pending, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest_seconds,
       EXISTS (SELECT FROM pg_locks
               WHERE locktype = 'advisory' AND granted AND objsubid = 1
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND (classid::bigint << 32 | objid::bigint) = hashtext('plumbline.relay')) AS led
FROM (SELECT created_at FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT 10000) AS waiting
"""
_STAND_BY = 1.0
"""Seconds after which one that stands by asks again whether it leads."""


@dataclass(slots=True)
class Hold:
    """A key whose row failed: not tried again before `until` (the loop's time), each time later."""

    seconds: float
    until: float


@dataclass(frozen=True, slots=True)
class Standing:
    """An outbox as its database sees it: rows not yet published (counted up to 10,000), the oldest's age, a leader."""

    pending: int
    oldest_seconds: float
    led: bool


async def standing(sql: Sql) -> Standing:
    """How the outbox of a database stands, whichever process leads its relay."""
    row = await sql.fetchrow(_STANDING)
    assert row is not None
    return Standing(row["pending"], row["oldest_seconds"], row["led"])


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
        poll_seconds: float = 1.0,
        held_seconds: float = 0.1,
        gap_seconds: float = 0.01,
        back_off_seconds: float = 0.5,
        hold_seconds: float = 30.0,
        answer_seconds: float = 5.0,
    ) -> None:
        self._outbox, self._open_sender, self._telemetry = outbox, open_sender, telemetry
        self._hand_over = HandOver(telemetry.tracing, window, answer_seconds=answer_seconds)
        self._batch, self._gap = batch, gap_seconds
        self._poll, self._poll_held = poll_seconds, min(held_seconds, poll_seconds)
        self._back_off, self._longest_hold = back_off_seconds, hold_seconds
        self._stopping = asyncio.Event()
        self._held: dict[Key, Hold] = {}
        self._full: set[str] = set()
        self.leading = False
        self.oldest_seconds = 0.0

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
        """Stand by until there is no other leader, and tell the one there is what this process told. False when asked
        to stop."""
        loop, asked = asyncio.get_running_loop(), float("-inf")
        while not self._stopping.is_set():
            if loop.time() >= asked + _STAND_BY:
                asked = loop.time()
                if await connection.fetchval(_LEAD):
                    await connection.add_listener(CHANNEL, self._woken)
                    self.leading = True
                    return True
            if await self._told_within(asked + _STAND_BY - loop.time()):
                self._outbox.wake.clear()
                await connection.execute(_PASS_ON)
                await self._pause(self._gap)
        return False

    def _woken(self, *_: object) -> None:
        self._outbox.wake.set()

    async def _told_within(self, seconds: float) -> bool:
        """Wait until this process told something (or the relay was asked to stop), but not longer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._outbox.wake.wait()
                return True
        return False

    async def _lead(self, connection: asyncpg.Connection, sender: Sender) -> None:
        """Publish turn by turn; returns when asked to stop and nothing moves any more, or when a row failed."""
        loop = asyncio.get_running_loop()
        while True:
            self._outbox.wake.clear()
            began = loop.time()
            rows = await self._pending(connection)
            results = await self._publish(sender, rows)
            done, failed = self._judge(rows, results)
            if done:
                await connection.execute(_SENT, done)
            if failed:
                return
            if not done and self._stopping.is_set():
                return
            if done and (len(rows) == self._batch or self._stopping.is_set()):
                continue
            await self._told_within(self._poll_held if self._full or self._held else self._poll)
            # The first event after a quiet moment goes at once; under load the next ones wait for company.
            if (early := began + self._gap - loop.time()) > 0:
                await asyncio.sleep(early)

    async def _pending(self, connection: asyncpg.Connection) -> list[Row]:
        now = asyncio.get_running_loop().time()
        held = [key for key, hold in self._held.items() if hold.until > now]
        # A topic without room stands aside for one turn, so it cannot keep the others from theirs.
        full, self._full = sorted(self._full), set()
        if not held and not full:
            rows: list[Row] = await connection.fetch(_PENDING, self._batch)
            self.oldest_seconds = rows[0]["age"].total_seconds() if rows else 0.0
            self._telemetry.metrics.set(names.OUTBOX_OLDEST, self.oldest_seconds)
            return rows
        topics, keys = [topic for topic, _ in held], [key for _, key in held]
        return await connection.fetch(_PENDING_BUT, self._batch, full, topics, keys)

    async def _publish(self, sender: Sender, rows: Sequence[Row]) -> list[BaseException | None]:
        """Send a batch, each key in its own order; returns what went wrong with each row, None for nothing."""
        return await self._hand_over.publish(sender, rows) if rows else []

    def _judge(self, rows: Sequence[Row], results: Sequence[BaseException | None]) -> tuple[list[int], bool]:
        """Positions to mark as published, and whether a row failed of itself."""
        done: list[int] = []
        stopped: set[Key] = set()
        failed = False
        for row, result in zip(rows, results, strict=True):
            key = _key(row)
            if result is None and key not in stopped:
                done.append(row["position"])
                self._held.pop(key, None)
                self._telemetry.metrics.add(names.PUBLISHED, topic=row["topic"])
            elif result is not None and key not in stopped:
                stopped.add(key)
                if isinstance(result, NoRoom):
                    self._full.add(row["topic"])
                else:
                    failed = True
                    self._hold(key, result)
        return done, failed

    def _hold(self, key: Key, error: BaseException) -> None:
        before = self._held.get(key)
        seconds = self._back_off if before is None else min(before.seconds * 2, self._longest_hold)
        self._held[key] = Hold(seconds, asyncio.get_running_loop().time() + seconds)
        self._telemetry.metrics.add(names.RETRIES, kind="relay")
        self._telemetry.log.warning("relay.send_failed", topic=key[0], error=type(error).__name__)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def _key(row: Row) -> Key:
    return row["topic"], row["key"]


async def _close(connection: asyncpg.Connection | None, sender: Sender | None) -> None:
    if connection is not None:
        connection.terminate()
    if sender is not None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(sender.close(), 5.0)
