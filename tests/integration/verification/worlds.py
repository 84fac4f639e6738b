"""Outside providers as small servers on loopback that speak the documented shapes, and misbehave when told to."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import web as aioweb
from pydantic import SecretStr

from services.verification.connectors.analyses import Analyses
from services.verification.connectors.asking import Asking, Limits
from services.verification.connectors.feeds import Feeds
from services.verification.connectors.gdelt import Gdelt
from services.verification.connectors.google_fact_check import GoogleFactCheck
from services.verification.connectors.port import Connector, Question
from services.verification.connectors.statistics import Statistics
from services.verification.connectors.web_search import Brave, SearxNG
from services.verification.connectors.wikidata import Wikidata
from services.verification.connectors.wikipedia import Wikipedia
from services.verification.fetcher import Fetcher
from shared.ids import DEFAULT_SITE
from shared.testing.patience import PATIENCE

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
CLAIM = "In 2022, the population of Germany was 84 million people."
PAGE = "https://news.example/2026/05/population-of-germany"


def now() -> datetime:
    return NOW


class ProviderServer:
    """Answers by path, and remembers what was asked. `trouble` overrides every answer."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.trouble: Callable[[aioweb.Request], Any] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> int:
        return len(self.asked)

    def sends(self, pages: dict[str, Any]) -> None:
        """JSON for objects and lists, XML for text."""
        self.pages = {
            path: ("application/xml", body.encode())
            if isinstance(body, str)
            else ("application/json", json.dumps(body).encode())
            for path, body in pages.items()
        }

    async def answer(self, request: aioweb.Request) -> aioweb.StreamResponse:
        self.asked.append((request.path, dict(request.query), dict(request.headers)))
        if self.trouble is not None:
            made: aioweb.StreamResponse = await self.trouble(request)
            return made
        kind, body = self.pages.get(request.path, ("text/plain", b""))
        return aioweb.Response(status=200 if body else 404, body=body, content_type=kind)


# what goes wrong


def status(code: int, **headers: str) -> Callable[[aioweb.Request], Any]:
    async def answer(request: aioweb.Request) -> aioweb.StreamResponse:
        return aioweb.Response(status=code, text="{}", headers=headers)

    return answer


def sends(body: bytes, kind: str = "application/json") -> Callable[[aioweb.Request], Any]:
    async def answer(request: aioweb.Request) -> aioweb.StreamResponse:
        return aioweb.Response(body=body, headers={"Content-Type": kind})

    return answer


async def drips(request: aioweb.Request) -> aioweb.StreamResponse:
    stream = aioweb.StreamResponse(headers={"Content-Type": "application/json"})
    await stream.prepare(request)
    for _ in range(400):
        await stream.write(b" ")
        await asyncio.sleep(0.05)
    return stream


async def hangs_up(request: aioweb.Request) -> aioweb.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return aioweb.Response()


