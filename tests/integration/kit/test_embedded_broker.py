"""What the embedded broker forgets or would drop is made up for by the kit (promise D9)."""

from __future__ import annotations

from shared.local.broker import EmbeddedBroker
from shared.local.resend import resend_unheard
from shared.testing.kit import Stage, eventually
from tests.sample.newsroom import Newsroom, article, publish, told


async def test_D9_a_restart_tells_again_what_was_not_heard_by_everyone(stage: Stage, unique_name: str) -> None:
    newsroom = Newsroom(unique_name)
    async with EmbeddedBroker() as broker:
        (desk,) = await stage.run(broker, [newsroom.desk], topics=newsroom.topics)
        for number in range(20):
            await publish(newsroom, desk.resources.outbox, f"a{number}", 1)
        await eventually(lambda: _pending(desk, 0))
        await stage.stop()
    async with EmbeddedBroker() as broker:
        desk, sheets, panels = await stage.run(broker, newsroom.specs, topics=newsroom.topics)
        again = await resend_unheard([desk, sheets, panels])
        assert again == 20
        await eventually(lambda: _panels(panels, 20))
        # Heard by all: a further start has nothing to tell.
        assert await resend_unheard([desk, sheets, panels]) == 0
        await stage.stop()


async def _pending(running, count: int) -> bool:
    return await running.resources.db.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL") == count


async def _panels(running, count: int) -> bool:
    query = "SELECT count(*) FROM panel WHERE claim <> '' AND claim = title"
    return await running.resources.db.fetchval(query) == count


async def test_D9_twenty_thousand_records_ahead_of_a_slow_reader_all_arrive(stage: Stage, unique_name: str) -> None:
    newsroom = Newsroom(unique_name, with_job=False)
    async with EmbeddedBroker() as broker:
        desk, panels = await stage.run(broker, [newsroom.desk, newsroom.panel_maker], topics=newsroom.topics)
        async with desk.resources.outbox.transaction() as unit:
            for number in range(20_000):
                unit.emit(told(newsroom.articles, article(f"a{number}", 1, size=2_000)))
        await eventually(lambda: _arrived(panels, 20_000), seconds=120, every=0.2)
        await stage.stop()


async def _arrived(running, count: int) -> bool:
    return await running.resources.db.fetchval("SELECT count(*) FROM panel") == count
