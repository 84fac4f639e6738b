"""Records that are handled in one transaction end as they would have ended alone (promises D2, D3, D5, T5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.trace import SpanKind
from plumbline.events.v1.article_pb2 import Article

from shared.company import Company
from shared.consumer import Delivery, GivenBack, Hears
from shared.errors import Poison, Transient
from shared.gathering import Gathering
from shared.inbox import EventWork, First
from shared.kafka import Cluster
from shared.runtime import Running
from shared.telemetry import names
from shared.testing.kit import Stage
from shared.testing.records import Heard, Still, deliver, delivery, moved, record, told_by
from tests.sample.newsroom import Newsroom, article

NOWHERE = Cluster("127.0.0.1:1")
COMPANIES = "SELECT count(DISTINCT xmin::text) FROM inbox"


@pytest.fixture
async def sheets(stage: Stage, newsroom: Newsroom) -> Running:
    return await stage.prepare(newsroom.sheet_maker, stage.surroundings(NOWHERE))


def of_article(newsroom: Newsroom, article_id: str, counter: int = 1, **changed: str) -> Heard:
    return record(newsroom.articles, article(article_id, counter), subject=article_id, changed=changed)


def some(newsroom: Newsroom, count: int = 5) -> list[Heard]:
    return [of_article(newsroom, f"a{number}") for number in range(count)]


async def settle(
    running: Running,
    records: list[Heard],
    to: Delivery | None = None,
    *,
    still: Still | None = None,
    gather_seconds: float = 5.0,
) -> list[Heard]:
    """Bring records to their end together; returns those reported as safe, in order."""
    settled: list[Any] = []
    gathering = Gathering(to or delivery(running), running.resources.outbox, gather_seconds=gather_seconds)
    try:
        await gathering.settle(records, still or Still(), settled.append)
    except GivenBack:
        settled.append(GivenBack)
    return settled


async def counted(running: Running, sql: str) -> Any:
    return await running.resources.db.fetchval(sql)


async def versions(running: Running) -> list[tuple[str, str]]:
    return sorted((each.key.decode(), str(each.envelope.version)) for each in await told_by(running) if each.key)


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
    async with asyncio.timeout(10):
        await gathering.settle(records, Still(), settled.append)  # type: ignore[arg-type]
    assert settled == records
    assert await counted(sheets, "SELECT count(*) FROM inbox") == 4


async def test_D2_no_handler_goes_on_before_the_commit(newsroom: Newsroom, sheets: Running) -> None:
    story: list[str] = []

    async def handler(_event: Any, work: EventWork) -> None:
        async with work.once() as tx:
            await tx.fetchval("SELECT 1")
            story.append("writes")
        story.append(f"{await work.db.fetchval('SELECT count(*) FROM inbox')} stand")

    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    await settle(sheets, some(newsroom, 3), to)
    assert story == [*["writes"] * 3, *["3 stand"] * 3]


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


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda newsroom: of_article(newsroom, "bad", ce_id=""),
        lambda newsroom: of_article(newsroom, "bad", ce_type=""),
        lambda newsroom: Heard(newsroom.articles, b"bad", b"\xff\xff", of_article(newsroom, "bad").headers),
    ],
    ids=["no id", "no type", "no message"],
)
async def test_D5_poison_in_the_middle_is_set_aside_and_the_others_are_handled(
    newsroom: Newsroom, sheets: Running, spoilt: Callable[[Newsroom], Heard]
) -> None:
    good = some(newsroom, 4)
    records = [*good[:2], spoilt(newsroom), *good[2:]]
    assert await settle(sheets, records) == records
    assert await versions(sheets) == [(f"a{number}", "1.1") for number in range(4)]
    (letter,) = await sheets.resources.dead_letters.find()
    assert (letter["error"], letter["attempts"]) == ("Poison", 1)


@pytest.mark.parametrize("inside", [False, True], ids=["before its transaction", "in its transaction"])
@pytest.mark.parametrize(
    ("error", "attempts"), [(RuntimeError("bug"), 3), (Poison("never"), 1)], ids=["a bug", "poison"]
)
async def test_D5_one_that_fails_takes_nobody_with_it(
    newsroom: Newsroom, sheets: Running, error: Exception, attempts: int, inside: bool
) -> None:
    async def handler(event: Any, work: EventWork) -> None:
        if event.article_id == "a2" and not inside:
            raise error
        async with work.once() as tx:
            await tx.execute("INSERT INTO sheet VALUES ($1, 1, 1, 1, 1, 't')", event.article_id)
            if event.article_id == "a2":
                raise error

    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    records = some(newsroom)
    assert await settle(sheets, records, to) == records
    found = await sheets.resources.db.fetch("SELECT article_id FROM sheet ORDER BY 1")
    assert [row["article_id"] for row in found] == ["a0", "a1", "a3", "a4"]
    (letter,) = await sheets.resources.dead_letters.find()
    assert (letter["error"], letter["attempts"]) == (type(error).__name__, attempts)


async def test_D5_trouble_of_the_world_is_waited_out_in_order(newsroom: Newsroom, sheets: Running) -> None:
    troubles = [Transient("not yet") for _ in range(4)]
    order: list[str] = []

    async def handler(event: Any, work: EventWork) -> None:
        async with work.once():
            if event.article_id == "a1" and troubles:
                raise troubles.pop()
        order.append(event.article_id)

    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    records, still = some(newsroom, 4), Still()
    assert await settle(sheets, records, to, still=still) == records
    assert order == ["a0", "a1", "a2", "a3"]
    assert still.resumed == 4  # the first trouble dissolved the company and was waited for like the others
    assert await sheets.resources.dead_letters.find() == []


@pytest.mark.parametrize("committed", [True, False])
async def test_D2_a_commit_that_was_not_confirmed_is_made_good_one_by_one(
    newsroom: Newsroom, sheets: Running, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    """Committed or not: the inbox knows."""
    go, lost = Company.go, list[Any]()

    async def unsure(self: Company) -> None:
        if not lost:
            write = self._write

            async def write_and_lose(unit: Any) -> None:
                await write(unit)
                await unit.flush()
                if committed:
                    await unit.connection.execute("COMMIT")
                lost.append(unit)
                raise Transient("the answer was lost")

            self._write = write_and_lose  # type: ignore[method-assign]
        await go(self)

    monkeypatch.setattr(Company, "go", unsure)
    records = some(newsroom)
    assert await settle(sheets, records) == records
    assert lost
    assert await versions(sheets) == [(f"a{number}", "1.1") for number in range(5)]
    assert await counted(sheets, COMPANIES) == (1 if committed else 5)


async def test_D9_asked_to_stop_it_finishes_those_in_hand_and_gives_the_others_back(
    newsroom: Newsroom, sheets: Running
) -> None:
    to = delivery(sheets)

    async def stop_at_the_third(event: Any, _work: Any) -> None:
        if event.article_id == "a2":
            to.stop()

    newsroom.on_article = stop_at_the_third
    records = some(newsroom)
    assert await settle(sheets, records, to) == [*records[:3], GivenBack]
    assert await counted(sheets, "SELECT count(*) FROM inbox") == 3


async def test_D9_what_another_member_reads_is_left_to_it(newsroom: Newsroom, sheets: Running) -> None:
    still = Still()

    async def rebalance(event: Any, _work: Any) -> None:
        still.stays = event.article_id != "b"

    newsroom.on_article = rebalance
    first, last = of_article(newsroom, "a"), of_article(newsroom, "a", 2)
    records = [first, of_article(newsroom, "b"), last]
    assert await settle(sheets, records, still=still) == [*records[:2], GivenBack]
    assert await versions(sheets) == [("a", "1.1"), ("b", "1.1")]


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


async def test_D2_a_write_left_for_the_end_that_is_refused_takes_the_transaction_with_it(
    newsroom: Newsroom, sheets: Running
) -> None:
    """Refused together, and alone again until somebody else's row is gone."""
    keep = "INSERT INTO sheet VALUES ($1, 1, 1, 1, 1, 't') ON CONFLICT DO NOTHING RETURNING true"
    db, tries = sheets.resources.db, []
    await db.execute(keep, "a1")

    async def handler(event: Any, work: EventWork) -> None:
        async with work.once() as tx:
            tx.at_end(keep, event.article_id, refused=Transient("somebody was first"))
            tries.append(event.article_id)
            if event.article_id == "a1" and tries.count("a1") == 3:
                await tx.execute("DELETE FROM sheet WHERE article_id = 'a1'")

    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    records = some(newsroom, 3)
    assert await settle(sheets, records, to) == records
    assert tries == ["a0", "a1", "a2", "a0", "a1", "a1", "a2"]
    found = await db.fetch("SELECT article_id FROM sheet ORDER BY 1")
    assert [row["article_id"] for row in found] == ["a0", "a1", "a2"]
    assert await counted(sheets, "SELECT count(*) FROM inbox") == 3
