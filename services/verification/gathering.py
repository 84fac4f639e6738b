"""From addresses to evidence: what is stored and fresh is used, the rest is fetched within a budget and snapshotted."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from services.verification.model import Evidence, EvidenceClass, Origin, StageStatus
from services.verification.sandbox import LASTING, FetchFailed, FetchProblem, PageText
from services.verification.store import evidence as store
from services.verification.store.evidence import Page
from shared.ids import derived_id
from shared.postgres import Sql


class PageSource(Protocol):
    """Whatever gets a page by its address."""

    async def page(self, url: str, *, markup: bool = False) -> tuple[str, PageText]:
        """(final address, what it says). Raises FetchFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """What one round of checks may spend on fetching."""

    pages: int = 40
    seconds: float = 30.0
    fresh: timedelta = timedelta(hours=6)
    retry_after: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The last try at every address that was asked for. `tried` are those to be written down."""

    pages: dict[str, Page]
    tried: tuple[Page, ...] = ()
    left_out: int = 0
    changed: frozenset[str] = frozenset()  # addresses that were asked before and gave other words now

    def page(self, url: str) -> Evidence | None:
        """The evidence behind one address, if there is any."""
        found = self.pages.get(url)
        return found.evidence if found is not None else None

    def evidence(self, urls: Iterable[str]) -> list[Evidence]:
        """The evidence behind these addresses, each once, in their order."""
        found = (self.pages.get(url) for url in urls)
        held = {page.evidence.evidence_id: page.evidence for page in found if page is not None and page.evidence}
        return list(held.values())

    def status(self, urls: Collection[str]) -> tuple[StageStatus, str]:
        """How the look-ups of these addresses went: not asked, failed (one of them may still answer later), found, or
        nothing where every page is gone for good."""
        if not urls:
            return StageStatus.NOT_ASKED, "no source to look at"
        unread = {url: self.pages.get(url) for url in urls if self.page(url) is None}
        problems = sorted({page.problem if page else "left out" for page in unread.values()})
        detail = f"{len(urls) - len(unread)} of {len(urls)} pages read" + "".join(f", {each}" for each in problems)
        if any(page is not None and page.problem not in LASTING for page in unread.values()):
            return StageStatus.FAILED, detail
        return StageStatus.NOTHING if len(unread) == len(urls) else StageStatus.FOUND, detail


class Gatherer:
    """Fetches pages for rounds of checks."""

    def __init__(self, source: PageSource, now: Callable[[], datetime], budget: Budget | None = None) -> None:
        self._source, self._now, self._budget = source, now, budget or Budget()

    async def gather(
        self,
        sql: Sql,
        site_id: str,
        urls: Iterable[str],
        *,
        anew: bool = False,
        dates: Mapping[str, datetime] | None = None,
    ) -> Gathered:
        """What stands behind these addresses. `anew` fetches again what is stored, as a reader's "Verify now" asks.
        `dates` are those feeds gave; a page's own date stands before its feed's.

        Everything not answered within the budget counts as failed, never as empty.
        """
        wanted = list(dict.fromkeys(url for url in urls if url))
        asked, left_out = wanted[: self._budget.pages], len(wanted) - self._budget.pages
        known = await store.pages(sql, site_id, asked)
        held = {url: page for url, page in known.items() if self._usable(page, anew)}
        fetched = await self._fetch(site_id, [url for url in asked if url not in held], dates or {})
        # what could be read before and cannot be now is still what it was
        tried = tuple(page for page in fetched if page.evidence or not _had_evidence(known.get(page.url)))
        kept = {url: known[url] for url in asked if _had_evidence(known.get(url))}
        changed = frozenset(page.url for page in tried if other_words(known.get(page.url), page))
        return Gathered(kept | held | {page.url: page for page in tried}, tried, max(0, left_out), changed)

    def _usable(self, page: Page, anew: bool) -> bool:
        age = self._now() - page.tried_at
        if page.evidence is not None:
            return age < (timedelta(minutes=1) if anew else self._budget.fresh)
        if page.problem in LASTING:
            return age < self._budget.fresh
        return not anew and age < self._budget.retry_after

    async def _fetch(self, site_id: str, urls: list[str], dates: Mapping[str, datetime]) -> list[Page]:
        if not urls:
            return []
        tasks = {url: asyncio.create_task(self._one(site_id, url, dates.get(url))) for url in urls}
        try:
            await asyncio.wait(tasks.values(), timeout=self._budget.seconds)
            return [
                task.result()
                if task.done()
                else Page(url, self._now(), problem=FetchProblem.TIMED_OUT, detail="the budget of this check was spent")
                for url, task in tasks.items()
            ]
        finally:
            for task in tasks.values():
                task.cancel()

    async def _one(self, site_id: str, url: str, told: datetime | None) -> Page:
        try:
            final, read = await self._source.page(url)
        except FetchFailed as failure:
            return Page(url, self._now(), problem=failure.problem.value, detail=failure.detail)
        if not read.text:
            return Page(url, self._now(), problem=FetchProblem.UNREADABLE, detail="the page holds no words")
        found = snapshot(site_id, final, read, self._now())
        if found.published_at is None and told is not None:
            found = replace(found, published_at=told, published_at_source="feed")
        return Page(url, self._now(), found)


def snapshot(site_id: str, url: str, read: PageText, fetched_at: datetime) -> Evidence:
    """The evidence a page gives: named by its site, address and words, so the same page is the same evidence."""
    digest = hashlib.sha256(read.text.encode()).hexdigest()
    return Evidence(
        evidence_id=str(derived_id("evidence", site_id, url, digest)),
        text=read.text,
        url=url,
        title=read.title or url,
        publisher=read.publisher or (urlsplit(url).hostname or ""),
        published_at=read.published_at,
        published_at_source=read.published_at_source if read.published_at else "",
        fetched_at=fetched_at,
        sha256=digest,
        evidence_class=EvidenceClass.REAL_TIME_SOURCE,
        origin=Origin.FETCHED,
    )


def other_words(before: Page | None, now: Page) -> bool:
    """Whether what stands behind an address became something else: other words, or words where there were none."""
    if before is None or now.evidence is None:
        return False
    return before.evidence is None or before.evidence.evidence_id != now.evidence.evidence_id


def _had_evidence(page: Page | None) -> bool:
    return page is not None and page.evidence is not None
