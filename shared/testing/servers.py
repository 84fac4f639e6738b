"""pytest fixtures: a real Postgres, the embedded broker, a real Kafka and a browser.

The servers of a session are shared by its tests and must be left usable; a test that stops, kills or pauses a
server takes one of its own (`own_postgres`, `own_kafka`). All of them run on the one event loop of the session,
because grpc.aio supports a single loop per process.
"""

from __future__ import annotations

import itertools
import re
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.local.broker import EmbeddedBroker
from shared.local.choice import Broker
from shared.local.kafka import RealKafka
from shared.local.kafka_files import KafkaInstallation, KafkaNotAvailable, find_kafka
from shared.local.postgres import EmbeddedPostgres
from shared.testing.parts import find_chromium, missing, note_part

NAME_LIMIT = 40

MakeDatabase = Callable[..., Awaitable[str]]
MakeTopic = Callable[..., Awaitable[str]]


@pytest_asyncio.fixture(scope="session")
async def postgres_server(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> AsyncIterator[EmbeddedPostgres]:
    """The session's Postgres 18, without fsync: committed rows survive everything but a crash of the machine."""
    folder = tmp_path_factory.mktemp("postgres")
    server = EmbeddedPostgres(folder, fsync=False)
    await server.start()
    note_part(pytestconfig, "Postgres", "embedded Postgres 18")
    try:
        yield server
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture
async def make_database(postgres_server: EmbeddedPostgres, unique_name: str) -> AsyncIterator[MakeDatabase]:
    """`await make_database()` or `make_database(template=name)`: DSN of a new database, dropped after the test."""
    made: list[str] = []
    numbers = itertools.count(1)

    async def make(*, template: str | None = None) -> str:
        name = f"{unique_name}_{next(numbers)}"
        made.append(name)
        return await postgres_server.create_database(name, template=template)

    try:
        yield make
    finally:
        for name in made:
            await postgres_server.drop_database(name)


@pytest_asyncio.fixture
async def database(make_database: MakeDatabase) -> str:
    """DSN of an empty database of this test alone."""
    return await make_database()


@pytest_asyncio.fixture
async def own_postgres(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A started Postgres of this test alone, with fsync as in production; the test may kill it."""
    server = EmbeddedPostgres(tmp_path / "postgres")
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest_asyncio.fixture(scope="session")
async def embedded_broker(pytestconfig: pytest.Config) -> AsyncIterator[EmbeddedBroker]:
    """The session's embedded broker; its limits stand in shared/local/broker.py. Topics appear by use."""
    async with EmbeddedBroker() as broker:
        note_part(pytestconfig, "Embedded broker", "mock cluster of librdkafka")
        yield broker


@pytest_asyncio.fixture(scope="session")
async def kafka_installation(pytestconfig: pytest.Config) -> KafkaInstallation:
    """The files of a real Kafka, fetched at first use."""
    try:
        found = await find_kafka()
    except KafkaNotAvailable as reason:
        note_part(pytestconfig, "Kafka", f"none ({reason})")
        missing(f"a real Kafka cannot run here: {reason}")
    note_part(pytestconfig, "Kafka", f"Apache Kafka {found.version}")
    return found


@pytest_asyncio.fixture(scope="session")
async def real_kafka(
    kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RealKafka]:
    """The session's Apache Kafka. Mark its tests `kafka`; topics are created by `make_topic` or by the test."""
    folder = tmp_path_factory.mktemp("kafka")
    async with RealKafka(folder, kafka_installation) as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="session")
async def quiet_kafka(
    kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RealKafka]:
    """A Kafka shared by tests that count everything a service hears: on this one nobody tells of sites and signers."""
    folder = tmp_path_factory.mktemp("quiet_kafka")
    async with RealKafka(folder, kafka_installation) as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture
async def own_kafka(kafka_installation: KafkaInstallation, tmp_path: Path) -> AsyncIterator[RealKafka]:
    """A started Kafka of this test alone; the test may kill, pause or restart it."""
    async with RealKafka(tmp_path / "kafka", kafka_installation) as server:
        yield server


@pytest.fixture
def make_topic(unique_name: str) -> MakeTopic:
    """`await make_topic(broker, partitions=1)`: name of a new topic on any broker (the embedded one always gives 4)."""
    numbers = itertools.count(1)

    async def make(broker: Broker, *, partitions: int = 4, configs: dict[str, str] | None = None) -> str:
        name = f"{unique_name}.{next(numbers)}"
        if isinstance(broker, EmbeddedBroker):
            await broker.ensure_topics([name])
            return name
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs or {})])
        finally:
            await admin.close()
        return name

    return make


@pytest.fixture
def unique_name(request: pytest.FixtureRequest) -> str:
    """A name no other test uses, for topics, groups and databases of this test."""
    stem = re.sub(r"[^a-z0-9_]+", "_", request.node.name.lower()).strip("_")[:NAME_LIMIT]
    return f"{stem}_{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> str:
    """Path of a Chromium for playwright's `executable_path`. Mark its tests `browser`."""
    found = find_chromium()
    note_part(pytestconfig, "Browser", found or "none")
    if found is None:
        missing("no Chromium on this machine (`make test` gets one where it can)")
    return found
