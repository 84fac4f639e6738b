"""How one service lives: how it starts, when it is ready, how it stops."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Coroutine
from typing import Any

from shared.consumer import BackOff, Delivery
from shared.dead_letter import DeadLetters
from shared.directory import HEARS, Directory
from shared.hears import Listening
from shared.jobs import Jobs, install_queue
from shared.kafka import KafkaSender, Subscription, subscribe
from shared.outbox import Outbox
from shared.postgres import PLATFORM, Database, ensure_database, migrate
from shared.readiness import Readiness
from shared.relay import Relay
from shared.retention import keep_tidy, kept_by
from shared.service import Resources, Service, ServiceSpec, Surroundings
from shared.vault import Vault


class Running:
    """One service, started and stopped."""

    def __init__(self, spec: ServiceSpec, around: Surroundings) -> None:
        self.spec, self._around = spec, around
        self.fatal: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._subscription: Subscription | None = None
        self.jobs: Jobs | None = None
        self.resources: Resources
        self.service: Service

    async def prepare(self) -> None:
        """Database, migrations, resources, build: everything before anything is heard or told."""
        await self.connect()
        self.service = self.spec.build(self.spec.settings(), self.resources)
        if self.service.before_start is not None:
            await self.service.before_start()

    async def connect(self) -> None:
        """Database, migrations and resources alone: what an operator's command needs."""
        around, spec = self._around, self.spec
        dsn = await ensure_database(around.server_dsn, spec.database)
        db = await Database.connect(dsn, size=around.settings.pool_size)
        await migrate(db, ("platform", PLATFORM), (spec.name, spec.migrations))
        await install_queue(db)
        epoch = await db.fetchval("SELECT epoch FROM installation")
        telemetry = around.telemetry(spec.group)
        outbox = Outbox(
            db, service=spec.group, tracing=telemetry.tracing, ids=around.ids, clock=around.clock, epoch=epoch
        )
        vault = Vault(around.master)
        self.resources = Resources(
            settings=around.settings,
            db=db,
            outbox=outbox,
            telemetry=telemetry,
            ids=around.ids,
            clock=around.clock,
            master=around.master,
            vault=vault,
            directory=Directory(db, around.clock),
            dead_letters=DeadLetters(db, vault, ids=around.ids, clock=around.clock),
            off_loop=around.off_loop,
            encoder=around.encoder,
        )

    @property
    def hears(self) -> tuple[Listening, ...]:
        return (*self.service.hears, *HEARS)

    async def start(self) -> None:
        """Relay, jobs, consumer and loops. Doors are opened by the host, once this returned."""
        around, found = self._around, self.resources
        self.relay = Relay(
            found.outbox,
            lambda: KafkaSender.open(around.cluster, f"plumbline-{self.spec.group}-relay"),
            found.telemetry,
            window=around.window,
        )
        self._supervise("relay", self.relay.run())
        if self.service.jobs:
            self.jobs = Jobs(
                self.service.jobs,
                found.outbox,
                found.dead_letters,
                found.telemetry,
                ids=found.ids,
                clock=found.clock,
            )
            self._supervise("jobs", self.jobs.run())
        self._prepare_delivery()
        self.readiness = Readiness(
            found.db,
            found.directory,
            found.telemetry,
            found.clock,
            self.delivery.progress,
            subscription=lambda: self._subscription,
            jobs=lambda: self.jobs,
            checks=self.service.checks,
            watch_seconds=around.settings.watch_seconds,
            stuck_after_seconds=around.settings.stuck_after_seconds,
        )
        self._supervise("consumer", self._hear())
        for name, loop in self.service.loops:
            self._supervise(name, loop())
        if kept := around.retention and kept_by(around.retention, self.spec.name):
            self._supervise("retention", keep_tidy(found.db, kept, found.telemetry.log))
        self._supervise("watch", self._watch())

    def _prepare_delivery(self) -> None:
        found, on_settled, group = self.resources, self._around.on_settled, self.spec.group
        self.delivery = Delivery(
            self.hears,
            found.outbox,
            found.dead_letters,
            found.telemetry,
            group=group,
            ids=found.ids,
            clock=found.clock,
            on_settled=None if on_settled is None else lambda record: on_settled(group, record),
        )

    async def _hear(self) -> None:
        """Join the group, trying for as long as Kafka is away; returns only when reading ended under us, which is fatal."""
        back_off, attempt = BackOff(cap=5.0), 0
        while True:
            self._subscription = self._subscribe()
            try:
                await self._subscription.broker.start()
                break
            except Exception as error:
                self.resources.telemetry.log.warning("consumer.not_joined", error=type(error).__name__)
                await _within(self._subscription.stop(), 5.0)
            attempt += 1
            await asyncio.sleep(0.1 + back_off.seconds(attempt))
        while self._subscription.alive:
            await asyncio.sleep(1.0)

    def _subscribe(self) -> Subscription:
        settings = self._around.settings
        return subscribe(
            self._around.cluster,
            self.delivery,
            group=self.spec.group,
            topics=sorted({h.topic for h in self.hears}),
            instance=settings.instance,
            graceful_timeout=settings.stop_within_seconds * 0.5,
            session_timeout_ms=settings.session_timeout_ms,
            max_poll_interval_ms=settings.max_poll_interval_ms,
        )

    def _supervise(self, name: str, loop: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(loop, name=f"{self.spec.group}.{name}")
        task.add_done_callback(lambda done: self._ended(name, done))
        self._tasks.append(task)

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self._stopping:
            return
        why = type(task.exception()).__name__ if task.exception() else "it returned"
        self.resources.telemetry.log.critical("loop.ended", loop=name, error=why)
        if not self.fatal.done():
            self.fatal.set_result(f"{self.spec.group}: the {name} loop ended ({why})")

    _stopping = False

    async def _watch(self) -> None:
        await self.readiness.watch()
        if not self.fatal.done():
            self.fatal.set_result(f"{self.spec.group}: the consumer is stuck")
        await asyncio.Event().wait()

    async def problems(self) -> list[str]:
        """Why this service is not ready, in words; empty when it is."""
        return await self.readiness.problems() if hasattr(self, "readiness") else ["not started"]

    async def stop(self) -> None:
        """Give back what is waiting, finish what is in hand, publish what is pending, flush, close; all within the limit."""
        self._stopping = True
        limit = self._around.settings.stop_within_seconds
        if hasattr(self, "delivery"):
            self.delivery.stop()
        if self._subscription is not None:
            await _within(self._subscription.stop(), limit * 0.55)
        # Jobs and loops may still tell events, so the relay ends last.
        await self._end("jobs", self.jobs, limit * 0.15)
        self._cancel_all_but("relay")
        await self._end("relay", getattr(self, "relay", None), limit * 0.1)
        self._cancel_all_but("")
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if hasattr(self, "service") and self.service.on_stop is not None:
            await _within(self.service.on_stop(), 1.0)
        if hasattr(self, "resources"):
            await asyncio.to_thread(self.resources.telemetry.shutdown)
            await self.resources.db.close()

    async def _end(self, name: str, part: Relay | Jobs | None, seconds: float) -> None:
        """Ask a part to come to its end and give it that long."""
        task = next((t for t in self._tasks if t.get_name() == f"{self.spec.group}.{name}"), None)
        if part is not None and task is not None:
            await part.stop()
            await asyncio.wait([task], timeout=seconds)

    def _cancel_all_but(self, name: str) -> None:
        for task in self._tasks:
            if task.get_name() != f"{self.spec.group}.{name}":
                task.cancel()


async def _within(work: Coroutine[Any, Any, Any] | Awaitable[Any], seconds: float) -> None:
    with contextlib.suppress(Exception):
        await asyncio.wait_for(work, seconds)
