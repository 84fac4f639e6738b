"""Records that are handled in one transaction end as they would have ended alone (promises D1, D2, D3, T5)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from opentelemetry.trace import SpanKind
from plumbline.events.v1.article_pb2 import Article

from shared.consumer import Hears
from shared.gathering import Gathering
from shared.inbox import EventWork, First
from shared.runtime import Running
from shared.telemetry import names
from shared.testing.kit import Stage
from shared.testing.patience import PATIENCE
from shared.testing.records import Heard, Still, deliver, delivery, moved, told_by
from tests.integration.kit.in_company import COMPANIES, NOWHERE, counted, of_article, settle, some, versions
from tests.sample.newsroom import Newsroom


@pytest.fixture
async def sheets(stage: Stage, newsroom: Newsroom) -> Running:
    return await stage.prepare(newsroom.sheet_maker, stage.surroundings(NOWHERE))


async def test_D2_records_of_different_keys_share_one_transaction(newsroom: Newsroom, sheets: Running) -> None:
    records = some(newsroom)
    assert await settle(sheets, records) == records
    assert await counted(sheets, COMPANIES) == 1
    assert await versions(sheets) == [(f"a{number}", "1.1") for number in range(5)]


async def test_D3_records_of_one_key_follow_each_other_in_transactions_of_their_own(
    newsroom: Newsroom, sheets: Running
) -> None:
    records = [of_article(newsroom, each, counter) for counter in (1, 2) for each in ("a", "b")]
    assert await settle(sheets, records) == records
    assert await counted(sheets, COMPANIES) == 2
    told = await told_by(sheets)
    assert [str(each.envelope.version) for each in told if each.key == b"a"] == ["1.1", "1.2"]
    assert await versions(sheets) == [("a", "1.1"), ("a", "1.2"), ("b", "1.1"), ("b", "1.2")]


async def test_D2_a_handler_that_takes_long_keeps_nobody_waiting(newsroom: Newsroom, sheets: Running) -> None:
    async def slowly(_event: Any, _work: Any) -> None:
        await asyncio.sleep(0.02)

    newsroom.on_article = slowly
    records = some(newsroom, 3)
    assert await settle(sheets, records, gather_seconds=0.0) == records
    assert await counted(sheets, COMPANIES) == 3


async def test_D2_those_who_wait_go_without_one_that_takes_long(newsroom: Newsroom, sheets: Running) -> None:
    """The last handler never ends before the others were reported as safe."""
    settled: list[Heard] = []

    async def wait_for_the_others(event: Any, _work: Any) -> None:
        while event.article_id == "a2" and len(settled) < 2:
            await asyncio.sleep(0.01)

    newsroom.on_article = wait_for_the_others
    records = some(newsroom, 4)
    gathering = Gathering(delivery(sheets), sheets.resources.outbox, gather_seconds=0.2)
    async with asyncio.timeout(PATIENCE):
        await gathering.settle(records, Still(), settled.append)  # type: ignore[arg-type]
    assert settled == records
    assert await counted(sheets, "SELECT count(*) FROM inbox") == 4


async def test_D2_no_handler_goes_on_before_the_commit(newsroom: Newsroom, sheets: Running) -> None:
    story: list[str] = []

    async def handler(_event: Any, work: EventWork) -> None:
        async with work.once() as tx:
            await tx.fetchval("SELECT 1")
            story.append("writes")
        story.append("goes on")
        story.append(f"{await work.db.fetchval('SELECT count(*) FROM inbox')} stand")

    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    await settle(sheets, some(newsroom, 3), to)
    assert story == [*["writes"] * 3, *["goes on"] * 3, *["3 stand"] * 3]


async def test_D2_twins_among_them_have_their_effects_once(newsroom: Newsroom, sheets: Running) -> None:
    one, other, *rest = some(newsroom)
    await deliver(sheets, [other])
    records = [one, other, *rest, moved(one, offset=77), moved(rest[0], partition=1)]
    assert await settle(sheets, records) == records
    assert await versions(sheets) == [(f"a{number}", "1.1") for number in range(5)]


async def test_D2_a_twin_that_was_not_seen_is_known_when_it_enters(newsroom: Newsroom, sheets: Running) -> None:
    async def handler(_event: Any, work: EventWork) -> None:
        async with work.once() as tx:
            await tx.execute("INSERT INTO sheet VALUES ($1, 1, 1, 1, 1, 't')", str(work.envelope.event_id))

    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    records = some(newsroom, 3)
    await settle(sheets, [records[1]], to)
    assert await settle(sheets, records, to) == records
    assert await counted(sheets, "SELECT count(*) FROM sheet") == 3
    assert await counted(sheets, COMPANIES) == 2


async def test_D1_types_nobody_listens_to_are_settled_in_their_place(newsroom: Newsroom, sheets: Running) -> None:
    unheard = of_article(newsroom, "x", ce_type="plumbline.events.v1.Unheard")
    one, other = some(newsroom, 2)
    records = [unheard, one, moved(unheard, offset=1), other]
    assert await settle(sheets, records) == records
    assert await counted(sheets, "SELECT count(*) FROM inbox") == 2


async def test_T5_together_a_record_keeps_its_spans_and_costs_fewer_statements(
    stage: Stage, newsroom: Newsroom, sheets: Running
) -> None:
    records = some(newsroom)
    await settle(sheets, records)
    spans = stage.observed[sheets.spec.group].spans
    handled = [span for span in spans if span.kind is SpanKind.CONSUMER and newsroom.articles in span.name]
    created = [span for span in spans if span.kind is SpanKind.PRODUCER]
    assert {str((span.attributes or {})[names.MESSAGE_ID]) for span in handled} == {
        str(each.envelope.event_id) for each in records
    }
    assert {span.parent.span_id for span in created if span.parent} == {span.context.span_id for span in handled}
    statements = sorted(int(str((span.attributes or {})[names.STATEMENTS])) for span in handled)
    # Each locks and saves; one of them also asked, entered and told for all.
    assert statements == [2, 2, 2, 2, 5]
    assert stage.observed[sheets.spec.group].metric("plumbline_db_statements_total") == 13


async def test_D2_together_each_record_gets_its_own_first_answer(newsroom: Newsroom, sheets: Running) -> None:
    answers: dict[str, str] = {}

    async def handler(event: Any, work: EventWork) -> None:
        first = First("SELECT $1::text || '?' AS said", (event.article_id,))
        async with work.once(first):
            answers[event.article_id] = first.row["said"]

    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    records = [*some(newsroom, 3), of_article(newsroom, "a0", 2)]
    assert await settle(sheets, records, to) == records
    assert answers == {f"a{number}": f"a{number}?" for number in range(3)}
