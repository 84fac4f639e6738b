"""A claim that stands elsewhere too points there: to the oldest article that makes it, and to its fact check."""

from __future__ import annotations

import itertools
from datetime import timedelta
from uuid import UUID

import pytest
from plumbline.events.v1 import article_pb2, claim_pb2, fact_check_pb2

from tests.builders import events
from tests.integration.claim_extraction.newsdesk import Newsdesk

pytestmark = pytest.mark.postgres

ARTICLE, FACT_CHECK = "plumbline.article.v1", "plumbline.factcheck.v1"
CLAIM = "Taxes rose by 12 per cent in 2021."
OLDEST, NEWER, NEWEST = (str(UUID(int=number)) for number in (7, 5, 6))


def article(article_id: str, words: str, day: int, counter: int = 1) -> article_pb2.Article:
    message = events.article(counter, words=words, article_id=article_id)
    message.published_at.FromDatetime(events.WHEN + timedelta(days=day))
    return message


def reviewed(
    counter: int = 1, *, claim: str = CLAIM, withdrawn: bool = False, article_id: str = ""
) -> fact_check_pb2.FactCheck:
    return fact_check_pb2.FactCheck(
        fact_check_id="f1",
        site_id=events.SITE,
        version=events.version(counter),
        claim=claim,
        withdrawn=withdrawn,
        article_id=article_id,
    )


async def links(desk: Newsdesk, article_id: str) -> list[tuple[str, str]]:
    """(subject, fact check) that the article's claims point to."""
    sheet: claim_pb2.ClaimSheet = await desk.newest(article_id)
    return [
        (link.subject_id, link.fact_check_id)
        for claim in sheet.claims
        for link in claim.links
        if link.subject_id or link.fact_check_id
    ]


async def test_D4_whichever_came_first_the_newer_articles_point_to_the_oldest(desk: Newsdesk) -> None:
    for order in itertools.permutations(((OLDEST, 0), (NEWER, 1), (NEWEST, 2))):
        await desk.db.execute("TRUNCATE sheet, known, tip, inbox, outbox")
        await desk.running.service.before_start()  # type: ignore[misc]
        for article_id, day in order:
            await desk.hear(ARTICLE, article(article_id, f"{CLAIM} So it is written.", day))
        assert await links(desk, OLDEST) == [], order
        assert await links(desk, NEWER) == [(OLDEST, "")], order
        assert await links(desk, NEWEST) == [(OLDEST, "")], order


async def test_a_claim_points_to_its_fact_check_whichever_came_first_and_no_longer_once_it_is_withdrawn(
    desk: Newsdesk,
) -> None:
    await desk.hear(ARTICLE, article(OLDEST, CLAIM, 0))
    await desk.hear(FACT_CHECK, reviewed())
    await desk.hear(ARTICLE, article(NEWER, CLAIM.replace("Taxes", "TAXES"), 1))
    assert await links(desk, OLDEST) == [("", "f1")]
    assert sorted(await links(desk, NEWER)) == [("", "f1"), (OLDEST, "")]
    await desk.hear(FACT_CHECK, reviewed(2, withdrawn=True))
    assert await links(desk, OLDEST) == []
    assert await links(desk, NEWER) == [(OLDEST, "")]


async def test_our_own_fact_check_of_an_article_is_no_news_to_that_article(desk: Newsdesk) -> None:
    await desk.hear(ARTICLE, article(OLDEST, CLAIM, 0))
    await desk.hear(ARTICLE, article(NEWER, CLAIM, 1))
    await desk.hear(FACT_CHECK, reviewed(article_id=OLDEST))
    assert await links(desk, OLDEST) == []
    assert sorted(await links(desk, NEWER)) == [("", "f1"), (OLDEST, "")]


async def test_links_out_of_a_sheet_stay_while_its_words_do(desk: Newsdesk) -> None:
    await desk.hear(FACT_CHECK, reviewed())
    await desk.hear(ARTICLE, article(OLDEST, CLAIM, 0))
    await desk.hear(ARTICLE, article(OLDEST, f"It was said before. {CLAIM}", 0, counter=2))
    assert await links(desk, OLDEST) == [("", "f1")]


async def test_J8_another_number_date_name_or_negation_is_another_claim(reading_desk: Newsdesk) -> None:
    await reading_desk.hear(FACT_CHECK, reviewed(claim="Taxes in Norrland rose by 12 per cent in 2021."))
    others = (
        "Taxes in Norrland rose by 13 per cent in 2021.",
        "Taxes in Norrland rose by 12 per cent in 2020.",
        "Taxes in Sunderby rose by 12 per cent in 2021.",
        "Taxes in Norrland never rose by 12 per cent in 2021.",
    )
    await reading_desk.hear(ARTICLE, article(OLDEST, " ".join(others), 0))
    assert len((await reading_desk.newest(OLDEST)).claims) >= 4
    assert await links(reading_desk, OLDEST) == []
    await reading_desk.hear(ARTICLE, article(NEWER, "In 2021, Norrland taxes rose by 12 percent.", 1))
    assert await links(reading_desk, NEWER) == [("", "f1")], "the same in other words"


async def test_known_claims_are_there_again_after_a_start(reading_desk: Newsdesk) -> None:
    await reading_desk.hear(FACT_CHECK, reviewed())
    await reading_desk.running.service.before_start()  # type: ignore[misc]
    answer = await (await reading_desk.partner()).claim("In 2021 taxes rose by 12 per cent.")
    assert [each.fact_check for each in answer.claim.known] == ["factChecks/f1"]
