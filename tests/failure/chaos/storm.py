"""One run: a fleet works under load while faults come and go; then it rests, and everything is read.

The phases follow each other on one fleet, because starting one costs more than breaking it: a rolling restart, the
faults, trouble that passes, dead letters by hand. Load goes on through all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field
from random import Random

import psutil

from shared.testing.patience import PATIENCE
from tests.failure.chaos import poison
from tests.failure.chaos.aftermath import Aftermath, Ledger, Place
from tests.failure.chaos.client import Cms, Doors, Reader
from tests.failure.chaos.fleet import Fleet, run_command
from tests.failure.chaos.history import History
from tests.failure.chaos.load import SOURCE, Delivery, deliveries
from tests.failure.chaos.nemesis import Fault, Ground
from tests.failure.chaos.reading import Databases, read_aftermath, read_ledgers, until_rest
from tests.failure.chaos.recovery import recovery
from tests.failure.chaos.topics import Topics

CLIENTS = 4
REST_SECONDS = 5 * PATIENCE
POISONED = (
    ("plumbline.article.v1", "plumbline.events.v1.Article"),
    ("plumbline.claim.v1", "plumbline.events.v1.ClaimSheet"),
    ("plumbline.verdict.v1", "plumbline.events.v1.VerdictSheet"),
    ("plumbline.submission.v1", "plumbline.events.v1.CommentSubmission"),
)


@dataclass(slots=True)
class Findings:
    """What a run showed, besides its aftermath."""

    history: History = field(default_factory=History)
    story: list[str] = field(default_factory=list)
    calls: dict[str, Counter[str]] = field(default_factory=dict)
    stops: dict[str, tuple[float, int]] = field(default_factory=dict)
    rebalances: dict[str, int] = field(default_factory=dict)
    planted: set[Place] = field(default_factory=set)
    cursed: set[tuple[str, str]] = field(default_factory=set)
    commands: dict[str, tuple[int, str]] = field(default_factory=dict)
    ledgers: list[tuple[Ledger, ...]] = field(default_factory=list)
    rest_seconds: float = 0.0
    unrest: str = ""
    recoveries: list[tuple[str, float, str]] = field(default_factory=list)
    memory_mb: dict[str, int] = field(default_factory=dict)
    after: Aftermath | None = None


class Storm:
    """The director of a run."""

    def __init__(self, ground: Ground, *, articles: int, comments: int, load_seconds: float) -> None:
        self.ground, self.found = ground, Findings()
        self.random = ground.random
        self.work = deliveries(ground.random, articles, comments)
        self._pace = CLIENTS * load_seconds / len(self.work)
        self._began = time.monotonic()
        self.ingest = Doors(ground.fleet.of("ingest"), ground.random)
        self._publish = Doors(ground.fleet.of("publish"), ground.random)
        self.topics = Topics(ground.kafka.bootstrap)
        self.secret = ""

    @property
    def fleet(self) -> Fleet:
        return self.ground.fleet

    def say(self, what: str) -> None:
        self.found.story.append(f"{time.monotonic() - self._began:6.1f} s  {what}")

    async def open(self) -> None:
        """A source that may deliver, added as an operator adds one; and everything up."""
        await self.fleet.start()
        self.say("everything is ready")
        status, secret = await run_command(self.fleet, "source", "add", SOURCE)
        assert status == 0, secret
        self.secret = secret.splitlines()[-1].strip()

    @contextlib.asynccontextmanager
    async def load(self) -> AsyncIterator[asyncio.Task[None]]:
        """The CMS delivers and a reader looks while the block runs; the block's task ends with the last delivery."""
        queue: asyncio.Queue[Delivery] = asyncio.Queue()
        for delivery in self.work:
            queue.put_nowait(delivery)
        clients = [Cms(f"cms-{n}", self.found.history, self.ingest, self.secret) for n in range(CLIENTS)]
        reader, stop = Reader("reader", self.found.history, self._publish), asyncio.Event()
        articles = [delivery for delivery in self.work if delivery.kind == "article"]
        looking = asyncio.create_task(reader.look(articles, Random(7), stop, 0.2))
        delivering = asyncio.create_task(_all([client.deliver(queue, self._pace) for client in clients]))
        try:
            yield delivering
            await delivering
        finally:
            delivering.cancel()
            stop.set()
            await looking
        self.say(f"everything is delivered: {self.found.history.count()}")

    def phase(self, name: str) -> None:
        """Calls from here on are counted under this name."""
        self.ingest.ended = self.found.calls[f"{name}/ingest"] = Counter()
        self._publish.ended = self.found.calls[f"{name}/publish"] = Counter()
        self.say(f"-- {name}")

    async def roll(self) -> None:
        """Stop every service's instances one generation after the other, each back before the next one goes."""
        await self._until_answered(20)
        self.phase("rolling restart")
        for number in sorted({each.number for each in self.fleet.instances}):
            mine = [each for each in self.fleet.instances if each.number == number]
            ended = await asyncio.gather(*(each.stop() for each in mine))
            self.found.stops |= {each.name: how for each, how in zip(mine, ended, strict=True)}
            await asyncio.gather(*(each.start() for each in mine))
            slowest = max(seconds for seconds, _ in ended)
            back = await self.fleet.until_ready(mine)
            self.say(f"generation {number} stopped within {slowest:.1f} s and is back after {back:.1f} s")
        await self._until_answered(20)

    async def _until_answered(self, calls: int) -> None:
        """Until each door answered this many calls of the present phase, so that there is something to judge it by."""
        give_up = time.monotonic() + 2 * PATIENCE
        while min(self.ingest.ended["2xx"], self._publish.ended["2xx"]) < calls and time.monotonic() < give_up:
            await asyncio.sleep(0.2)

    async def strike(self, faults: Sequence[Fault], *, patience: float = 120.0) -> None:
        """One fault after the other, each once the one before is overcome; what may only grow is looked at before each."""
        self.phase("faults")
        for fault in faults:
            await self.remember_ledgers()
            what = await fault(self.ground)
            server, bootstrap = self.ground.postgres.dsn(), self.ground.kafka.bootstrap
            seconds, waits = await recovery(self.fleet, server, bootstrap, patience=patience)
            self.found.recoveries.append((what, seconds, waits))
            self.say(f"{what}; {f'after {seconds:.0f} s {waits}' if waits else f'overcome after {seconds:.1f} s'}")

    async def remember_ledgers(self) -> None:
        with contextlib.suppress(Exception):  # the database may be down: then there is nothing to see
            databases = await self.databases()
            try:
                self.found.ledgers.append(await read_ledgers(databases))
            finally:
                await databases.close()

    async def poison_all(self, kinds: Sequence[poison.Poison], pace: float) -> None:
        """Every kind once, straight onto a topic, between healthy records."""
        for number, kind in enumerate(kinds):
            await asyncio.sleep(pace)
            topic, type_ = POISONED[number % len(POISONED)]
            subject = self.random.choice(self.work).article_id
            value, headers = poison.poisoned(kind, b"\x0a\x02a1", type=type_, subject=subject, number=number)
            while True:
                try:
                    self.found.planted.add(await self.topics.put(topic, subject.encode(), value, headers))
                    break
                except Exception:  # the broker is away
                    await asyncio.sleep(1.0)
        self.say(f"{len(kinds)} poisons are planted")

    async def databases(self) -> Databases:
        services = sorted({each.service for each in self.fleet.instances})
        return await Databases.open(self.ground.postgres.dsn(), services)

    async def rest_and_read(self) -> None:
        """Wait until nothing moves any more, then read everything there is."""
        self.say("-- rest")
        await self.fleet.until_ready()
        await self.topics.open()
        databases = await self.databases()
        found = self.found
        try:
            found.rest_seconds, found.unrest = await until_rest(databases, self.topics, seconds=REST_SECONDS)
            self.say(found.unrest or f"at rest {found.rest_seconds:.1f} s after the last of the load")
            found.memory_mb = {each.name: _memory(each.pid) for each in self.fleet.instances if each.up}
            found.after = await read_aftermath(
                databases, self.topics, planted=found.planted, cursed=found.cursed, ledgers=found.ledgers
            )
        finally:
            await databases.close()
            await self.topics.close()


async def _all(work: Sequence[Awaitable[None]]) -> None:
    await asyncio.gather(*work)


def _memory(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss / 1_000_000)
