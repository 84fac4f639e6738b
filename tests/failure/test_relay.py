"""Order and completeness of what the relay publishes, whatever happens to it (promise D3)."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from shared.kafka import Cluster, KafkaSender
from shared.local.choice import Broker
from shared.outbox import Outbox
from shared.postgres import Database
from shared.relay import Relay, standing
from shared.runtime import Running
from shared.telemetry.setup import Telemetry
from shared.testing.fakes import ListSender
from shared.testing.kit import Stage, cluster_of, create_topics, eventually
from shared.testing.patience import PATIENCE
from shared.testing.topics import everything_in
from tests.sample.newsroom import Newsroom, article, publish, told

WRITERS, PER_WRITER, KEYS = 8, 120, 12
KILL_LEADER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
async def desk(stage: Stage, newsroom: Newsroom) -> Running:
    return await stage.prepare(newsroom.desk, stage.surroundings(Cluster("127.0.0.1:1")))


async def pending(db: Database) -> int:
    return int(await db.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL"))


async def write(newsroom: Newsroom, outbox: Outbox, seed: int) -> None:
    """Next versions of random articles, each under its article's row lock; some transactions are slow to commit."""
    rng = random.Random(seed)
    for _ in range(PER_WRITER):
        article_id = f"a{rng.randrange(KEYS)}"
        async with outbox.transaction() as unit:
            counter = await unit.fetchval(
                "INSERT INTO article VALUES ($1, 1, 1, '') ON CONFLICT (article_id)"
                " DO UPDATE SET counter = article.counter + 1 RETURNING counter",
                article_id,
            )
            unit.emit(told(newsroom.articles, article(article_id, counter)))
            await unit.flush()
            if rng.random() < 0.1:  # its position is taken, its commit comes late: others overtake it
                await asyncio.sleep(rng.random() * 0.05)


@contextlib.asynccontextmanager
async def relays(outbox: Outbox, cluster: Cluster, count: int) -> AsyncIterator[list[Relay]]:
    """Contenders for one database, as replicas of a service run them."""
    made = [
        Relay(outbox, lambda n=n: KafkaSender.open(cluster, f"relay-{n}"), Telemetry.of("relay"), back_off_seconds=0.05)  # type: ignore[misc]
        for n in range(count)
    ]
    tasks = [asyncio.create_task(relay.run()) for relay in made]
    try:
        yield made
    finally:
        for relay in made:
            await relay.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)


async def kill_leaders(dsn: str, stop: asyncio.Event, killed: list[int]) -> None:
    """End the session of whoever leads, again and again; how many each time is added to `killed`."""
    connection = await asyncpg.connect(dsn)
    while not stop.is_set():
        killed.append(len(await connection.fetch(KILL_LEADER)))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.2)
    await connection.close()


async def read_all(broker: Broker, topic: str) -> list[tuple[bytes, int]]:
    """Everything in a topic as (key, version counter), partition by partition in order."""
    return [
        (each.key, int(dict(each.headers)["ce_aggregateversion"].decode().split(".")[1]))
        for each in await everything_in(broker, topic)
    ]


def first_occurrences(records: list[tuple[bytes, int]]) -> dict[bytes, list[int]]:
    """By key, each version where it stands first: what is left when duplicates are dropped."""
    by_key: dict[bytes, list[int]] = defaultdict(list)
    for key, counter in records:
        if counter not in by_key[key]:
            by_key[key].append(counter)
    return by_key


