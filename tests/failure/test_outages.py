"""What the services do while a database or Kafka is away, and after (promises D8, D10, D11)."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from shared.errors import Transient
from shared.kafka import Cluster
from shared.local.broker import EmbeddedBroker
from shared.local.choice import Broker
from shared.local.kafka import RealKafka
from shared.local.postgres import EmbeddedPostgres
from shared.local.process import free_port
from shared.postgres import Database
from shared.runtime import Running
from shared.service import Service, ServiceSpec
from shared.testing.kit import Stage, create_topics, eventually
from shared.testing.patience import PATIENCE
from shared.testing.records import Still, delivery, record
from tests.sample.newsroom import Newsroom, article, publish

KILL_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def count(running: Running, what: str) -> int:
    return int(await running.resources.db.fetchval(f"SELECT count(*) FROM {what}"))


def counted(running: Running, what: str, number: int) -> Any:
    async def holds() -> bool:
        try:
            return await count(running, what) == number
        except Transient:
            return False

    return holds


def ready(running: Running) -> Any:
    async def holds() -> bool:
        return [p for p in await running.problems() if "heard yet" not in p] == []

    return holds


async def test_D8_killed_sessions_are_replaced_and_nothing_is_lost(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    desk, sheets, panels = await stage.run(embedded_broker, newsroom.specs, topics=newsroom.topics)
    assert not desk.fatal.done()
    for number in range(40):
        await _published(newsroom, desk, f"a{number}")
        if number % 10 == 0:
            for running in (desk, sheets, panels):
                await _kill_sessions(stage, running)
    await eventually(counted(panels, "panel WHERE claim <> '' AND claim = title", 40))
    await eventually(counted(panels, "announcement", 40))
    for running in (desk, sheets, panels):
        assert await count(running, "dead_letter") == 0
        assert not running.fatal.done()
        await eventually(ready(running))


async def _published(newsroom: Newsroom, desk: Running, article_id: str) -> None:
    """A caller's write: told that it failed, it asks again, as a CMS does."""

    async def taken() -> bool:
        try:
            await publish(newsroom, desk.resources.outbox, article_id, 1)
        except Transient:
            return False
        return True

    await eventually(taken)


async def _kill_sessions(stage: Stage, running: Running) -> None:
    connection = await asyncpg.connect(stage.server.dsn(running.spec.database))
    await connection.execute(KILL_ALL)
    await connection.close()


