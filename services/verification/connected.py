"""What the connectors answered for a round of checks: pages to read, documents, and how each of them did."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from services.verification.connectors.asking import Sources
from services.verification.connectors.port import Question
from services.verification.connectors.remembering import Asked
from services.verification.engine.addresses import canonical_url, not_an_article, under_domain
from services.verification.engine.claim_review import NotUsable, fact_check_of
from services.verification.gathering import Gathered
from services.verification.model import Claim, Evidence, FactCheck, Lookup, StageStatus
from services.verification.model.subject import Sheet
from services.verification.sandbox import LASTING

LEADS = 6  # pages all connectors together may name for one claim

KeepReviews = Callable[[str, dict[str, FactCheck]], Awaitable[Any]]


@dataclass(frozen=True)
class Answers:
    """By claim: each connector's answer, and the addresses of its leads that are worth reading."""

    asked: Mapping[str, Sequence[Asked]] = field(default_factory=dict)
    leads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def urls(self, claim_id: str) -> tuple[str, ...]:
        return self.leads.get(claim_id, ())

    @property
    def wanted(self) -> list[str]:
        """All addresses, every claim's first before any claim's second: a budget that ends early is shared."""
        rows = zip_longest(*self.leads.values())
        return list(dict.fromkeys(url for row in rows for url in row if url is not None))

    @property
    def dates(self) -> dict[str, datetime]:
        """When a page was published, as its publisher's feed says."""
        every = [lead for answers in self.asked.values() for each in answers for lead in each.leads]
        return {lead.url: lead.published_at for lead in every if lead.published_at is not None}

    def documents(self, claim_id: str) -> list[Evidence]:
        return [held for each in self.asked.get(claim_id, ()) for held in each.documents]

    @property
    def every_document(self) -> tuple[Evidence, ...]:
        held = {item.evidence_id: item for claim_id in self.asked for item in self.documents(claim_id)}
        return tuple(held[each] for each in sorted(held))

    def lookups(self, claim_id: str, gathered: Gathered) -> tuple[Lookup, ...]:
        """Each connector's answer in the light of its pages: one that only named pages nobody could read found nothing
        out. That has failed while a page may still answer."""
        return tuple(_read(each, self.urls(claim_id), gathered) for each in self.asked.get(claim_id, ()))


def retrieval(pages: tuple[StageStatus, str], lookups: Sequence[Lookup]) -> tuple[StageStatus, str]:
    """How all look-ups for one claim went together, and each of them in words. One that failed is never passed over."""
    statuses = {pages[0], *(each.status for each in lookups)}
    order = (StageStatus.FAILED, StageStatus.FOUND, StageStatus.NOTHING, StageStatus.NOT_ASKED)
    told = [f"{each.connector}: {each.status.value.replace('_', ' ')}{_why(each)}" for each in lookups]
    own = [pages[1]] if pages[0] is not StageStatus.NOT_ASKED or not told else []
    return next(each for each in order if each in statuses), "; ".join([*own, *told])


def with_added(found: tuple[StageStatus, str], added: int) -> tuple[StageStatus, str]:
    """The same with the texts people put before the claim: they are at hand, whatever the look-ups gave."""
    if not added:
        return found
    status, told = found
    own = f"{added} put before it by people"
    if status is StageStatus.FAILED:
        return status, f"{told}; {own}"
    return StageStatus.FOUND, own if status is StageStatus.NOT_ASKED else f"{told}; {own}"


def _why(lookup: Lookup) -> str:
    aside = [lookup.detail] if lookup.detail else []
    aside += [f"as of {lookup.age_seconds} s ago"] if lookup.age_seconds else []
    return f" ({', '.join(aside)})" if aside else ""


def _read(asked: Asked, kept: Sequence[str], gathered: Gathered) -> Lookup:
    lookup = asked.lookup
    if lookup.status is not StageStatus.FOUND or asked.documents or asked.reviews:
        return lookup
    urls = [lead.url for lead in asked.leads if lead.url in kept]
    if any(gathered.page(url) is not None for url in urls):
        return lookup
    if not urls:
        return replace(lookup, status=StageStatus.NOTHING, detail="no page that could be evidence")
    problems = sorted({page.problem if (page := gathered.pages.get(url)) else "left out" for url in urls})
    lasting = all(problem in LASTING for problem in problems)
    status = StageStatus.NOTHING if lasting else StageStatus.FAILED
    return replace(lookup, status=status, detail=f"{len(urls)} pages not read: {', '.join(problems)}")


class Connected:
    """Asks the connectors about the claims of a subject, and gives the archive what others checked."""

    def __init__(self, sources: Sources, keep_reviews: KeepReviews) -> None:
        self._sources, self._keep_reviews = sources, keep_reviews

    async def ask(self, sheet: Sheet, claims: Mapping[str, Claim], own: frozenset[str], *, anew: bool) -> Answers:
        """What the connectors say of these claims. The subject's own page and what it links to are not their finds."""
        questions = [
            Question(sheet.site_id, claim.text, sheet.language or "en", sheet.public) for claim in claims.values()
        ]
        answers = dict(zip(claims, await self._sources.about(questions, anew=anew), strict=True))
        await self._keep(sheet.site_id, answers)
        passed = {canonical_url(url) for url in (sheet.url, *sheet.links) if url}
        leads = {claim_id: _worth_reading(asked, passed, own) for claim_id, asked in answers.items()}
        return Answers(answers, leads)

    async def _keep(self, site_id: str, answers: Mapping[str, Sequence[Asked]]) -> None:
        batch: dict[str, FactCheck] = {}
        for review in (review for asked in answers.values() for each in asked for review in each.reviews):
            try:
                found = fact_check_of(review, site_id)
            except NotUsable:
                continue  # a review in another publisher's name, or without a claim: no fact check
            batch[found.fact_check_id] = found
        if batch:
            await self._keep_reviews(site_id, batch)


def _worth_reading(asked: Sequence[Asked], passed: set[str], own: frozenset[str]) -> tuple[str, ...]:
    """At most six articles, the connectors in turn, none twice and none of our own."""
    rows = zip_longest(*(each.leads for each in asked))
    found: dict[str, str] = {}
    for lead in (lead for row in rows for lead in row if lead is not None):
        name = canonical_url(lead.url)
        if name not in passed and not not_an_article(lead.url) and not under_domain(lead.url, own):
            found.setdefault(name, lead.url)
    return tuple(found.values())[:LEADS]
