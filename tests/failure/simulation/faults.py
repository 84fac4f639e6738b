"""What a run does to its newsroom, drawn from the seed: which faults, on whom, when, for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING

from shared.ids import DEFAULT_SITE
from tests.failure.chaos import poison
from tests.failure.simulation.instance import Instance
from tests.failure.simulation.loop import Process
from tests.failure.simulation.postgres import Session

if TYPE_CHECKING:
    from tests.failure.simulation.scenario import Newsroom

Fault = Callable[["Newsroom", Random], None]
LONGEST = 9.0  # past the session time-out, so that partitions move


def kill(news: Newsroom, random: Random) -> None:
    victim = _victim(news, random)
    victim.kill()
    news.loop.as_world(random.uniform(0.1, 4.0), victim.start)


def kill_everybody(news: Newsroom, random: Random) -> None:
    for victim in news.instances:
        victim.kill()
        news.loop.as_world(random.uniform(0.1, 4.0), victim.start)


def kill_at_a_commit(news: Newsroom, random: Random) -> None:
    """The next transaction of somebody's is committed, and its process does not live to hear of it."""
    victim = _victim(news, random)

    def strike(session: Session) -> None:
        if session.process is victim.process:
            news.server.on_commit = lambda _: None
            victim.kill()
            news.loop.as_world(random.uniform(0.1, 4.0), victim.start)

    news.server.on_commit = strike


def lose_a_commit(news: Newsroom, random: Random) -> None:
    """The next transaction of somebody's is never committed: its session ends when the word comes."""
    victim = _victim(news, random)

    def strike(session: Session) -> None:
        if session.process is victim.process:
            news.server.at_commit = lambda _: None
            news.note(f"a commit of {victim.name} is lost")
            session.end()

    news.server.at_commit = strike


def kill_at_an_append(news: Newsroom, random: Random) -> None:
    """The broker takes records, and the relay that sent them does not live to mark them."""

    def strike(process: Process) -> None:
        for victim in news.instances:
            if victim.process is process:
                news.broker.on_append = lambda _: None
                victim.kill()
                news.loop.as_world(random.uniform(0.1, 4.0), victim.start)

    news.broker.on_append = strike


def freeze(news: Newsroom, random: Random) -> None:
    _victim(news, random).freeze(random.choice((0.3, 2.0, LONGEST)))


def freeze_the_leader(news: Newsroom, random: Random) -> None:
    """Whoever leads a relay stands still, and its session with the lock is taken from it meanwhile."""
    role = random.choice(("desk", "sheets"))
    session = news.server.store(role).advisory.get("plumbline.relay")
    for instance in news.instances:
        if session is not None and session.process is instance.process:
            instance.freeze(random.choice((2.0, LONGEST)))
            news.loop.as_world(random.uniform(0.0, 0.5), session.end)


def stop_and_start(news: Newsroom, random: Random) -> None:
    victim = _victim(news, random)
    victim.stop()
    news.loop.as_world(random.uniform(5.0, 8.0), victim.start)


def restart_database(news: Newsroom, random: Random) -> None:
    seconds = random.choice((0.1, 1.0, LONGEST))
    news.note(f"Postgres is away for {seconds:.1f} s")
    news.server.stop()

    def back() -> None:
        news.server.down = False
        news.note("Postgres is back")

    news.loop.as_world(seconds, back)


def kill_sessions(news: Newsroom, random: Random) -> None:
    role = random.choice(news.roles)
    share = random.choice((0.3, 1.0))
    killed = news.server.kill_sessions(lambda session: session.database == role and random.random() < share)
    news.note(f"{killed} sessions of {role} are killed")


def stop_broker(news: Newsroom, random: Random) -> None:
    seconds = random.choice((0.5, 3.0, LONGEST))
    news.note(f"the broker is away for {seconds:.1f} s")
    news.broker.down = True

    def back() -> None:
        news.broker.down = False
        news.note("the broker is back")

    news.loop.as_world(seconds, back)


def cut_off(news: Newsroom, random: Random) -> None:
    victim, seconds = _victim(news, random), random.choice((1.0, LONGEST))
    server, wire = random.choice((("Postgres", victim.to_database), ("the broker", victim.to_broker)))
    news.note(f"{victim.name} does not reach {server} for {seconds:.1f} s")
    wire.cut(seconds)


def slow_down(news: Newsroom, random: Random) -> None:
    victim = _victim(news, random)
    news.note(f"everything takes long for {victim.name}")
    victim.to_broker.slow(LONGEST)
    if random.random() < 0.5:
        victim.to_database.slow(LONGEST)


def rewind(news: Newsroom, random: Random) -> None:
    group = random.choice(("sheets", "panels"))
    news.note(f"{group} starts again from the beginning")
    news.broker.rewind(group)


def poison_the_well(news: Newsroom, random: Random) -> None:
    kind = random.choice([each for each in poison.ALL if "megabytes" not in each.name])
    subject = random.choice(news.subjects)
    topic, type_ = random.choice(news.heard)
    value, headers = poison.poisoned(kind, _well_formed(subject), type=type_, subject=subject, number=len(news.planted))
    partition, offset = news.broker.append(topic, subject.encode(), value, headers)  # type: ignore[arg-type]
    news.planted.add((topic, partition, offset))
    news.note(f"poison on {topic}/{partition} at {offset}: {kind.name}")


def world_away(news: Newsroom, random: Random) -> None:
    seconds = random.choice((1.0, LONGEST))
    news.note(f"what handlers need is away for {seconds:.1f} s")
    news.disturb.away = True

    def back() -> None:
        news.disturb.away = False

    news.loop.as_world(seconds, back)


def curse(news: Newsroom, random: Random) -> None:
    """One service fails at one version of one article, every time."""
    cursed = (random.choice(("sheets", "panels")), random.choice(news.subjects), random.randint(1, news.versions))
    news.note(f"{cursed[0]} fails at {cursed[1]} v{cursed[2]}")
    news.disturb.cursed.add(cursed)


def clock_jumps(news: Newsroom, random: Random) -> None:
    victim, seconds = _victim(news, random), random.choice((-600.0, -3.0, 3600.0))
    news.note(f"the clock of {victim.name} jumps by {seconds:.0f} s")
    victim.clock.skew += seconds


ALL: Sequence[Fault] = (
    kill,
    kill_everybody,
    kill_at_a_commit,
    lose_a_commit,
    kill_at_an_append,
    freeze,
    freeze_the_leader,
    stop_and_start,
    restart_database,
    kill_sessions,
    stop_broker,
    cut_off,
    slow_down,
    rewind,
    poison_the_well,
    world_away,
    curse,
    clock_jumps,
)


def _victim(news: Newsroom, random: Random) -> Instance:
    return random.choice(news.instances)


def _well_formed(subject: str) -> bytes:
    from plumbline.events.v1.article_pb2 import Article

    wire = Article(article_id=subject, site_id=str(DEFAULT_SITE), title="an article that was spoilt on its way")
    wire.version.epoch, wire.version.counter = 1, 999
    return wire.SerializeToString()