async def test_D8_a_loop_that_ends_is_fatal_whether_it_raised_or_returned(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    async def returns() -> None:
        await asyncio.sleep(0)

    async def raises() -> None:
        raise LookupError

    for name, loop in (("quits", returns), ("breaks", raises)):

        def build(_settings: Any, _resources: Any, name: str = name, loop: Any = loop) -> Service:
            return Service("x", loops=((name, loop),))

        spec = ServiceSpec(f"{name}_{newsroom.name}", newsroom.desk.settings, build, newsroom.desk.migrations)
        (running,) = await stage.run(embedded_broker, [spec])
        why = await asyncio.wait_for(running.fatal, PATIENCE)
        assert name in why


async def test_D8_a_pool_never_waits_for_ever(database: str) -> None:
    # Long enough for an honest answer of a busy machine, and nothing beside the half hour that is asked for.
    db = await Database.connect(database, size=1, command_timeout=1.5, acquire_timeout=1.5)
    try:
        with pytest.raises(Transient):
            await asyncio.wait_for(db.execute("SELECT pg_sleep(1800)"), PATIENCE)
        async with db.connection():
            with pytest.raises(Transient):
                await asyncio.wait_for(db.fetchval("SELECT 1"), PATIENCE)
        assert await db.fetchval("SELECT 1") == 1, "the pool is usable again"
    finally:
        await db.close()


async def test_D8_a_server_that_answers_nothing_is_given_up() -> None:
    async def swallow(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with await asyncio.start_server(swallow, "127.0.0.1", 0) as silent:
        dsn = f"postgresql://u:p@127.0.0.1:{silent.sockets[0].getsockname()[1]}/x"
        with pytest.raises(Transient):
            await asyncio.wait_for(Database.connect(dsn, acquire_timeout=0.3), PATIENCE)


async def test_D8_a_transaction_whose_session_dies_is_transient_and_leaves_nothing(
    stage: Stage, newsroom: Newsroom
) -> None:
    desk = await stage.prepare(newsroom.desk, stage.surroundings(Cluster("127.0.0.1:1")))

    async def cut_off() -> None:
        async with desk.resources.outbox.transaction() as unit:
            await unit.execute("INSERT INTO article VALUES ('a1', 1, 1, '')")
            await _kill_sessions(stage, desk)
            await unit.execute("INSERT INTO article VALUES ('a2', 1, 1, '')")

    with pytest.raises(Transient):
        await cut_off()
    assert await count(desk, "article") == 0


async def test_D8_a_database_that_restarts_is_waited_for(
    own_postgres: EmbeddedPostgres, stage: Stage, newsroom: Newsroom, tmp_path: Any
) -> None:
    own = Stage(own_postgres, tmp_path)
    sheets = await own.prepare(newsroom.sheet_maker, own.surroundings(Cluster("127.0.0.1:1")))
    to = delivery(sheets)
    await to.settle(record(newsroom.articles, article("a1", 1)), Still())
    await own_postgres.kill()
    waiting = asyncio.create_task(to.settle(record(newsroom.articles, article("a2", 1)), Still()))
    await eventually(lambda: to.progress.retrying_since)
    await own_postgres.start()
    await asyncio.wait_for(waiting, PATIENCE)
    assert (await count(sheets, "sheet"), await count(sheets, "dead_letter")) == (2, 0)
    await own.close()


async def test_D8_a_database_that_lets_nobody_in_is_waited_for(stage: Stage, newsroom: Newsroom) -> None:
    sheets = await stage.prepare(newsroom.sheet_maker, stage.surroundings(Cluster("127.0.0.1:1")))
    to = delivery(sheets)
    await to.settle(record(newsroom.articles, article("a1", 1)), Still())
    await _kill_forever(stage, sheets)
    waiting = asyncio.create_task(to.settle(record(newsroom.articles, article("a2", 1)), Still()))
    await eventually(lambda: to.progress.retrying_since)
    await _let_in_again(stage, sheets)
    await asyncio.wait_for(waiting, PATIENCE)
    assert (await count(sheets, "sheet"), await count(sheets, "dead_letter")) == (2, 0)


@pytest.mark.kafka
async def test_D11_doors_write_while_kafka_is_away_and_the_outbox_drains_after(
    stage: Stage, own_kafka: RealKafka, newsroom: Newsroom
) -> None:
    await create_topics(own_kafka, [*newsroom.topics, "plumbline.directory.v1"])
    await own_kafka.stop()
    services = [await stage.prepare(spec, stage.surroundings(own_kafka)) for spec in newsroom.specs]
    for running in services:
        await asyncio.wait_for(running.start(), PATIENCE)  # Kafka is away until all of them have started
    desk, sheets, panels = services
    for number in range(20):
        await publish(newsroom, desk.resources.outbox, f"a{number}", 1)
    assert "no partitions assigned" in await sheets.problems()

    await own_kafka.start()
    await eventually(counted(panels, "panel WHERE claim <> '' AND claim = title", 20))
    assert not any(running.fatal.done() for running in services)

    await own_kafka.kill()
    for number in range(20, 40):
        await publish(newsroom, desk.resources.outbox, f"a{number}", 1)
    await own_kafka.start()
    await eventually(counted(panels, "panel WHERE claim <> '' AND claim = title", 40))
    await eventually(counted(desk, "outbox WHERE published_at IS NULL", 0))


async def test_D10_readiness_names_what_is_missing_and_turns_green(stage: Stage, newsroom: Newsroom) -> None:
    async with EmbeddedBroker() as broker:
        around = await stage.around(broker, newsroom.topics)
        around.cluster = Cluster(f"127.0.0.1:{free_port()}", embedded=True)
        sheets = await stage.prepare(newsroom.sheet_maker, around)
        assert await sheets.problems() == ["not started"]
        await sheets.start()
        found = await sheets.problems()
        assert "no partitions assigned" in found
        assert {"no site heard yet", "no signer heard yet"} <= set(found)
        await stage.stop([sheets])
        (sheets,) = await stage.run(broker, [newsroom.sheet_maker], topics=newsroom.topics)
        await eventually(ready(sheets))
        await _kill_forever(stage, sheets)

        async def unanswered() -> bool:
            return await sheets.problems() == ["the database does not answer"]

        await eventually(unanswered)
        await _let_in_again(stage, sheets)
        await eventually(ready(sheets))


async def _kill_forever(stage: Stage, running: Running) -> None:
    connection = await asyncpg.connect(stage.server.dsn())
    await connection.execute(f'ALTER DATABASE "{running.spec.database}" ALLOW_CONNECTIONS false')
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", running.spec.database
    )
    await connection.close()


async def _let_in_again(stage: Stage, running: Running) -> None:
    connection = await asyncpg.connect(stage.server.dsn())
    await connection.execute(f'ALTER DATABASE "{running.spec.database}" ALLOW_CONNECTIONS true')
    await connection.close()


async def test_D10_an_old_event_that_is_not_published_is_not_ready(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    (desk,) = await stage.run(embedded_broker, [newsroom.desk], topics=newsroom.topics)
    await eventually(ready(desk))
    await desk.relay.stop()
    desk._stopping = True  # the relay's end is this test's own doing

    async def leaderless() -> bool:
        return "no relay leads" in await desk.problems()

    await eventually(leaderless)
    await publish(newsroom, desk.resources.outbox, "a1", 1)
    await desk.resources.db.execute("UPDATE outbox SET created_at = now() - interval '1 minute'")
    found = await desk.problems()
    assert "the oldest event waits longer than 30 s" in found


async def test_D10_a_consumer_that_is_behind_and_does_not_move_ends_its_service(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    async def stuck(_event: Any, _work: Any) -> None:
        await asyncio.sleep(3600)

    newsroom.on_article = stuck
    desk, sheets = await stage.run(
        embedded_broker,
        [newsroom.desk, newsroom.sheet_maker],
        topics=newsroom.topics,
        watch_seconds=0.1,
        stuck_after_seconds=1.0,
        stop_within_seconds=1.0,
    )
    await eventually(ready(sheets))
    await asyncio.sleep(1.5)
    assert not sheets.fatal.done(), "idle was taken for stuck"
    await publish(newsroom, desk.resources.outbox, "a1", 1)
    assert "stuck" in await asyncio.wait_for(sheets.fatal, PATIENCE)


async def test_D10_a_consumer_that_waits_for_the_world_is_red_but_not_stuck(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    async def away(_event: Any, _work: Any) -> None:
        raise Transient("the world is away")

    newsroom.on_article = away
    desk, sheets = await stage.run(
        embedded_broker,
        [newsroom.desk, newsroom.sheet_maker],
        topics=newsroom.topics,
        watch_seconds=0.1,
        stuck_after_seconds=2.0,
    )
    await publish(newsroom, desk.resources.outbox, "a1", 1)
    await eventually(lambda: sheets.delivery.progress.retrying_since)
    await asyncio.sleep(3.0)
    assert not sheets.fatal.done()
    assert "waiting for a database or the network" in await sheets.problems()
