"""Wikidata: the statements of the thing a claim names, one sentence a figure or date."""

from __future__ import annotations

import math
import re
from calendar import month_name
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from services.verification.connectors.documents import document
from services.verification.connectors.port import Answer, AskFailed, Provider, Question
from services.verification.connectors.reply import listed, moment, object_of, words
from services.verification.engine.reading import read

URL = "https://www.wikidata.org"
ENTITY = re.compile(r"^Q[1-9]\d{0,11}$")
UNITS = {
    "Q11573": "metres",
    "Q828224": "kilometres",
    "Q712226": "square kilometres",
    "Q25343": "square metres",
    "Q3710": "feet",
    "Q253276": "miles",
}
FIGURES = {
    "P1082": "{when}{name} had a population of {value} people.",
    "P2044": "{name} is {value} {unit} high.",
    "P2048": "{name} is {value} {unit} tall.",
    "P2043": "{name} is {value} {unit} long.",
    "P4511": "{name} is {value} {unit} deep.",
    "P2046": "{name} has an area of {value} {unit}.",
}
DATES = {
    "P569": "{name} was born {date}.",
    "P570": "{name} died {date}.",
    "P571": "{name} was founded {date}.",
    "P1619": "{name} opened {date}.",
    "P576": "{name} was dissolved {date}.",
}
DAY, MONTH, YEAR = 11, 10, 9  # precisions of the time format


class Wikidata:
    """Looks up the first thing a claim names. A statement of preferred rank stands before others; deprecated ones are left."""

    name, outside = "wikidata", True

    def __init__(self, now: Callable[[], datetime], base_url: str = URL) -> None:
        self._now, self._base = now, base_url.rstrip("/")

    async def ask(self, question: Question, provider: Provider) -> Answer:
        named = next((name.text for name in read(question.text).names if name.sure), "")
        if not named:
            return Answer(skipped="the claim names nothing to look up")
        query = {
            "action": "wbsearchentities", "search": named, "language": "en", "format": "json", "limit": "1", "type": "item",
        }  # fmt: skip
        found = listed(object_of(await provider.ask(f"{self._base}/w/api.php?{urlencode(query)}")), "search")
        entity = words(found[0].get("id")) if found else ""
        if not ENTITY.match(entity):
            return Answer(detail=f"no entry for {named}")
        response = await provider.ask(f"{self._base}/wiki/Special:EntityData/{entity}.json")
        entities = object_of(response).get("entities")
        item = entities.get(entity) if isinstance(entities, dict) else None
        if not isinstance(item, dict):
            raise AskFailed("an answer of another shape")
        label = words(item.get("labels", {}).get("en", {}).get("value"))
        sentences = list(_sentences(label, item.get("claims", {}))) if label else []
        if not sentences:
            return Answer(detail=f"{entity} states no figure or date")
        held = document(
            question.site_id,
            f"{self._base}/wiki/{entity}",
            "\n".join([f"{label} ({entity} in Wikidata).", *sentences]),
            title=f"{label} ({entity})",
            publisher="Wikidata",
            fetched_at=self._now(),
            published_at=moment(item.get("modified")),
        )
        return Answer(documents=(held,), detail=f"{len(sentences)} statements of {entity}")


def _sentences(name: str, claims: dict[str, Any]) -> Iterator[str]:
    for code, sentence in (FIGURES | DATES).items():
        statements = [each for each in claims.get(code, []) if each.get("rank") != "deprecated"]
        preferred = [each for each in statements if each.get("rank") == "preferred"]
        for each in (preferred or statements)[:3]:
            value = each.get("mainsnak", {}).get("datavalue", {}).get("value")
            if isinstance(value, dict) and (told := _told(code, sentence, name, value, each)):
                yield told


def _told(code: str, sentence: str, name: str, value: dict[str, Any], statement: dict[str, Any]) -> str:
    if code in DATES:
        date = _date(value)
        return sentence.format(name=name, date=date) if date else ""
    unit = words(value.get("unit")).rpartition("/")[2]
    figure = _figure(words(value.get("amount")))
    if not figure or (unit != "1" and unit not in UNITS) or ("{unit}" in sentence) != (unit in UNITS):
        return ""
    at = (statement.get("qualifiers", {}).get("P585") or [{}])[0].get("datavalue", {}).get("value", {})
    year = words(at.get("time"))[1:5]
    when = f"In {year}, " if year.isdigit() else ""
    return sentence.format(name=name, value=figure, unit=UNITS.get(unit, ""), when=when)


def _figure(amount: str) -> str:
    try:
        number = float(amount)
    except ValueError:
        return ""
    if not math.isfinite(number):
        return ""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}".rstrip("0")


def _date(value: dict[str, Any]) -> str:
    """A day, a month or a year of our era, as precise as it is known."""
    found = re.match(r"^\+(\d{4})-(\d\d)-(\d\d)T", words(value.get("time")))
    precision = value.get("precision")
    if found is None or not isinstance(precision, int) or precision < YEAR:
        return ""
    year, month, day = found.groups()
    if precision >= DAY:
        return f"on {int(day)} {month_name[int(month)]} {year}"
    return f"in {month_name[int(month)]} {year}" if precision == MONTH else f"in {year}"