TROUBLES: dict[str, Callable[[aioweb.Request], Any]] = {
    "429": status(429, **{"Retry-After": "120"}),
    "500": status(500),
    "403": status(403),
    "garbage": sends(bytes(range(256)) * 40),
    "empty": sends(b""),
    "another shape": sends(b'["surprise", {"message": 7}]'),
    "web page": sends(b"<html><body>Please log in</body></html>", "text/html"),
    "null": sends(b"null"),
    "wrong charset": sends('{"articles": "Käse"}'.encode("latin-1"), "application/json; charset=utf-8"),
    "nested": sends(b'{"a":' * 50_000),
    "huge": sends(b"[" + b"1," * 3_000_000 + b"1]"),
    "no numbers": sends(b'[{"page": NaN}, [{"value": Infinity}]]'),
    "drip": drips,
    "hangs up": hangs_up,
    "redirect away": status(302, Location="http://169.254.169.254/latest/meta-data/"),
    "redirect inside": status(302, Location="http://127.0.0.1:1/"),
    "redirect loop": status(302, Location="/again"),
}

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Bulletins</title>{items}</channel></rss>"""
ITEM = (
    "<item><title>Population of Germany reached 84 million in 2022</title><link>{url}</link>"
    "<description>The office counted 84.4 million people.</description>"
    "<pubDate>Thu, 19 Jan 2023 08:00:00 +0100</pubDate></item>"
)
OTHER = "<item><title>Choir wins prize</title><link>https://news.example/choir-wins</link></item>"
SUMMARY = {
    "type": "standard",
    "title": "Demographics of Germany",
    "wikibase_item": "Q2",
    "content_urls": {"desktop": {"page": "https://en.wikipedia.example/wiki/Demographics_of_Germany"}},
    "extract": "The demography of Germany is monitored by an office.",
}
ENTITY = {
    "entities": {
        "Q183": {
            "id": "Q183",
            "modified": "2026-04-01T10:00:00Z",
            "labels": {"en": {"language": "en", "value": "Germany"}},
            "claims": {
                "P1082": [
                    {
                        "rank": "preferred",
                        "mainsnak": {"datavalue": {"value": {"amount": "+84358845", "unit": "1"}}},
                        "qualifiers": {"P585": [{"datavalue": {"value": {"time": "+2022-12-31T00:00:00Z"}}}]},
                    },
                    {"rank": "normal", "mainsnak": {"datavalue": {"value": {"amount": "+70000000", "unit": "1"}}}},
                ],
                "P571": [{"rank": "normal", "mainsnak": {"datavalue": {"value": {"time": "+1949-05-23T00:00:00Z", "precision": 11}}}}],
            },
        }
    }
}  # fmt: skip
COUNTRIES = [
    {"page": 1, "pages": 1, "per_page": "400", "total": 2},
    [{"id": "DEU", "iso2Code": "DE", "name": "Germany"}, {"id": "FRA", "iso2Code": "FR", "name": "France"}],
]
INDICATOR = {
    "indicator": {"id": "SP.POP.TOTL", "value": "Population, total"},
    "country": {"id": "DE", "value": "Germany"},
    "countryiso3code": "DEU", "date": "2022", "value": 83797985, "unit": "", "obs_status": "", "decimal": 0,
}  # fmt: skip
HEAD = {"page": 1, "pages": 1, "per_page": 100, "total": 1, "sourceid": "2", "lastupdated": "2026-04-08"}
REVIEW = {
    "text": "Germany had 120 million people in 2022.",
    "claimant": "A post",
    "claimDate": "2023-02-01T00:00:00Z",
    "claimReview": [
        {
            "publisher": {"name": "Northlight Fact Desk", "site": "checks.example"},
            "url": "https://checks.example/2023/germany-population",
            "title": "No, Germany did not have 120 million people",
            "reviewDate": "2023-02-03T00:00:00Z",
            "textualRating": "False",
            "languageCode": "en",
        }
    ],
}
WIKI = "/w/rest.php/v1/search/page"
STATISTICS = "/v2/country/DEU/indicator/SP.POP.TOTL"


@dataclass(frozen=True)
class World:
    """One connector with the server it asks: what it answers when there is something, and when there is nothing."""

    name: str
    make: Callable[[str, Callable[[], float]], Connector]
    found: dict[str, Any] = field(default_factory=dict)
    nothing: dict[str, Any] = field(default_factory=dict)
    claim: str = CLAIM


WORLDS = (
    World(
        "feeds",
        lambda base, seconds: Feeds([f"{base}/rss"], seconds=seconds),
        {"/rss": RSS.format(items=OTHER + ITEM.format(url=PAGE))},
        {"/rss": RSS.format(items=OTHER)},
    ),
    World(
        "google_fact_check",
        lambda base, _: GoogleFactCheck(SecretStr("k-1234"), base),
        {"/claims:search": {"claims": [REVIEW], "nextPageToken": "x"}},
        {"/claims:search": {}},
    ),
    World(
        "wikipedia",
        lambda base, _: Wikipedia(base),
        {
            WIKI: {"pages": [{"id": 1, "key": "Demographics_of_Germany", "title": "Demographics of Germany"}]},
            "/api/rest_v1/page/summary/Demographics_of_Germany": SUMMARY,
        },
        {WIKI: {"pages": []}},
    ),
    World(
        "wikidata",
        lambda base, _: Wikidata(now, base),
        {
            "/w/api.php": {"searchinfo": {"search": "Germany"}, "search": [{"id": "Q183"}], "success": 1},
            "/wiki/Special:EntityData/Q183.json": ENTITY,
        },
        {"/w/api.php": {"searchinfo": {"search": "Germany"}, "search": [], "success": 1}},
    ),
    World(
        "gdelt",
        lambda base, _: Gdelt(f"{base}/doc"),
        {"/doc": {"articles": [{"url": PAGE, "title": "Population", "seendate": "20260501T101500Z", "domain": "x"}]}},
        {"/doc": {}},
    ),
    World(
        "searxng",
        lambda base, _: SearxNG(base),
        {
            "/search": {
                "query": "q",
                "results": [{"url": PAGE, "title": "t", "engine": "e"}],
                "unresponsive_engines": [],
            }
        },
        {"/search": {"query": "q", "results": [], "unresponsive_engines": []}},
    ),
    World(
        "brave",
        lambda base, _: Brave(SecretStr("k-1234"), base),
        {"/web/search": {"type": "search", "web": {"type": "search", "results": [{"url": PAGE, "title": "t"}]}}},
        {"/web/search": {"type": "search", "query": {"original": "q"}}},
    ),
    World(
        "statistics",
        lambda base, seconds: Statistics(now, f"{base}/v2", seconds=seconds),
        {"/v2/country": COUNTRIES, STATISTICS: [HEAD, [INDICATOR, {**INDICATOR, "date": "2021", "value": None}]]},
        {"/v2/country": COUNTRIES, STATISTICS: [{**HEAD, "total": 0}, None]},
    ),
)
BY_NAME = {world.name: world for world in WORLDS}


def analyses(folder: Path, site: UUID = DEFAULT_SITE) -> Analyses:
    return Analyses(folder, site, now)


SITE = str(DEFAULT_SITE)
QUESTION = Question(SITE, CLAIM)
UNHURRIED = Limits(seconds=PATIENCE)


def asking(world: World, server: ProviderServer, door: Fetcher, limits: Limits = UNHURRIED, **options: Any) -> Asking:
    seconds = options.setdefault("seconds", time.monotonic)
    return Asking(world.make(server.base_url, seconds), door, limits, **options)
