"""Durable work outside Kafka handlers: fetching, plug-ins, audio, re-checks.

A job is enqueued in the caller's transaction (`Unit.enqueue`), so it exists exactly when the change that asked for it
does. pgqueuer picks it up; it may run twice, so a job writes through `work.once()` and re-checks its subject's version
there. Errors follow the rule of records: Transient waits, Poison and three tries of anything else end in a dead letter,
and too many dead letters halt the jobs instead of emptying their queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
from opentelemetry.trace import SpanKind
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job as QueuedJob
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries

from shared.clock import Clock
from shared.consumer import TRIES, BackOff
from shared.dead_letter import DeadLetterLimit, DeadLetters, Failure
from shared.errors import Poison, Transient
from shared.ids import Ids, derived_id
from shared.inbox import AlreadyHandled, Work
from shared.outbox import Outbox
from shared.postgres import Database, is_transient
from shared.telemetry import names
from shared.telemetry.setup import Telemetry
from shared.telemetry.spans import mark_failed

_FREE_KEY = "UPDATE pgqueuer SET dedupe_key = NULL WHERE id = $1 AND dedupe_key IS NOT NULL"
LOOK_AGAIN = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of durable work: `handler(payload, work)`. At most `concurrency` run at once across all instances."""

    name: str
    handler: Callable[[bytes, Work], Awaitable[None]]
    concurrency: int = 4


async def install_queue(db: Database) -> None:
    """Create pgqueuer's tables once; later calls change nothing."""
    connection = await db.dedicated()
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext('plumbline.migrate'))")
        queue = Queries(AsyncpgDriver(connection))
        if not await queue.has_table("pgqueuer"):
            await queue.install()
    finally:
        await connection.close()


