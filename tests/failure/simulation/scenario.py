"""One seed, one run: a newsroom works, things go wrong, everything heals, and what is left is judged by the checkers."""

from __future__ import annotations

import asyncio
import random as random_module
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from shared.errors import Transient
from tests.failure.chaos.aftermath import Aftermath
from tests.failure.chaos.checkers import check
from tests.failure.chaos.history import History, Operation, Result
from tests.failure.chaos.violation import Violation
from tests.failure.simulation import faults, newsroom
from tests.failure.simulation.broker import Broker
from tests.failure.simulation.disturbance import Disturbance
from tests.failure.simulation.faults import Fault
from tests.failure.simulation.instance import Instance, Surroundings
from tests.failure.simulation.loop import NothingLeft, SimulatedLoop, TooLong, bury, run_to_end
from tests.failure.simulation.postgres import Server
from tests.failure.simulation.quiet import SimulatedClock
from tests.failure.simulation.reading import aftermath, at_rest
from tests.failure.simulation.replaying import replay_what_died
from tests.failure.simulation.statements import statements

LOAD_SECONDS = 12.0
REST_SECONDS = 240.0
ANSWER_SECONDS = 6.0
Change = Callable[[Surroundings], None]


@dataclass(slots=True)
class Outcome:
    """What a seed showed. `trace` tells the story in virtual seconds; `steps` is its length."""

    seed: int
    violations: list[Violation]
    trace: list[str]
    history: History
    after: Aftermath
    steps: int
    seconds: float


