"""One event through two services, on each broker the product runs on."""

from __future__ import annotations

from shared.local.choice import Broker
from shared.testing.kit import Stage, eventually
from tests.sample.newsroom import Newsroom, publish


async def test_one_event_goes_through_two_services_into_a_panel(
    stage: Stage, any_broker: Broker, newsroom: Newsroom
) -> None:
    desk, _, panels = await stage.run(any_broker, newsroom.specs, topics=newsroom.topics)
    await publish(newsroom, desk.resources.outbox, "a1", 1, title="Smith said 40")
    row = await eventually(
        lambda: panels.resources.db.fetchrow("SELECT * FROM panel WHERE claim <> '' AND title <> ''")
    )
    assert (row["title"], row["claim"], row["sheet_counter"]) == ("Smith said 40", "Smith said 40", 1)
    assert await eventually(lambda: panels.resources.db.fetchval("SELECT count(*) FROM announcement")) == 1
