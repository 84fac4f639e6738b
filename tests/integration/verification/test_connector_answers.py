"""What single connectors make of what their providers say, and of answers with any part spoiled."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.verification.connectors.asking import Asking
from services.verification.connectors.port import Question
from services.verification.fetcher import Fetcher, Response
from services.verification.model import StageStatus
from services.verification.sandbox import PageText
from tests.integration.verification.worlds import (
    BY_NAME,
    PAGE,
    QUESTION,
    SITE,
    UNHURRIED,
    WORLDS,
    ProviderServer,
    World,
    asking,
)


async def test_documents_of_a_dataset_are_sentences_that_can_be_quoted(server: ProviderServer, door: Fetcher) -> None:
    world = BY_NAME["statistics"]
    server.sends(world.found)
    (held,) = (await asking(world, server, door).ask(QUESTION)).documents
    assert held.text.splitlines() == [
        "Population, total, Germany. World Bank, series SP.POP.TOTL.",
        "In 2022, the population of Germany was 83,797,985 people.",
    ]
    assert (held.publisher, held.published_at_source) == ("World Bank", "feed")
    assert held.published_at is not None
    assert held.published_at < held.fetched_at  # type: ignore[operator]
    assert server.asked[-1][1]["date"] == "2022:2022"


async def test_statements_of_wikidata_prefer_the_preferred_and_date_what_is_dated(
    server: ProviderServer, door: Fetcher
) -> None:
    world = BY_NAME["wikidata"]
    server.sends(world.found)
    (held,) = (await asking(world, server, door).ask(QUESTION)).documents
    assert held.text.splitlines()[1:] == [
        "In 2022, Germany had a population of 84,358,845 people.",
        "Germany was founded on 23 May 1949.",
    ]


async def test_a_claim_a_dataset_cannot_answer_is_not_asked(server: ProviderServer, door: Fetcher) -> None:
    server.sends(BY_NAME["statistics"].found)
    for text in ("The choir won a prize.", "The population of Atlantis is 12."):
        asked = await asking(BY_NAME["statistics"], server, door).ask(Question(SITE, text))
        assert asked.lookup.status is StageStatus.NOT_ASKED, asked.lookup


async def test_what_others_checked_goes_to_the_archive_and_is_no_lead(server: ProviderServer, door: Fetcher) -> None:
    server.sends(BY_NAME["google_fact_check"].found)
    asked = await asking(BY_NAME["google_fact_check"], server, door).ask(QUESTION)
    assert (asked.leads, asked.documents) == ((), ())
    (review,) = asked.reviews
    assert (review["claimReviewed"], review["reviewRating"]["alternateName"]) == (
        "Germany had 120 million people in 2022.",
        "False",
    )


async def test_a_lead_of_a_feed_carries_its_date_and_one_of_a_search_none(
    server: ProviderServer, door: Fetcher
) -> None:
    dates = {}
    for name in ("feeds", "searxng", "brave", "gdelt", "wikipedia"):
        server.sends(BY_NAME[name].found)
        (lead,) = (await asking(BY_NAME[name], server, door).ask(QUESTION)).leads
        dates[name] = lead.published_at.isoformat() if lead.published_at else ""
    assert dates == {"feeds": "2023-01-19T07:00:00+00:00", "searxng": "", "brave": "", "gdelt": "", "wikipedia": ""}


@pytest.mark.parametrize(
    "feed",
    [
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>B</title><entry><title>Population of Germany in 2022</title>'
        f'<link rel="self" href="https://x.example/self"/><link href="{PAGE}"/>'
        "<updated>2024-01-01T00:00:00Z</updated><published>2023-01-19T08:00:00+01:00</published></entry></feed>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>B</title></channel><item>'
        f"<title>Population of Germany in 2022</title><link>{PAGE}</link><dc:date>2023-01-19T07:00:00Z</dc:date>"
        "</item></rdf:RDF>",
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
        f"<rss><channel><title>&x;</title><item><title>Population of Germany in 2022 &b;</title><link>{PAGE}</link>"
        "<pubDate>Thu, 19 Jan 2023 07:00:00 GMT</pubDate></item></channel></rss>",
    ],
    ids=["atom", "rss 1.0", "entities"],
)
async def test_every_kind_of_feed_is_read(server: ProviderServer, door: Fetcher, feed: str) -> None:
    server.sends({"/rss": feed})
    (lead,) = (await asking(BY_NAME["feeds"], server, door).ask(QUESTION)).leads
    assert (lead.url, lead.published_at and lead.published_at.isoformat()) == (PAGE, "2023-01-19T07:00:00+00:00")
    assert "root:" not in lead.title


async def test_S3_a_feed_of_nested_entities_costs_little(server: ProviderServer, door: Fetcher) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    server.sends(
        {"/rss": f'<!DOCTYPE rss [<!ENTITY e0 "x">{entities}]><rss><channel><title>&e11;</title></channel></rss>'}
    )
    asked = await asking(BY_NAME["feeds"], server, door).ask(QUESTION)
    assert asked.lookup.status in (StageStatus.FAILED, StageStatus.NOTHING)


LEAVES: list[Any] = [
    None,
    True,
    -1,
    10**400,
    1e308,
    "",
    "x" * 5_000,
    "\u0000",
    [],
    {},
    [[]],
    {"id": None},
    "https://",
    "+1e999",
]


def _mangled(value: Any, leaf: Any) -> list[Any]:
    """The answer with each of its parts in turn replaced by something else."""
    if isinstance(value, dict):
        return [leaf, *({**value, key: each} for key in value for each in _mangled(value[key], leaf))]
    if isinstance(value, list):
        return [
            leaf,
            *([*value[:n], each, *value[n + 1 :]] for n in range(len(value)) for each in _mangled(value[n], leaf)),
        ]
    return [leaf]


class Canned:
    """A door that answers from memory."""

    def __init__(self, pages: dict[str, Any]) -> None:
        self.pages = pages

    async def ask(self, url: str, **_: Any) -> Response:
        path = urlsplit(url).path
        body = json.dumps(self.pages.get(path, {})).encode()
        return Response(url, "application/json", "utf-8", body)

    async def read(self, body: bytes, **_: Any) -> PageText:
        return PageText("", entries=())


@pytest.mark.parametrize("world", [world for world in WORLDS if world.name != "feeds"], ids=lambda world: world.name)
async def test_J3_an_answer_with_any_part_spoiled_is_still_one_of_the_four(world: World) -> None:
    for path, answer in world.found.items():
        for leaf in LEAVES:
            for spoiled in _mangled(answer, leaf):
                door = Canned({**world.found, path: spoiled})
                asked = await Asking(world.make("http://x.example", time.monotonic), door, UNHURRIED).ask(QUESTION)
                assert isinstance(asked.lookup.status, StageStatus)
                for held in asked.documents:
                    assert "inf" not in held.text.split()
                    assert len(held.text) < 10_000