class Newsroom:
    """The stage of one run."""

    def __init__(self, seed: int, change: Change | None = None, troubles: Sequence[Fault] = faults.ALL) -> None:
        self.random, self._troubles = Random(seed), troubles
        self.versions = self.random.randint(2, 6)
        self.subjects = [f"a{number}" for number in range(self.random.randint(2, 8))]
        self.loop = SimulatedLoop(self.random, disorder=self.random.choice((0.0, 0.2, 1.0)))
        self.trace: list[str] = []
        self.accidents: list[str] = []
        self.loop.set_exception_handler(lambda _, what: self.accidents.append(str(what.get("exception", what))))
        self.history = History()
        self.planted: set[tuple[str, int, int]] = set()
        self.disturb = Disturbance(
            self.random, slow=self.random.choice((0.0, 0.1)), bugs=self.random.choice((0.0, 0.0, 0.1))
        )
        clock = SimulatedClock(self.loop)
        self.server, self.broker = Server(statements(), clock.now), Broker(self.loop)
        self.around = Surroundings(self.loop, self.random, self.server, self.broker, self.note, self.disturb)
        if change is not None:
            change(self.around)
        self.instances = [Instance(self.around, role, number) for role in newsroom.ROLES for number in (0, 1)]
        self.roles = [role.name for role in newsroom.ROLES]
        self.heard = [
            (newsroom.ARTICLES, "plumbline.events.v1.Article"),
            (newsroom.SHEETS, "plumbline.events.v1.ClaimSheet"),
        ]

    def note(self, what: str) -> None:
        self.trace.append(f"{self.loop.time():9.3f}  {what}")

    async def story(self) -> None:
        """Work under faults, then heal, rest, replay what died, and rest again."""
        for instance in self.instances:
            instance.start()
        self._plan_faults()
        await asyncio.gather(*(self._cms(number) for number in range(2)))
        await asyncio.sleep(max(0.0, LOAD_SECONDS + faults.LONGEST - self.loop.time()))
        self._heal()
        await self._rest()
        if self.disturb.cursed:
            await replay_what_died(self.server, self.broker, self.around)
            await self._rest()

    def _plan_faults(self) -> None:
        for _ in range(self.random.randint(2, 8)):
            fault = self.random.choice(self._troubles)
            self.loop.as_world(self.random.uniform(0.5, LOAD_SECONDS), fault, self, self.random)

    def _heal(self) -> None:
        self.note("everything heals")
        self.disturb.active = False
        self.server.down = self.broker.down = False
        self.server.on_commit = self.server.at_commit = lambda session: None
        self.broker.on_append = lambda process: None
        for instance in self.instances:
            instance.start()

    async def _rest(self) -> None:
        until = self.loop.time() + REST_SECONDS
        while self.loop.time() < until and not at_rest(self.server, self.broker):
            for instance in self.instances:
                instance.start()
            await asyncio.sleep(1.0)
        self.note("at rest" if at_rest(self.server, self.broker) else "never came to rest")

    # -- the CMS

    async def _cms(self, number: int) -> None:
        """Tells its share of all versions of all articles, repeating each until it is acknowledged."""
        deliveries = [(s, v) for v in range(1, self.versions + 1) for s in self.subjects if (v + number) % 2]
        if self.random.random() < 0.3:
            self.random.shuffle(deliveries)
        for subject, version in deliveries:
            await asyncio.sleep(self.random.uniform(0.0, 2 * LOAD_SECONDS / len(deliveries)))
            while not await self._tell(f"cms-{number}", f"{subject}/{version}/{number}", subject, version):
                await asyncio.sleep(self.random.uniform(0.1, 1.0))
            if self.random.random() < 0.5:
                await self._ask(f"cms-{number}", f"{subject}/{version}/{number}", subject, version)

    async def _tell(self, client: str, event: str, subject: str, version: int) -> bool:
        began = self.loop.time()
        door, result, said = self._door(), "fail", ""
        if door is not None:
            result, said = await self._request(door, lambda: newsroom.take(door[1], event, subject, version))
        self._record(client, "tell", event, subject, version, began, result, {"said": said})  # type: ignore[arg-type]
        return result == "ok"

    async def _ask(self, client: str, event: str, subject: str, version: int) -> None:
        began, door = self.loop.time(), self._door()
        if door is not None:
            result, found = await self._request(door, lambda: newsroom.found(door[1].db, event))
            self._record(client, "ask", event, subject, version, began, result, {"found": found})  # type: ignore[arg-type]

    def _door(self) -> tuple[Instance, Any] | None:
        """An instance of the desk that listens; None when the one that was tried does not."""
        instance = self.random.choice(self.instances[:2])
        return None if instance.outbox is None else (instance, instance.outbox)

    async def _request(self, door: tuple[Instance, Any], work: Callable[[], Awaitable[Any]]) -> tuple[str, Any]:
        """Have a desk's process do something: its answer, or `unknown` when none comes in time."""
        answer: asyncio.Future[tuple[str, Any]] = self.loop.create_future()

        async def serve() -> None:
            try:
                said = await work()
            except Transient:
                _settle(answer, ("unknown", "503"))
            except Exception as error:
                self.accidents.append(f"{door[0].name}: {error!r}")
                _settle(answer, ("unknown", "500"))
            else:
                _settle(answer, ("ok", said))

        self.loop.start(door[0].process, serve(), name=f"{door[0].name}.request")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.shield(answer)
        except TimeoutError:
            return "unknown", None

    def _record(
        self, client: str, kind: Any, event: str, subject: str, version: int, began: float, result: Result, said: Any
    ) -> None:
        self.history.add(Operation(client, kind, event, subject, version, began, self.loop.time(), result, said))


def _settle(answer: asyncio.Future[Any], value: Any) -> None:
    if not answer.done():
        answer.set_result(value)


def run(seed: int, change: Change | None = None, troubles: Sequence[Fault] = faults.ALL) -> Outcome:
    """Play one seed to its end and judge it. The same seed gives the same outcome, always."""
    with _seeded(seed):
        news = Newsroom(seed, change, troubles)
        stuck: list[Violation] = []
        try:
            run_to_end(news.loop, news.story())
        except (NothingLeft, TooLong) as error:
            stuck = [Violation("stuck", f"seed {seed}", type(error).__name__)]
        stuck += [Violation("accident", f"seed {seed}", what) for what in news.accidents]
        after = aftermath(news.server, news.broker, news.planted, news.disturb)
        seconds, steps = news.loop.time(), news.loop.steps
        bury(news.loop, [process for each in news.instances for process in (*each.graves, each.process)])
    violations = stuck + check(news.history, after)
    return Outcome(seed, violations, news.trace, news.history, after, steps, seconds)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """The kit draws its back-off from the module's own generator."""
    before = random_module.getstate()
    random_module.seed(seed)
    try:
        yield
    finally:
        random_module.setstate(before)
