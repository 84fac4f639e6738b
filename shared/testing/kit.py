"""Services of one test, built and run as the product runs them: real database, real broker, telemetry kept for reading."""

from __future__ import annotations

import asyncio
import io
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.clock import Clock, SystemClock
from shared.directory import TOPIC as DIRECTORY
from shared.ids import Ids, TimeOrderedIds
from shared.jobs import install_queue
from shared.kafka import Cluster, Topics, TopicSettings
from shared.local.broker import EmbeddedBroker
from shared.local.choice import Broker
from shared.local.postgres import EmbeddedPostgres
from shared.local.process import until_async
from shared.local.read_ahead import ReadAhead
from shared.postgres import PLATFORM, Database, migrate
from shared.runtime import Running
from shared.service import OffLoop, ServiceSpec, Surroundings
from shared.settings import KitSettings
from shared.telemetry.setup import Telemetry
from shared.testing.patience import PATIENCE
from shared.vault import MasterKey

MASTER = MasterKey(b"a key that opens only test seals")


@dataclass(slots=True)
class Observed:
    """What one service reported: finished spans, log lines, metrics."""

    service: str
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    log: io.StringIO = field(default_factory=io.StringIO)
    telemetry: Telemetry = field(init=False)

    def __post_init__(self) -> None:
        self.telemetry = Telemetry.of(
            self.service, level="DEBUG", out=self.log, processors=(SimpleSpanProcessor(self.exporter),)
        )

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return tuple(self.exporter.get_finished_spans())

    def metric(self, name: str, **labels: str) -> float:
        """Current value of a sample; 0 when it was never reported."""
        return self.telemetry.metrics.registry.get_sample_value(name, {"service": self.service, **labels}) or 0.0


def cluster_of(broker: Broker) -> Cluster:
    return Cluster(broker.bootstrap, embedded=isinstance(broker, EmbeddedBroker))


async def create_topics(broker: Broker, names: Iterable[str], *, partitions: int = 4) -> None:
    """Make topics on any broker; those that exist are left alone."""
    if isinstance(broker, EmbeddedBroker):
        await broker.ensure_topics(names)
        return
    await Topics(cluster_of(broker)).apply([TopicSettings(name, partitions, {}) for name in names])


class Stage:
    """Where a test's services run. Everything started here is stopped at the end, every database dropped."""

    def __init__(self, server: EmbeddedPostgres, home: Path, templates: dict[Path, str] | None = None) -> None:
        self.server, self.home = server, home
        self._templates = {} if templates is None else templates
        self.ids: Ids = TimeOrderedIds()
        self.clock: Clock = SystemClock()
        self.encoder: Callable[[], Any] = _no_encoder
        self.observed: dict[str, Observed] = {}
        self.running: list[Running] = []
        self._databases: set[str] = set()
        self._off_loop = OffLoop()

    def settings(self, **changed: Any) -> KitSettings:
        return KitSettings(home=self.home, **changed)

    def surroundings(self, broker: Broker | Cluster, **changed: Any) -> Surroundings:
        """What a process gives its services; `changed` are settings."""
        return Surroundings(
            settings=self.settings(**changed),
            server_dsn=self.server.dsn(),
            cluster=broker if isinstance(broker, Cluster) else cluster_of(broker),
            ids=self.ids,
            clock=self.clock,
            master=MASTER,
            telemetry=self.watch,
            off_loop=self._off_loop,
            encoder=self.encoder,
        )

    def watch(self, service: str) -> Telemetry:
        """Fresh telemetry of one service; `observed[service]` reads the newest."""
        self.observed[service] = Observed(service)
        return self.observed[service].telemetry

    async def prepare(self, spec: ServiceSpec, around: Surroundings) -> Running:
        """A service with its database, not yet hearing or telling."""
        running = Running(spec, around)
        if spec.database not in self._databases:
            await self._copy_of_migrated(spec)
            self._databases.add(spec.database)
        self.running.append(running)
        await running.prepare()
        return running

    async def _copy_of_migrated(self, spec: ServiceSpec) -> None:
        """Copying a migrated database takes a tenth of migrating one; each migrations folder is run once a session."""
        template = self._templates.get(spec.migrations)
        if template is None:
            template = f"migrated_{len(self._templates)}_{uuid.uuid4().hex[:8]}"
            db = await Database.connect(await self.server.create_database(template), size=1)
            await migrate(db, ("platform", PLATFORM), (spec.name, spec.migrations))
            await db.execute(
                "UPDATE schema_migration SET name = 'any/' || split_part(name, '/', 2) WHERE name LIKE $1",
                f"{spec.name}/%",
            )
            await install_queue(db)
            await db.close()
            self._templates[spec.migrations] = template
        await self.server.create_database(spec.database, template=template)
        connection = await asyncpg.connect(self.server.dsn(spec.database))
        await connection.execute(
            "UPDATE schema_migration SET name = $1 || split_part(name, '/', 2) WHERE name LIKE 'any/%'", f"{spec.name}/"
        )
        await connection.close()

    async def around(self, broker: Broker, topics: Iterable[str] = (), **changed: Any) -> Surroundings:
        """Surroundings on a broker that has these topics and the directory's."""
        await create_topics(broker, [*topics, DIRECTORY])
        return self.surroundings(broker, **changed)

    async def run(
        self, broker: Broker, specs: Sequence[ServiceSpec], *, topics: Iterable[str] = (), **changed: Any
    ) -> list[Running]:
        """Prepare and start services in one loop; on the embedded broker with the read-ahead bound, as the product does."""
        around = await self.around(broker, topics, **changed)
        services = [await self.prepare(spec, around) for spec in specs]
        if isinstance(broker, EmbeddedBroker):
            self.bound(around, services)
        for service in services:
            await service.start()
        return services

    def bound(self, around: Surroundings, services: Sequence[Running]) -> ReadAhead:
        groups: dict[str, set[str]] = {}
        for service in services:
            for heard in service.hears:
                groups.setdefault(heard.topic, set()).add(service.spec.group)
        window = ReadAhead(groups)
        around.window, around.on_settled = window, window.settled
        return window

    async def stop(self, services: Sequence[Running] | None = None) -> None:
        """Stop these services (all by default), the way a process would."""
        for running in list(self.running) if services is None else services:
            if running in self.running:
                self.running.remove(running)
                await running.stop()

    async def close(self) -> None:
        await self.stop()
        for name in self._databases:
            await self.server.drop_database(name)
        self._off_loop.close()


async def eventually(holds: Callable[[], Any], *, seconds: float = PATIENCE, every: float = 0.02) -> Any:
    """The first true answer of `holds` (sync or async). Fails the test, naming the condition, when none comes in time."""
    found: Any = None

    async def check() -> bool:
        nonlocal found
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        return bool(found)

    assert await until_async(check, seconds, every), f"not within {seconds} s; last answer {found!r}"
    return found


def _no_encoder() -> Any:
    raise AssertionError("this test has no encoder")


@pytest.fixture(scope="session")
def migrated() -> dict[Path, str]:
    """Names of migrated databases to copy, by migrations folder."""
    return {}


@pytest_asyncio.fixture
async def stage(postgres_server: EmbeddedPostgres, tmp_path: Path, migrated: dict[Path, str]) -> AsyncIterator[Stage]:
    """Where this test's services run."""
    made = Stage(postgres_server, tmp_path, migrated)
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture(params=[pytest.param("embedded_broker"), pytest.param("real_kafka", marks=pytest.mark.kafka)])
def any_broker(request: pytest.FixtureRequest) -> Broker:
    """Each broker in turn."""
    found: Broker = request.getfixturevalue(request.param)
    return found
