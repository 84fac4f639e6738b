"""What happens to one record a service hears, to its end: handled, known already, or set aside.

Three errors decide. `Poison` is set aside at once. `Transient` is tried again in place for as long as it takes, with
full-jitter back-off, the partitions paused but polled so the group never rebalances for it. Anything else gets three
tries. Too many dead letters halt the consumer instead of emptying its topic.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from opentelemetry.trace import Span, SpanKind

from shared.clock import Clock
from shared.company import Alone, Seat
from shared.dead_letter import DeadLetterLimit, DeadLetters, Failure
from shared.errors import Poison, Transient
from shared.events import heard_type
from shared.hears import ANY_TYPE, Listening, event_id_of
from shared.hears import Hears as Hears
from shared.hears import Record as Record
from shared.ids import Ids
from shared.inbox import AlreadyHandled, EventWork
from shared.outbox import Outbox
from shared.postgres import METER, StatementMeter, is_transient
from shared.telemetry import names
from shared.telemetry.setup import Telemetry
from shared.telemetry.spans import mark_failed

TRIES = 3


class Standstill(Protocol):
    """Holding a consumer still while its group keeps it: called about once a second during a wait."""

    async def hold(self, record: Record) -> bool:
        """Pause what is assigned and poll; False when the record's partition is not ours any more."""
        ...

    def resume(self) -> None: ...

    def ours(self, record: Record) -> bool:
        """Whether the record's partition stayed with us since the record was read."""
        ...


class GivenBack(Exception):
    """The record was not handled here: the process stops, or its partition moved. It will be delivered again."""


@dataclass(slots=True)
class Progress:
    """What readiness and the watchdog look at; moments are monotonic seconds."""

    moved_at: float
    retrying_since: float | None = None
    halted: str = ""
    in_hand_timestamp: int | None = None
    last_timestamp: int = 0


@dataclass(frozen=True, slots=True)
class BackOff:
    """Full jitter: a wait between 0 and min(cap, base * 2^attempt) seconds."""

    base: float = 0.2
    cap: float = 20.0

    def seconds(self, attempt: int) -> float:
        return random.uniform(0, min(self.cap, self.base * 2.0 ** min(attempt, 16)))  # noqa: S311


