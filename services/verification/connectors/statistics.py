"""Statistics of the World Bank's shape: an indicator, a country and years give figures a claim can be held against."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.verification.connectors.documents import document
from services.verification.connectors.port import Answer, AskFailed, Provider, Question
from services.verification.connectors.reply import json_of, moment, words
from services.verification.engine.words import base, tokens
from services.verification.fetcher import Response
from services.verification.model import Evidence

URL = "https://api.worldbank.org/v2"
YEAR = re.compile(r"\b(19[6-9]\d|20\d\d)\b")
LATEST = 5  # years, where the claim names none
COUNTRIES_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Indicator:
    """A series, the words that ask for it, and the sentence its figures are told in."""

    code: str
    asked: tuple[str, ...]
    sentence: str
    decimals: int = 1


INDICATORS = (
    Indicator("SP.POP.TOTL", ("population",), "In {year}, the population of {place} was {value} people.", 0),
    Indicator("SP.POP.TOTL", ("inhabitant",), "In {year}, {place} had {value} inhabitants.", 0),
    Indicator("FP.CPI.TOTL.ZG", ("inflation",), "In {year}, inflation in {place} was {value} percent."),
    Indicator("SL.UEM.TOTL.ZS", ("unemployment",), "In {year}, the unemployment rate in {place} was {value} percent."),
    Indicator("NY.GDP.MKTP.KD.ZG", ("gdp", "growth"), "In {year}, GDP growth in {place} was {value} percent."),
    Indicator("NY.GDP.MKTP.CD", ("gdp",), "In {year}, the GDP of {place} was {value} US dollars.", 0),
    Indicator("SP.DYN.LE00.IN", ("life", "expectancy"), "In {year}, life expectancy in {place} was {value} years."),
    Indicator("SP.DYN.TFRT.IN", ("fertility",), "In {year}, the fertility rate of {place} was {value} per woman.", 2),
    Indicator("AG.LND.FRST.ZS", ("forest",), "In {year}, forest covered {value} percent of the land of {place}."),
    Indicator("SE.ADT.LITR.ZS", ("literacy",), "In {year}, the adult literacy rate in {place} was {value} percent."),
    Indicator(
        "SP.DYN.IMRT.IN", ("infant", "mortality"), "In {year}, infant mortality in {place} was {value} per 1,000."
    ),
    Indicator("AG.SRF.TOTL.K2", ("area",), "In {year}, the surface area of {place} was {value} square kilometres.", 0),
)


class Statistics:
    """Figures of one country at a time. Countries are the provider's own list, read once a day."""

    name, outside = "statistics", True

    def __init__(
        self,
        now: Callable[[], datetime],
        base_url: str = URL,
        publisher: str = "World Bank",
        *,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now, self._base, self._publisher = now, base_url.rstrip("/"), publisher
        self._seconds = seconds
        self._countries: tuple[float, dict[str, str]] | None = None
        self._reading = asyncio.Lock()

    async def ask(self, question: Question, provider: Provider) -> Answer:
        """Not asked where the claim names no series or no country it knows."""
        indicator = _indicator(question.text)
        if indicator is None:
            return Answer(skipped="no series answers this claim")
        async with self._reading:
            countries = await self._known(provider)
        place = next((name for name in sorted(countries, key=len, reverse=True) if _named(name, question.text)), "")
        if not place:
            return Answer(skipped="the claim names no country")
        years = sorted(YEAR.findall(question.text))
        span = f"date={years[0]}:{years[-1]}" if years else f"mrnev={LATEST}"
        url = f"{self._base}/country/{countries[place]}/indicator/{indicator.code}?format=json&per_page=100&{span}"
        found = await provider.ask(url)
        return self._answer(question, indicator, place, found)

    async def _known(self, provider: Provider) -> dict[str, str]:
        if self._countries is None or self._seconds() - self._countries[0] > COUNTRIES_SECONDS:
            url = f"{self._base}/country?format=json&per_page=400"
            _, rows = _pages(await provider.ask(url))
            named = {words(row.get("name")): words(row.get("id")) for row in rows}
            kept = {name.partition(",")[0]: code for name, code in named.items() if re.fullmatch(r"[A-Z]{3}", code)}
            if not kept:
                raise AskFailed("a list of countries without countries")
            self._countries = (self._seconds(), kept)
        return self._countries[1]

    def _answer(self, question: Question, indicator: Indicator, place: str, found: Response) -> Answer:
        head, rows = _pages(found)
        told = [_told(indicator, place, row) for row in rows]
        sentences = sorted(each for each in told if each)
        if not sentences:
            return Answer(detail=f"{indicator.code} has no figure for {place} then")
        titles = (words(row["indicator"].get("value")) for row in rows if isinstance(row.get("indicator"), dict))
        title = next(filter(None, titles), indicator.code)
        held: Evidence = document(
            question.site_id,
            found.url,
            "\n".join([f"{title}, {place}. {self._publisher}, series {indicator.code}.", *sentences]),
            title=f"{title}: {place}",
            publisher=self._publisher,
            fetched_at=self._now(),
            published_at=moment(head.get("lastupdated")),
        )
        return Answer(documents=(held,), detail=f"{len(sentences)} figures of {indicator.code}")


def _pages(response: Response) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(head, rows) of an answer. Raises AskFailed, also for the provider's own way of reporting errors."""
    answer = json_of(response)
    if not isinstance(answer, list) or not answer or not isinstance(answer[0], dict):
        raise AskFailed("an answer of another shape")
    if "message" in answer[0]:
        raise AskFailed("the provider reports an error")
    rows = answer[1] if len(answer) > 1 else None
    return answer[0], [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _indicator(claim: str) -> Indicator | None:
    said = {base(token.text) for token in tokens(claim)}
    fit = [each for each in INDICATORS if {base(word) for word in each.asked} <= said]
    return max(fit, key=lambda each: len(each.asked), default=None)


def _named(name: str, claim: str) -> bool:
    return bool(name) and re.search(rf"\b{re.escape(name)}\b", claim) is not None


def _told(indicator: Indicator, place: str, row: dict[str, Any]) -> str:
    value, year = row.get("value"), words(row.get("date"))
    if isinstance(value, bool) or not isinstance(value, int | float) or not re.fullmatch(r"\d{4}", year):
        return ""
    said = f"{value:,.{indicator.decimals}f}"
    return indicator.sentence.format(year=year, place=place, value=said)
