"""What a bench of speed stands on: Postgres servers, a broker and a span collector, each in processes of its own."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.host import TOPICS
from shared.kafka import Cluster, Topics, read_topics
from shared.local.kafka import RealKafka
from shared.local.kafka_files import KafkaNotAvailable, find_kafka
from shared.local.postgres import EmbeddedPostgres
from tests.bench.perf.child import Child

MOCK_PARTITION_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class Broker:
    """A running broker: its cluster, its name for the table, its process."""

    cluster: Cluster
    name: str
    pid: int
    child: Child | None = None

    async def ensure_topics(self, names: Sequence[str]) -> None:
        """Bring topics into being; the product's own are there already on a real Kafka."""
        if self.child is not None:
            await self.child.ask("topics", topics=list(names))


@dataclass(slots=True)
class Ground:
    """Opens parts and closes them all at the end. Postgres runs without fsync, on both sides alike."""

    home: Path
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _numbers: int = 0

    def folder(self, name: str) -> Path:
        self._numbers += 1
        path = self.home / f"{name}{self._numbers}"
        path.mkdir(mode=0o755)
        return path

    async def postgres(self) -> EmbeddedPostgres:
        return await self._stack.enter_async_context(EmbeddedPostgres(self.folder("postgres"), fsync=False))

    async def broker(self) -> Broker:
        """A real Kafka where one can run, else the embedded one; with the product's topics."""
        names = [topic.name for topic in read_topics(TOPICS)]
        try:
            found = await find_kafka()
        except KafkaNotAvailable as why:
            child = await self.child("tests.bench.perf.mock_broker")
            broker = Broker(Cluster(child.ready["bootstrap"], embedded=True), f"embedded ({why})", child.pid, child)
            await broker.ensure_topics(names)
            return broker
        kafka = await self._stack.enter_async_context(RealKafka(self.folder("kafka"), found))
        cluster = Cluster(kafka.bootstrap)
        await Topics(cluster).apply(read_topics(TOPICS))
        return Broker(cluster, f"Apache Kafka {found.version}", kafka.pid or 0)

    async def child(self, module: str, *arguments: str, env: dict[str, str] | None = None) -> Child:
        log = self.home / f"{module.rpartition('.')[2]}.{self._numbers}.log"
        child = await Child.start(module, *arguments, log=log, env=env)
        self._stack.push_async_callback(child.stop)
        return child


@contextlib.asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """A fresh ground in a temporary folder, which is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        made = Ground(Path(folder))
        async with made._stack:
            yield made
        await asyncio.sleep(0)