class Delivery:
    """Brings records of one service to their end."""

    def __init__(
        self,
        hears: Sequence[Listening],
        outbox: Outbox,
        dead_letters: DeadLetters,
        telemetry: Telemetry,
        *,
        group: str,
        ids: Ids,
        clock: Clock,
        limit: DeadLetterLimit | None = None,
        back_off: BackOff | None = None,
        on_settled: Callable[[Record], None] | None = None,
    ) -> None:
        self._heard = {(h.topic, h.type): h for h in hears}
        self.outbox, self._dead, self._telemetry = outbox, dead_letters, telemetry
        self._group, self._ids, self._clock = group, ids, clock
        self._limit = limit or DeadLetterLimit()
        self._back_off = back_off or BackOff()
        self._on_settled = on_settled
        self._stopping = asyncio.Event()
        self.progress = Progress(moved_at=clock.monotonic())

    def stop(self) -> None:
        """Records in a wait are given back at once; the one being handled is finished."""
        self._stopping.set()

    async def settle(self, record: Record, standstill: Standstill) -> None:
        """Return once the record needs nothing more. Raises GivenBack when it must be delivered again."""
        await self.bring(record, standstill)
        self.settled(record)

    def concerns(self, record: Record) -> bool:
        """Whether there is anything to do for the record; a type nobody here listens to is known by its header."""
        kind = heard_type(record.headers)
        return not kind or (record.topic, kind) in self._heard or (record.topic, ANY_TYPE) in self._heard

    async def bring(self, record: Record, standstill: Standstill, seat: Seat | None = None) -> None:
        """Bring the record to its end, in company first when it has a seat. Raises GivenBack."""
        if self._stopping.is_set():
            await asyncio.sleep(0.05)
            raise GivenBack
        if self.concerns(record):
            by_type = self._heard.get((record.topic, heard_type(record.headers)))
            await self._settle_heard(record, by_type or self._heard.get((record.topic, ANY_TYPE)), standstill, seat)

    def settled(self, record: Record) -> None:
        """Note that the record, and everything before it in its partition, needs nothing more."""
        self.progress.moved_at = self._clock.monotonic()
        self.progress.last_timestamp = record.timestamp
        if self._on_settled is not None:
            self._on_settled(record)

    async def _settle_heard(
        self, record: Record, hears: Listening | None, standstill: Standstill, seat: Seat | None
    ) -> None:
        started = time.perf_counter()
        meter = StatementMeter()
        token = METER.set(meter)
        self.progress.in_hand_timestamp = record.timestamp
        try:
            with self._span(record, hears) as span:
                result = "" if seat is None else await self._in_company(record, hears, standstill, span, seat)
                result = result or await self._until_settled(record, hears, standstill, span)
                span.set_attribute(names.RESULT, result)
                span.set_attribute(names.STATEMENTS, meter.statements)
                span.set_attribute(names.STATEMENT_SECONDS, round(meter.seconds, 6))
        finally:
            METER.reset(token)
            self.progress.in_hand_timestamp = self.progress.retrying_since = None
            self.progress.moved_at = self._clock.monotonic()
        metrics = self._telemetry.metrics
        metrics.add(names.HANDLED, topic=record.topic, result=result)
        metrics.add(names.STATEMENTS_TOTAL, meter.statements)
        metrics.observe(names.HANDLE_SECONDS, time.perf_counter() - started, topic=record.topic)

    async def _in_company(
        self, record: Record, hears: Listening | None, standstill: Standstill, span: Span, seat: Seat
    ) -> str:
        """How the record ended in its company; empty when it is to be handled alone, as soon as its turn has come."""
        try:
            result = await self._attempt(record, hears, span, seat)
        except (Exception, Alone) as error:
            seat.dissolve()
            await seat.turn
            if isinstance(error, Transient) or is_transient(error):
                await self._wait(record, standstill, 1, error)
            return ""
        self._limit.handled()
        return result

    async def _until_settled(self, record: Record, hears: Listening | None, standstill: Standstill, span: Span) -> str:
        first_seen, tries, waits = self._clock.now(), 0, 0
        self.progress.in_hand_timestamp = record.timestamp
        while True:
            try:
                result = await self._attempt(record, hears, span)
                self._limit.handled()
                return result
            except Poison as error:
                return await self._set_aside(record, error, "poison", max(tries + 1, 1), first_seen, standstill)
            except Exception as error:
                if isinstance(error, Transient) or is_transient(error):
                    waits += 1
                    await self._wait(record, standstill, waits, error)
                    continue
                tries += 1
                span.set_attribute(names.ATTEMPTS, tries)
                if tries >= TRIES:
                    return await self._set_aside(record, error, "failed", tries, first_seen, standstill)
                self._telemetry.metrics.add(names.RETRIES, kind="failed")
                self._telemetry.log.warning(
                    "record.failed", topic=record.topic, attempt=tries, error=type(error).__name__
                )
                await asyncio.sleep(self._back_off.seconds(tries - 1))

    async def _attempt(self, record: Record, hears: Listening | None, span: Span, seat: Seat | None = None) -> str:
        if hears is None:
            raise Poison("ce_type is missing")
        envelope, event = hears.open(record)
        span.set_attribute(names.MESSAGE_ID, str(envelope.event_id))
        age = max(0.0, (self._clock.now() - envelope.time).total_seconds())
        self._telemetry.metrics.observe(names.EVENT_AGE_SECONDS, age, topic=record.topic)
        ids, clock, log = self._ids, self._clock, self._telemetry.log
        work = EventWork(self.outbox, envelope, topic=record.topic, ids=ids, clock=clock, log=log, seat=seat)
        try:
            await hears.handler(event, work)
        except AlreadyHandled:
            return "twin"
        return "handled"

    async def _set_aside(
        self, record: Record, error: Exception, kind: str, attempts: int, first_seen: datetime, standstill: Standstill
    ) -> str:
        self._limit.dead()
        if self._limit.reached:
            await self._halt(record, standstill, f"too many dead letters, the last for {type(error).__name__}")
        failure = Failure(
            kind="event",
            topic=record.topic,
            key=(record.key or b"").decode("utf-8", "replace"),
            headers=list(record.headers),
            body=record.value,
            error=type(error).__name__,
            reason=str(error),
            attempts=attempts,
            first_seen=first_seen,
            trace_id=self._telemetry.tracing.trace_id(),
            event_id=event_id_of(record),
            partition=record.partition,
            offset=record.offset,
        )
        waits = 0
        while True:
            try:
                await self._dead.keep(failure)
                break
            except Exception as trouble:  # whatever it is: a record that is not kept must not be acknowledged
                waits += 1
                await self._wait(record, standstill, waits, trouble)
        mark_failed(error)
        self._telemetry.metrics.add(names.DEAD_LETTERS, topic=record.topic, error=type(error).__name__)
        self._telemetry.log.error("record.dead", topic=record.topic, error=type(error).__name__, attempts=attempts)
        return f"dead:{kind}"

    async def _wait(self, record: Record, standstill: Standstill, attempt: int, error: BaseException) -> None:
        """Sit out trouble: paused but polled, readiness red until the record is settled, given back when we stop."""
        if self.progress.retrying_since is None:
            self.progress.retrying_since = self._clock.monotonic()
        self._telemetry.metrics.add(names.RETRIES, kind="transient")
        self._telemetry.log.warning("record.waiting", topic=record.topic, attempt=attempt, error=type(error).__name__)
        try:
            loop = asyncio.get_running_loop()
            until = loop.time() + self._back_off.seconds(attempt)
            while (left := until - loop.time()) > 0:
                await self._hold(record, standstill, min(left, 1.0))
        finally:
            standstill.resume()

    async def _halt(self, record: Record, standstill: Standstill, why: str) -> None:
        """Stand still until a person restarts the service: the rest of the topic is safe in Kafka."""
        self.progress.halted = why
        self._telemetry.log.critical("consumer.halted", topic=record.topic, why=why)
        while True:
            await self._hold(record, standstill, 1.0)

    async def _hold(self, record: Record, standstill: Standstill, seconds: float) -> None:
        if not await standstill.hold(record):
            raise GivenBack
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        if self._stopping.is_set():
            raise GivenBack

    def _span(self, record: Record, hears: Listening | None) -> contextlib.AbstractContextManager[Span]:
        created = dict(record.headers).get("traceparent", b"").decode("ascii", "replace")
        # Whoever writes to a topic that is not ours may be linked, but decides nothing about our traces.
        parent = created if hears is not None and hears.type != ANY_TYPE else ""
        attributes: dict[str, Any] = {
            names.SYSTEM: "kafka",
            names.OPERATION_NAME: "process",
            names.OPERATION_TYPE: "process",
            names.DESTINATION: record.topic,
            names.PARTITION: str(record.partition),
            names.OFFSET: record.offset,
            names.GROUP: self._group,
            names.EVENT_TYPE: hears.type if hears is not None else "",
            names.EVENT_AGE: round(max(0.0, datetime.now(UTC).timestamp() - record.timestamp / 1000), 3),
        }
        return self._telemetry.tracing.span(
            names.SPAN_PROCESS.format(topic=record.topic),
            SpanKind.CONSUMER,
            parent=parent,
            link=created,
            root=not parent,
            attributes=attributes,
        )
