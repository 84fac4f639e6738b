"""RSS and Atom feeds the newsroom follows. The feeds are read whole; nobody is told what is being checked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urljoin

from services.verification.connectors.breaker import LONGEST_REST
from services.verification.connectors.port import Answer, AskFailed, Lead, Provider, Question
from services.verification.connectors.reply import web_address, words
from services.verification.engine.search_words import nearest
from services.verification.sandbox import PageText

MOST = 3
REREAD_SECONDS = 300.0


class Feeds:
    """The entries of these feeds that bear on a claim. A feed is fetched again after five minutes."""

    name, outside = "feeds", False

    def __init__(
        self,
        urls: Sequence[str],
        *,
        reread_seconds: float = REREAD_SECONDS,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._urls, self._reread, self._seconds = tuple(urls), reread_seconds, seconds
        self._read: dict[str, tuple[float, PageText]] = {}
        self._resting: dict[str, float] = {}  # until when a feed asked to be left alone
        self._reading = asyncio.Lock()

    async def ask(self, question: Question, provider: Provider) -> Answer:
        """Fails when a feed could not be read and the others hold nothing: then nobody knows what it holds."""
        async with self._reading:  # claims of one round wait for the same reading
            read = await asyncio.gather(*(self._bring_up(url, provider) for url in self._urls))
        problems = [problem for problem in read if problem]
        entries = [(url, each) for url, (_, page) in self._read.items() for each in page.entries]
        texts = [f"{each.get('title', '')} {words(each.get('summary'))}" for _, each in entries]
        leads = tuple(_lead(*entries[n]) for n in nearest(question.text, texts, MOST))
        leads = tuple(lead for lead in leads if lead.url)
        if problems and not leads:
            raise AskFailed("; ".join(problems))
        return Answer(leads, detail=f"{len(entries)} entries" + "".join(f", {each}" for each in problems))

    async def _bring_up(self, url: str, provider: Provider) -> str:
        held = self._read.get(url)
        if held is not None and self._seconds() - held[0] < self._reread:
            return ""
        if (wait := self._resting.get(url, 0.0) - self._seconds()) > 0:
            return f"left alone for another {wait:.0f} s, as it asked"
        try:
            found = await provider.ask(url, headers={"Accept": "application/rss+xml, application/atom+xml, text/xml"})
            page = await provider.read(
                found.body, url=found.url, content_type=found.content_type, charset=found.charset, within="feed"
            )
        except AskFailed as failure:
            self._read.pop(url, None)
            self._resting[url] = self._seconds() + min(LONGEST_REST, failure.retry_after or 0.0)
            return failure.detail
        self._read[url] = (self._seconds(), page)
        return ""


def _lead(feed: str, entry: dict[str, str]) -> Lead:
    at = entry.get("published_at", "")
    url = urljoin(feed, entry.get("url", ""))
    return Lead(web_address(url), words(entry.get("title")), datetime.fromisoformat(at) if at else None)
