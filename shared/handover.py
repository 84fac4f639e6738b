"""One turn of a relay: rows handed to the producer, each key in its own order, and what became of each.

Rows are handed over one after the other, which is the order they have. A producer that makes one of them wait (its
topic is unknown, its partition has no leader) would hold up the others, so what is left then goes key by key, side by
side: a key waits for its own rows alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from opentelemetry.trace import SpanKind

from shared.outbox import unpack_headers
from shared.postgres import Row
from shared.telemetry import names
from shared.telemetry.spans import Tracing, mark_failed

ONE_SPAN = 100
"""Rows that share a span at most: a span holds 128 links."""

_SEND = {names.SYSTEM: "kafka", names.OPERATION_NAME: "send", names.OPERATION_TYPE: "send"}

Key = tuple[str, str]


class Sent(Protocol):
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...


class Sender(Protocol):
    """A producer with acks=all and idempotence.

    `send` hands a record over: two calls for one key are sent in that order. What it returns ends when the broker has
    the record. Both raise when the record was not taken.
    """

    async def send(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Awaitable[Sent]: ...
    async def close(self) -> None: ...


class Window(Protocol):
    """How far ahead of its readers the relay may write. The embedded broker drops what exceeds its memory."""

    def admit(self, topic: str, size: int) -> bool: ...
    def failed(self, topic: str, size: int) -> None: ...
    def sent(self, topic: str, partition: int, offset: int, size: int) -> None: ...


class HeldBack(Exception):
    """Not sent, because an earlier row of its key was not."""


class NoRoom(HeldBack):
    """Not sent, because a reader of its topic is too far behind."""


@dataclass(slots=True, eq=False)
class Parcel:
    """A row on its way; `error` says why it did not arrive. `answer` ends when the broker has it."""

    row: Row
    headers: list[tuple[str, bytes]]
    size: int
    traceparent: str
    answer: asyncio.Future[Sent] | None = None
    error: BaseException | None = None

    @classmethod
    def of(cls, row: Row) -> Parcel:
        headers = unpack_headers(row["headers"])
        size, traceparent = len(row["value"]), b""
        for name, value in headers:
            size += len(name) + len(value)
            if name == "traceparent":
                traceparent = value
        return cls(row, headers, size, traceparent.decode("ascii", "replace"))


class HandOver:
    """Hands batches of rows to a producer. Whatever goes wrong with one key leaves the others alone."""

    def __init__(
        self, tracing: Tracing, window: Window | None, *, answer_seconds: float = 5.0, patience_seconds: float = 0.2
    ) -> None:
        self._tracing, self._window = tracing, window
        self._answer, self._patience = answer_seconds, patience_seconds

    async def publish(self, sender: Sender, rows: Sequence[Row]) -> list[BaseException | None]:
        """Send a batch, each key in its own order; returns what went wrong with each row, None for nothing."""
        parcels = [Parcel.of(row) for row in rows]
        topics: dict[str, list[Parcel]] = {}
        for parcel in parcels:
            topics.setdefault(parcel.row["topic"], []).append(parcel)
        if len(topics) == 1:
            await self._topic(sender, parcels)
        else:
            await asyncio.gather(*(self._topic(sender, mine) for mine in topics.values()))
        return [parcel.error for parcel in parcels]

    async def _topic(self, sender: Sender, parcels: Sequence[Parcel]) -> None:
        """Rows of one topic, in order; a span for every hundred of them."""
        stopped: set[str] = set()
        for start in range(0, len(parcels), ONE_SPAN):
            part = parcels[start : start + ONE_SPAN]
            topic = part[0].row["topic"]
            with self._tracing.span(
                names.SPAN_SEND.format(topic=topic),
                SpanKind.CLIENT,
                root=True,
                links=[parcel.traceparent for parcel in part],
                attributes=_SEND | {names.DESTINATION: topic, names.BATCH: len(part)},
            ):
                await self._part(sender, part, stopped)
                if (failed := next((p.error for p in part if p.error is not None), None)) is not None:
                    mark_failed(failed)

    async def _part(self, sender: Sender, parcels: Sequence[Parcel], stopped: set[str]) -> None:
        rest = iter(parcels)
        waiting = await self._hand_over(sender, rest, stopped)
        await self._answers([parcel for parcel in parcels if parcel.answer is not None])
        if waiting is not None:
            await self._key_by_key(sender, [waiting, *rest], stopped)

    async def _hand_over(self, sender: Sender, parcels: Iterator[Parcel], stopped: set[str]) -> Parcel | None:
        """Hand over one after the other; returns the one that had to wait, and leaves the ones behind it."""
        parcel: Parcel | None = None
        try:
            async with asyncio.timeout(self._patience) as patience:
                for parcel in parcels:
                    await self._give(sender, parcel, stopped)
        except TimeoutError:
            if not patience.expired():
                raise
            return parcel
        return None

    async def _give(self, sender: Sender, parcel: Parcel, stopped: set[str]) -> None:
        """Hand one row over, unless its key has stopped or there is no room; errors stand in the parcel."""
        row = parcel.row
        topic, key = row["topic"], row["key"]
        if key in stopped:
            parcel.error = HeldBack()
        elif self._window is not None and not self._window.admit(topic, parcel.size):
            parcel.error = NoRoom()
        else:
            try:
                answer: Any = await sender.send(topic, key.encode(), row["value"], parcel.headers)
                parcel.answer = asyncio.ensure_future(answer)
            except asyncio.CancelledError:
                self._give_room_back(parcel)
                raise
            except Exception as error:
                self._give_room_back(parcel)
                parcel.error = error
        if parcel.error is not None:
            stopped.add(key)

    async def _answers(self, parcels: Sequence[Parcel]) -> None:
        """Wait for the broker's word on each; one that does not come in time is an error like any other."""
        answers = [parcel.answer for parcel in parcels if parcel.answer is not None]
        if answers:
            await asyncio.wait(answers, timeout=self._answer)
        for parcel in parcels:
            answer = parcel.answer
            assert answer is not None
            if not answer.done() or answer.cancelled():
                parcel.error = TimeoutError()
            else:
                parcel.error = answer.exception()
            if parcel.error is not None:
                self._give_room_back(parcel)
            elif self._window is not None:
                sent = answer.result()
                self._window.sent(parcel.row["topic"], sent.partition, sent.offset, parcel.size)

    async def _key_by_key(self, sender: Sender, parcels: Sequence[Parcel], stopped: set[str]) -> None:
        keys: dict[str, list[Parcel]] = {}
        for parcel in parcels:
            keys.setdefault(parcel.row["key"], []).append(parcel)
        await asyncio.gather(*(self._one_key(sender, mine, stopped) for mine in keys.values()))

    async def _one_key(self, sender: Sender, parcels: Sequence[Parcel], stopped: set[str]) -> None:
        for parcel in parcels:
            try:
                async with asyncio.timeout(self._answer):
                    await self._give(sender, parcel, stopped)
            except TimeoutError as error:
                parcel.error = error
                stopped.add(parcel.row["key"])
        await self._answers([parcel for parcel in parcels if parcel.answer is not None and parcel.error is None])

    def _give_room_back(self, parcel: Parcel) -> None:
        if self._window is not None:
            self._window.failed(parcel.row["topic"], parcel.size)
