"""What the embedded broker forgets or would drop is made up for by the kit (promise D9)."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer

from shared.local.broker import FETCH_MAX_WAIT_MS, EmbeddedBroker
from shared.local.read_ahead import ReadAhead
from shared.local.resend import resend_unheard
from shared.runtime import Running
from shared.telemetry.setup import Telemetry
from shared.testing.kit import Stage, create_topics, eventually
from shared.testing.patience import PATIENCE
from tests.sample.newsroom import Newsroom, article, publish, told

READER = "reader"
_COPIES = """
INSERT INTO outbox (event_id, topic, key, type, headers, value)
SELECT gen_random_uuid(), topic, 'a' || number, type, headers, value FROM outbox, generate_series(1, $1 - 1) AS number
"""


async def count(running: Running, what: str) -> int:
    return int(await running.resources.db.fetchval(f"SELECT count(*) FROM {what}"))


async def test_D9_a_restart_tells_again_what_was_not_heard_by_everyone(stage: Stage, newsroom: Newsroom) -> None:
    async with EmbeddedBroker() as broker:
        (desk,) = await stage.run(broker, [newsroom.desk], topics=newsroom.topics)
        for number in range(20):
            await publish(newsroom, desk.resources.outbox, f"a{number}", 1)

        async def nothing_pending() -> bool:
            return not await count(desk, "outbox WHERE published_at IS NULL")

        await eventually(nothing_pending)
        await stage.stop()
    async with EmbeddedBroker() as broker:
        around = await stage.around(broker, newsroom.topics)
        services = [await stage.prepare(spec, around) for spec in newsroom.specs]
        assert await resend_unheard(services) == 20
        await asyncio.gather(*(service.start() for service in services))
        panels = services[-1]

        async def joined() -> bool:
            return await count(panels, "panel WHERE claim <> '' AND claim = title") == 20

        await eventually(joined)
        assert await resend_unheard(services) == 0, "heard by all: a further start has nothing to tell"


async def test_D9_twenty_thousand_records_told_ahead_of_a_reader_all_arrive(stage: Stage, newsroom: Newsroom) -> None:
    async with EmbeddedBroker() as broker:
        await create_topics(broker, newsroom.topics)
        around = await stage.around(broker, newsroom.topics)
        window = around.window = ReadAhead({newsroom.articles: {READER}})
        around.telemetry = Telemetry.of  # forty thousand spans kept for nobody would be most of the work
        desk = await stage.prepare(newsroom.desk, around)
        async with desk.resources.outbox.transaction() as unit:
            unit.emit(told(newsroom.articles, article("a0", 1, size=2_000)))
        await desk.resources.db.execute(_COPIES, 20_000)
        await desk.start()
        await eventually(lambda: not window.admit(newsroom.articles, 2_000), every=0.2)
        assert await count(desk, "outbox WHERE published_at IS NULL") > 15_000, "the relay did not wait for its reader"
        assert await _read_all(broker, newsroom.articles, window, 20_000) == {f"a{n}".encode() for n in range(20_000)}


async def _read_all(broker: EmbeddedBroker, topic: str, window: ReadAhead, expected: int) -> set[bytes]:
    found: set[bytes] = set()
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        group_id=READER,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
    )
    await consumer.start()
    try:
        quiet = 0
        while len(found) < expected and quiet < 2 * PATIENCE:
            batches = await consumer.getmany(timeout_ms=500)
            quiet = 0 if batches else quiet + 1
            for records in batches.values():
                for record in records:
                    found.add(record.key)
                    window.settled(READER, record)
    finally:
        await consumer.stop()
    return found
