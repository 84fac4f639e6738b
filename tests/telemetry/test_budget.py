"""What one handled record may cost, and that the counting is right (promise T5)."""

from __future__ import annotations

from shared.kafka import Cluster
from shared.local.broker import EmbeddedBroker
from shared.telemetry import names
from shared.testing.budget import SPANS_EACH, spent
from shared.testing.kit import Stage, eventually
from shared.testing.records import deliver, record
from tests.sample.newsroom import Newsroom, article, publish


async def test_T5_an_article_costs_three_messages_with_three_spans_and_six_statements_at_most(
    stage: Stage, newsroom: Newsroom
) -> None:
    # A broker of its own: what other tests said on the directory's topic would be handled and counted here.
    async with EmbeddedBroker() as broker:
        desk, _, panels = await stage.run(broker, newsroom.specs, topics=newsroom.topics)
        await publish(newsroom, desk.resources.outbox, "a1", 1)
        await eventually(lambda: panels.resources.db.fetchval("SELECT true FROM panel WHERE claim = title"))
        await eventually(lambda: spent(stage.observed.values()).messages == 3)
        found = spent(stage.observed.values())
        await stage.stop()
    assert found.over_budget() == [], found.table()
    assert all(one.spans <= SPANS_EACH for one in found.handled), found.table()
    # seen, enter, lock, save, tell; enter, join; enter, join, enqueue.
    assert sorted(one.statements for one in found.handled) == [2, 3, 5], found.table()


async def test_T5_an_unheard_type_costs_no_span_and_no_statement(stage: Stage, newsroom: Newsroom) -> None:
    sheets = await stage.prepare(newsroom.sheet_maker, stage.surroundings(Cluster("127.0.0.1:1")))
    heard = record(newsroom.articles, article("a1", 1), changed={"ce_type": "plumbline.events.v1.Unheard"})
    await deliver(sheets, [heard])
    assert stage.observed[sheets.spec.group].spans == ()
    assert stage.observed[sheets.spec.group].metric("plumbline_db_statements_total") == 0


async def test_T5_a_twin_found_by_the_cheap_question_costs_one_statement(stage: Stage, newsroom: Newsroom) -> None:
    sheets = await stage.prepare(newsroom.sheet_maker, stage.surroundings(Cluster("127.0.0.1:1")))
    await deliver(sheets, [record(newsroom.articles, article("a1", 1))], times=2)
    first, twin = spent(stage.observed.values()).handled
    assert (first.statements, twin.statements) == (5, 1)


async def test_T5_statements_are_counted_where_they_are_sent(stage: Stage, newsroom: Newsroom) -> None:
    async def busy(_event: object, work: object) -> None:
        for _ in range(7):
            await work.db.fetchval("SELECT 1")  # type: ignore[attr-defined]

    newsroom.on_article = busy
    sheets = await stage.prepare(newsroom.sheet_maker, stage.surroundings(Cluster("127.0.0.1:1")))
    await deliver(sheets, [record(newsroom.articles, article("a1", 1))])
    found = spent(stage.observed.values())
    assert [one.statements for one in found.over_budget()] == [12]
    (span,) = [s for s in stage.observed[sheets.spec.group].spans if s.name.startswith("process")]
    assert float(str((span.attributes or {})[names.STATEMENT_SECONDS])) > 0