class Jobs:
    """Runs one service's jobs until stopped."""

    def __init__(
        self,
        kinds: Sequence[JobKind],
        outbox: Outbox,
        dead_letters: DeadLetters,
        telemetry: Telemetry,
        *,
        ids: Ids,
        clock: Clock,
        back_off: BackOff | None = None,
        limit: DeadLetterLimit | None = None,
        at_once: int = 8,
        heartbeat_seconds: float = 15.0,
    ) -> None:
        self._kinds, self._outbox, self._dead, self._telemetry = kinds, outbox, dead_letters, telemetry
        self._ids, self._clock = ids, clock
        self._back_off = back_off or BackOff()
        self._limit = limit or DeadLetterLimit()
        self._at_once = at_once
        # A job whose worker died without a word is picked up by another one after this long.
        self._heartbeat = timedelta(seconds=heartbeat_seconds)
        self.halted = ""
        self._manager: QueueManager | None = None
        self._stopping = asyncio.Event()
        logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)

    async def run(self) -> None:
        """Work until `stop`; a lost database session is replaced."""
        while not self._stopping.is_set():
            connection = None
            try:
                connection = await self._outbox.db.dedicated()
                # The statement that takes jobs is long: to plan it anew each time costs more than to run it.
                await connection.execute("SET plan_cache_mode = force_generic_plan")
                if not self.halted:
                    await self._work_on(connection)
            except Exception as error:
                self._telemetry.log.warning("jobs.interrupted", error=type(error).__name__)
            finally:
                self._manager = None
                if connection is not None:
                    connection.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 0.5)

    async def stop(self) -> None:
        """Take no new job; running ones end first."""
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def _work_on(self, connection: asyncpg.Connection) -> None:
        self._manager = manager = QueueManager(Queries(AsyncpgDriver(connection)))
        # Work beyond what may run at once is taken when a job ends, which wakes the manager: to look for it is the net.
        manager.min_dequeue_poll_interval = LOOK_AGAIN
        for kind in self._kinds:
            manager.entrypoint(kind.name, concurrency_limit=kind.concurrency)(self._runner(kind))
        await manager.run(
            dequeue_timeout=timedelta(seconds=2),
            batch_size=max(1, self._at_once // 2),
            max_concurrent_tasks=self._at_once,
            shutdown_on_listener_failure=True,
            heartbeat_timeout=self._heartbeat,
        )

    def _runner(self, kind: JobKind) -> Callable[[QueuedJob], Awaitable[None]]:
        async def run(job: QueuedJob) -> None:
            try:
                # What changed since this run began deserves a run of its own, so the key is free from here on.
                await self._outbox.db.execute(_FREE_KEY, job.id)
                await self._run(kind, job)
            except RetryRequested:
                raise
            except (Exception, asyncio.CancelledError) as error:
                # pgqueuer deletes a job that ends in any other way, cancelled ones included: it must come again.
                raise RetryRequested(delay=timedelta(seconds=1), reason=type(error).__name__) from error

        return run

    async def _run(self, kind: JobKind, job: QueuedJob) -> None:
        traceparent = str((job.headers or {}).get("traceparent", ""))
        with self._telemetry.tracing.span(
            names.SPAN_JOB.format(job=kind.name),
            SpanKind.CONSUMER,
            parent=traceparent,
            link=traceparent,
            root=not traceparent,
        ) as span:
            result = await self._until_settled(kind, job)
            span.set_attribute(names.RESULT, result)
        self._telemetry.metrics.add(names.JOBS, kind=kind.name, result=result)

    async def _until_settled(self, kind: JobKind, job: QueuedJob) -> str:
        first_seen = self._clock.now()
        for attempt in range(1, TRIES + 1):
            try:
                await kind.handler(job.payload or b"", self._work(kind, job))
                self._limit.handled()
                return "handled"
            except AlreadyHandled:
                return "twin"
            except Exception as error:
                if isinstance(error, Transient) or is_transient(error):
                    self._telemetry.metrics.add(names.RETRIES, kind="job")
                    delay = timedelta(seconds=0.2 + self._back_off.seconds(job.attempts))
                    raise RetryRequested(delay=delay, reason=type(error).__name__) from error
                if attempt == TRIES or isinstance(error, Poison):
                    return await self._set_aside(kind, job, error, attempt, first_seen)
                await asyncio.sleep(self._back_off.seconds(attempt - 1))
        raise AssertionError("unreachable")

    async def _set_aside(self, kind: JobKind, job: QueuedJob, error: Exception, attempts: int, first_seen: Any) -> str:
        self._limit.dead()
        if self._limit.reached:
            await self._halt(error)
        failure = Failure(
            kind="job",
            topic=kind.name,
            key=str(job.id),
            headers=[],
            body=job.payload,
            error=type(error).__name__,
            reason=str(error),
            attempts=attempts,
            first_seen=first_seen,
            trace_id=self._telemetry.tracing.trace_id(),
            event_id=derived_id("job", self._outbox.service, str(job.id)),
        )
        try:
            await self._dead.keep(failure)
        except Exception as trouble:
            raise RetryRequested(delay=timedelta(seconds=1), reason=type(trouble).__name__) from trouble
        mark_failed(error)
        self._telemetry.metrics.add(names.DEAD_LETTERS, topic=kind.name, error=type(error).__name__)
        self._telemetry.log.error("job.dead", job=kind.name, error=type(error).__name__, attempts=attempts)
        return "dead"

    async def _halt(self, error: Exception) -> None:
        """Take no further job until a person restarts the service; this one stays in the queue."""
        self.halted = f"too many dead letters, the last for {type(error).__name__}"
        self._telemetry.log.critical("jobs.halted", why=self.halted)
        if self._manager is not None:
            self._manager.shutdown.set()
        raise RetryRequested(delay=timedelta(seconds=1), reason="halted")

    def _work(self, kind: JobKind, job: QueuedJob) -> Work:
        work_id = derived_id("job", self._outbox.service, str(self._outbox.epoch), str(job.id))
        return Work(
            self._outbox, work_id=work_id, topic=kind.name, ids=self._ids, clock=self._clock, log=self._telemetry.log
        )


async def drained(db: Database) -> bool:
    """Whether no job waits or runs."""
    with contextlib.suppress(Transient):
        return not await db.fetchval("SELECT EXISTS (SELECT FROM pgqueuer WHERE status IN ('queued', 'picked'))")
    return False
