"""What goes wrong with one of the records handled together is its own affair (promises D2, D5, D9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from plumbline.events.v1.article_pb2 import Article

from shared.company import Company
from shared.consumer import GivenBack, Hears
from shared.errors import Poison, Transient
from shared.inbox import EventWork
from shared.runtime import Running
from shared.testing.kit import Stage
from shared.testing.records import Heard, Still, delivery
from tests.integration.kit.in_company import COMPANIES, NOWHERE, counted, of_article, settle, some, versions
from tests.sample.newsroom import Newsroom


@pytest.fixture
async def sheets(stage: Stage, newsroom: Newsroom) -> Running:
    return await stage.prepare(newsroom.sheet_maker, stage.surroundings(NOWHERE))


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