@pytest.mark.kafka
async def test_D3_nothing_is_lost_or_turned_round_while_leaders_are_killed(
    real_kafka: Broker, desk: Running, newsroom: Newsroom
) -> None:
    await create_topics(real_kafka, [newsroom.articles])
    outbox, stop = desk.resources.outbox, asyncio.Event()
    async with relays(outbox, cluster_of(real_kafka), 2):
        killed: list[int] = []
        killer = asyncio.create_task(kill_leaders(desk.resources.db.dsn, stop, killed))
        await asyncio.gather(*(write(newsroom, outbox, seed) for seed in range(WRITERS)))
        await eventually(lambda: sum(killed) >= 3 or killer.done())
        stop.set()
        await killer
        await eventually(lambda: _is_zero(desk.resources.db))
    by_key = first_occurrences(await read_all(real_kafka, newsroom.articles))
    assert sum(map(len, by_key.values())) == WRITERS * PER_WRITER
    assert {key: seen for key, seen in by_key.items() if seen != sorted(seen)} == {}


async def _is_zero(db: Database) -> bool:
    return await pending(db) == 0


async def test_D3_a_refused_row_holds_back_its_own_key_alone(desk: Running, newsroom: Newsroom) -> None:
    outbox, sender = desk.resources.outbox, ListSender()
    sender.refuse = lambda _topic, key: key == b"bad"
    for counter in range(1, 4):
        for article_id in ("good", "bad", "fine"):
            await publish(newsroom, outbox, article_id, counter)

    async def same_sender() -> ListSender:
        sender.closed = False
        return sender

    relay = Relay(outbox, same_sender, Telemetry.of("relay"), back_off_seconds=0.05, hold_seconds=0.2)
    running = asyncio.create_task(relay.run())
    await eventually(lambda: len({(key, value) for _, key, value, _ in sender.log}) == 6)

    async def only_bad_waits() -> bool:
        return await pending(desk.resources.db) == 3

    await eventually(only_bad_waits)
    await publish(newsroom, outbox, "good", 4)
    await eventually(lambda: len([1 for _, key, _, _ in sender.log if key == b"good"]) >= 4)

    sender.refuse = lambda _topic, _key: False
    await eventually(lambda: _is_zero(desk.resources.db))
    await relay.stop()
    await asyncio.wait_for(running, PATIENCE)
    seen = [
        int(dict(headers)["ce_aggregateversion"].decode()[2:]) for _, key, _, headers in sender.log if key == b"bad"
    ]
    assert seen == [1, 2, 3]


async def test_D3_a_backlog_of_refused_rows_does_not_fill_the_relays_view(desk: Running, newsroom: Newsroom) -> None:
    outbox, sender = desk.resources.outbox, ListSender()
    sender.refuse = lambda _topic, key: key == b"bad"
    async with outbox.transaction() as unit:
        for counter in range(1, 31):
            unit.emit(told(newsroom.articles, article("bad", counter)))
        unit.emit(told(newsroom.articles, article("good", 1)))

    async def same_sender() -> ListSender:
        sender.closed = False
        return sender

    relay = Relay(outbox, same_sender, Telemetry.of("relay"), batch=10, back_off_seconds=0.05)
    running = asyncio.create_task(relay.run())
    await eventually(lambda: [key for _, key, _, _ in sender.log] == [b"good"])
    await relay.stop()
    await asyncio.wait_for(running, PATIENCE)


