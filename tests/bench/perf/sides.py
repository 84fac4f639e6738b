"""The platform and the bare floor as sides of a measurement: articles in, panels out."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.kafka import Cluster
from shared.retrieval.encoder import DEFAULT_FOLDER, ensure_encoder
from tests.bench.perf import corpus
from tests.bench.perf.bare_models import BareEncoder
from tests.bench.perf.child import Child
from tests.bench.perf.cpu import Watch
from tests.bench.perf.ground import Broker, Ground
from tests.bench.perf.newsroom import CMS_TOPIC, Desk, Panels, desk, panels
from tests.bench.perf.pairs import Run
from tests.bench.perf.stories import Story, stories

FLOOR_TOPIC = CMS_TOPIC + ".floor"
_series = itertools.count()


def fresh(count: int, seed: int) -> list[Story]:
    """Articles nobody has seen: no cache holds a sentence with a figure of theirs."""
    return list(stories(count, seed, prefix=f"s{next(_series)}"))


@dataclass(slots=True)
class Platform:
    """A running platform with its own servers."""

    child: Child
    watch: Watch
    desk: Desk
    panels: Panels
    cluster: Cluster
    dsn: str
    claims: list[int] = field(default_factory=list)

    async def articles(self, count: int, seed: int) -> Run:
        """`count` articles at once, until the last panel is complete. Stages in milliseconds of CPU an article."""
        told = fresh(count, seed)
        before, start = await self.child.ask("spent"), self.watch.look()
        await self.desk.send_all(told)
        await self.panels.wait_for(told)
        usage = self.watch.since(start)
        spent = await self.child.ask("spent")
        self.claims += [self.panels.claims[each.story_id] for each in told]
        stages = {name: (spent[name] - before[name]) / count * 1000 for name in spent}
        return Run(usage, count, extra={**stages, "postgres": usage.postgres / count * 1000})

    async def paced(self, count: int, per_second: float, seed: int) -> Run:
        """Open loop; latency counts from the moment an article was due."""
        told = fresh(count, seed)
        start = self.watch.look()
        due = await self.desk.send_paced(told, per_second, random.Random(seed))
        done = await self.panels.wait_for(told)
        return Run(self.watch.since(start), count, tuple(done[name] - at for name, at in due.items()))


@dataclass(slots=True)
class Floor:
    """The bare process beside it, fed with the same kind of articles from a topic of its own."""

    child: Child
    watch: Watch
    desk: Desk

    async def articles(self, count: int, seed: int) -> Run:
        told = fresh(count, seed)
        await self._learn(told)
        before, start = await self.child.ask("spent"), self.watch.look()
        waiting = asyncio.create_task(self.child.ask("articles", count=count))
        await self.desk.send_all(told)
        await waiting
        usage = self.watch.since(start)
        spent = await self.child.ask("spent")
        return Run(usage, count, extra={name: (spent[name] - before.get(name, 0.0)) / count * 1000 for name in spent})

    async def paced(self, count: int, per_second: float, seed: int) -> Run:
        told = fresh(count, seed)
        await self._learn(told)
        start = self.watch.look()
        waiting = asyncio.create_task(self.child.ask("articles", count=count))
        due = await self.desk.send_paced(told, per_second, random.Random(seed))
        done = (await waiting)["done"]
        return Run(self.watch.since(start), count, tuple(done[name] - at for name, at in due.items()))

    async def _learn(self, told: list[Story]) -> None:
        """The list of model calls is handed over before the clocks start."""
        calls = {each.story_id: [each.calls.parse, each.calls.embed, each.calls.match] for each in told}
        await self.child.ask("learn", calls=calls)


@dataclass(slots=True)
class Grounded:
    """Platforms and floors over one ground; a corpus is made once and shared as a file."""

    on: Ground
    encoder: Path
    stack: contextlib.AsyncExitStack
    archives: dict[tuple[int, int], Path] = field(default_factory=dict)

    def archive(self, size: int, seed: int) -> Path:
        if (size, seed) not in self.archives:
            path = self.on.home / f"corpus-{size}.npz"
            corpus.save(corpus.corpus(size, seed, BareEncoder.of(self.encoder)), str(path))
            self.archives[size, seed] = path
        return self.archives[size, seed]

    async def platform(self, size: int, seed: int, *, telemetry: bool = True) -> tuple[Platform, Broker]:
        """A platform whose archive holds `size` fact checks, ready for articles."""
        home = self.on.folder("home")
        shutil.copytree(self.encoder, home / "models" / "encoder")
        server, broker = await asyncio.gather(self.on.postgres(), self.on.broker())
        bootstrap = "" if broker.cluster.embedded else broker.cluster.bootstrap_servers
        child = await self.on.child(
            "tests.bench.perf.platform",
            str(home),
            server.dsn(),
            bootstrap,
            "on" if telemetry else "off",
            str(self.archive(size, seed)),
        )
        cluster = Cluster(child.ready["bootstrap"], embedded=child.ready["embedded"])
        watch = Watch([child.pid], server.pid or 0, beside=[broker.pid], own=False)
        sends = await self.stack.enter_async_context(desk(cluster))
        seen = await self.stack.enter_async_context(panels(cluster))
        return Platform(child, watch, sends, seen, cluster, server.dsn()), broker

    async def floor(self, size: int, seed: int, cluster: Cluster, broker: Broker) -> Floor:
        server = await self.on.postgres()
        await _make_topic(cluster, broker)
        child = await self.on.child(
            "tests.bench.perf.floor",
            str(self.encoder),
            server.dsn(),
            cluster.bootstrap_servers,
            str(cluster.embedded),
            FLOOR_TOPIC,
            str(self.archive(size, seed)),
        )
        watch = Watch([child.pid], server.pid or 0, beside=[broker.pid], own=False)
        return Floor(child, watch, await self.stack.enter_async_context(desk(cluster, FLOOR_TOPIC)))


async def _make_topic(cluster: Cluster, broker: Broker) -> None:
    from shared.kafka import Topics, TopicSettings

    if cluster.embedded:
        await broker.ensure_topics([FLOOR_TOPIC])
    else:
        await Topics(cluster).apply([TopicSettings(FLOOR_TOPIC, 4, {})])


@contextlib.asynccontextmanager
async def grounded(on: Ground) -> AsyncIterator[Grounded]:
    """Everything a bench of articles needs; the encoder is built where it is missing."""
    await asyncio.to_thread(ensure_encoder, DEFAULT_FOLDER)
    async with contextlib.AsyncExitStack() as stack:
        yield Grounded(on, DEFAULT_FOLDER.absolute(), stack)


def configuration(broker: Broker, size: int, **more: Any) -> dict[str, object]:
    """What both sides ran on, for the table."""
    return {"broker": broker.name, "fact checks": f"{size:,}", "fsync": "off on both", "audio": "off", **more}