async def test_D3_rows_after_a_failed_one_of_their_key_are_not_marked(desk: Running, newsroom: Newsroom) -> None:
    """The broker took the second row and refused the first: both are told again, so nobody misses the first."""
    outbox, sender = desk.resources.outbox, ListSender()
    refused: list[int] = []

    class Forgetful(ListSender):
        async def send(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Any:
            answer = await ListSender.send(sender, topic, key, value, headers)
            if not refused:
                refused.append(1)
                return asyncio.ensure_future(_refuse())
            return answer

    async def _refuse() -> None:
        raise ConnectionError("the broker did not keep this one")

    async def open_sender() -> ListSender:
        return Forgetful()

    for counter in (1, 2):
        await publish(newsroom, outbox, "a1", counter)
    relay = Relay(outbox, open_sender, Telemetry.of("relay"), back_off_seconds=0.05)
    running = asyncio.create_task(relay.run())
    await eventually(lambda: _is_zero(desk.resources.db))
    await relay.stop()
    await asyncio.wait_for(running, PATIENCE)
    seen = [int(dict(headers)["ce_aggregateversion"].decode()[2:]) for _, _, _, headers in sender.log]
    assert seen == [1, 2, 1, 2]


async def test_D3_a_crash_between_the_brokers_answer_and_the_mark_only_repeats(
    desk: Running, newsroom: Newsroom
) -> None:
    """The session dies after the broker took the rows and before they are marked: they are told again, in order."""
    outbox, sender = desk.resources.outbox, ListSender()
    for counter in range(1, 6):
        await publish(newsroom, outbox, "a1", counter)
    admin = await asyncpg.connect(desk.resources.db.dsn)
    deaths = 3

    async def dying_sender() -> ListSender:
        nonlocal deaths
        sender.closed = False
        if deaths:
            deaths -= 1
            await admin.execute(KILL_LEADER)
        return sender

    relay = Relay(outbox, dying_sender, Telemetry.of("relay"), back_off_seconds=0.05)
    running = asyncio.create_task(relay.run())
    await eventually(lambda: _is_zero(desk.resources.db))
    await relay.stop()
    await asyncio.wait_for(running, PATIENCE)
    await admin.close()
    seen = [(key, int(dict(headers)["ce_aggregateversion"].decode()[2:])) for _, key, _, headers in sender.log]
    assert first_occurrences(seen) == {b"a1": [1, 2, 3, 4, 5]}


async def test_D3_one_relay_leads_and_another_takes_over(desk: Running) -> None:
    outbox = desk.resources.outbox

    async def sender() -> ListSender:
        return ListSender()

    first, second = (Relay(outbox, sender, Telemetry.of("relay"), back_off_seconds=0.05) for _ in range(2))
    one = asyncio.create_task(first.run())
    await eventually(lambda: first.leading)
    other = asyncio.create_task(second.run())
    await asyncio.sleep(0.3)
    assert not second.leading
    assert (await standing(desk.resources.db)).led
    await first.stop()
    await asyncio.wait_for(one, PATIENCE)
    await eventually(lambda: second.leading)
    await second.stop()
    await asyncio.wait_for(other, PATIENCE)

    async def nobody_leads() -> bool:
        return not (await standing(desk.resources.db)).led

    await eventually(nobody_leads)  # the server gives a lock back when it noticed that its session is over


async def test_D3_what_another_process_told_is_published_before_the_poll(desk: Running, newsroom: Newsroom) -> None:
    """The leader is of another process than the writer: the relay beside the writer passes it on."""
    found, sender = desk.resources, ListSender()
    elsewhere = Outbox(found.db, service="desk", tracing=found.telemetry.tracing, ids=found.ids, clock=found.clock)

    async def same_sender() -> ListSender:
        return sender

    leader, beside = (
        Relay(outbox, same_sender, Telemetry.of("relay"), poll_seconds=3600.0) for outbox in (found.outbox, elsewhere)
    )
    tasks = [asyncio.create_task(leader.run())]
    await eventually(lambda: leader.leading)
    tasks.append(asyncio.create_task(beside.run()))
    await asyncio.sleep(0.3)
    await publish(newsroom, elsewhere, "a1", 1)
    await eventually(lambda: _is_zero(found.db))
    assert [key for _, key, _, _ in sender.log] == [b"a1"]
    assert not beside.leading
    for relay in (leader, beside):
        await relay.stop()
    await asyncio.wait_for(asyncio.gather(*tasks), 5)


async def test_D3_the_standing_of_an_outbox_is_read_from_its_database(desk: Running, newsroom: Newsroom) -> None:
    before = time.monotonic()
    await publish(newsroom, desk.resources.outbox, "a1", 1)
    await publish(newsroom, desk.resources.outbox, "a2", 1)
    found = await standing(desk.resources.db)
    assert (found.pending, found.led) == (2, False)
    assert 0 <= found.oldest_seconds <= time.monotonic() - before + 1
