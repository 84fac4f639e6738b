"""Evidence people put before a claim, and the passages they keep of it.

An address is fetched by a durable job, a file is read in the sandbox, typed words are taken as they are; each becomes a
snapshot like any other and passes the same gates.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.verification import rechecks
from services.verification.address_guard import NO_EXCEPTIONS, Allowed, forbidden_url
from services.verification.engine.addresses import canonical_url, under_domain
from services.verification.engine.sentences import Sentence, sentences
from services.verification.gathering import PageSource, other_words, snapshot
from services.verification.model import Evidence, EvidenceClass, Origin, Person
from services.verification.model.affected import Change
from services.verification.review_case import Cases, OpenCase, entry
from services.verification.reviewing import Quote, citation_of
from services.verification.sandbox import FetchFailed, PageText
from services.verification.source_fields import Typed, Upload, check_file, described
from services.verification.store import audit, evidence, review_record
from services.verification.store.evidence import Page
from services.verification.store.review_record import Act, AddedSource, KeptQuote
from shared.clock import Clock
from shared.errors import NotFound, Refused
from shared.ids import derived_id
from shared.inbox import Work
from shared.outbox import Outbox, Unit

FETCH = "verification.add_source"
LONGEST_WORDS = 50_000
LONGEST_QUOTE = 2_000


class FileReader(Protocol):
    """Whatever reads a body without trusting it."""

    async def read(self, body: bytes, *, url: str, content_type: str, charset: str, markup: bool = False) -> PageText:
        """What it says. Raises FetchFailed."""
        ...


class Sources:
    """Puts evidence before claims."""

    def __init__(
        self, outbox: Outbox, cases: Cases, pages: PageSource, files: FileReader, clock: Clock, allowed: Allowed
    ) -> None:
        self._outbox, self._cases, self._pages, self._files, self._clock = outbox, cases, pages, files, clock
        self._allowed = allowed or NO_EXCEPTIONS

    async def add_url(self, site_id: UUID, by: Person, claim_id: str, url: str, *, own: bool) -> AddedSource:
        """Have an address fetched; the answer says `fetching`. Raises Refused for what is no place on the web."""
        url = url.strip()
        if not url or len(url) > 2_000 or forbidden_url(url, self._allowed):
            raise Refused("INVALID_URL", "Give the address of a page on the web, with http or https.", field="url")
        async with self._outbox.transaction() as unit:
            case = await self._cases.open(unit, site_id, claim_id)
            _not_ours(case, url, "", own=own)
            added = self._added(case, by, "url", url, own, key=url)
            if await review_record.add_source(unit, added):
                await unit.enqueue(FETCH, added.source_id.encode(), dedupe_key=f"{FETCH} {added.source_id}")
                await self._written(unit, case, by, url, source=added.source_id)
        return await self._stored(added.source_id)

    async def add_upload(self, site_id: UUID, by: Person, claim_id: str, file: Upload, *, own: bool) -> AddedSource:
        """Read a file and keep its words. Raises Refused naming what is wrong with it."""
        kind = file.content_type.partition(";")[0].strip().lower()
        check_file(kind, file.content)
        about = described(file.title or file.file_name, file.publisher, file.url, file.published_at, self._clock.now())
        try:
            read = await self._files.read(file.content, url=about.url, content_type=kind, charset="utf-8")
        except FetchFailed as failure:
            raise Refused("UNREADABLE_FILE", f"The file cannot be read: {failure.detail}.", field="file") from failure
        if not read.text.strip():
            raise Refused("NO_WORDS", "The file holds no words.", field="file")
        titled = replace(about, title=file.title.strip() or read.title or about.title)
        return await self._keep(site_id, by, claim_id, "upload", titled, read.text, Origin.UPLOADED, own=own)

    async def add_typed(self, site_id: UUID, by: Person, claim_id: str, typed: Typed, *, own: bool) -> AddedSource:
        """Keep words typed from a source. Raises Refused naming the field."""
        if not typed.title.strip():
            raise Refused("TITLE_REQUIRED", "Say what the source is called.", field="title")
        about = described(typed.title, typed.publisher, typed.url, typed.published_at, self._clock.now())
        words = unicodedata.normalize("NFC", typed.words.replace("\r\n", "\n")).strip()
        if not words or len(words) > LONGEST_WORDS or "\x00" in words:
            raise Refused("WORDS_REQUIRED", f"Type 1 to {LONGEST_WORDS:,} characters of the source.", field="words")
        return await self._keep(site_id, by, claim_id, "typed", about, words, Origin.TYPED, own=own)

    async def fetch(self, payload: bytes, work: Work) -> None:
        """The job behind an address: one look, one transaction that keeps what it gave or why it gave nothing."""
        if await work.seen():
            return
        added = await review_record.source(work.db, payload.decode())
        if added is None or added.state != "fetching":
            return
        found, problem = await self._look(added)
        async with work.once() as tx:
            if found is not None:
                await evidence.save(tx, added.site_id, [found], at=work.clock.now())
            settled = await review_record.settle_source(
                tx, added.source_id, evidence_id=found.evidence_id if found else "", problem=problem
            )
            if settled and found is not None:
                await self._judged_anew(tx, added, found)
            if settled:
                said = {"act": "source_fetched", "at": work.clock.now().isoformat(), "site": added.site_id}
                came = {"claim": added.claim_id, "source": added.source_id}
                await audit.append(tx, {**said, **came, "evidence": found.evidence_id if found else ""})

    async def newest(self, site_id: UUID, before: tuple[datetime, str], size: int) -> list[AddedSource]:
        """What was put before any claim of the site, newest first."""
        return await review_record.newest_sources(self._outbox.db, site_id, before, size)

    async def of_claim(self, site_id: UUID, claim_id: str) -> list[AddedSource]:
        return await review_record.sources_of(self._outbox.db, claim_id, site_id)

    async def read(self, site_id: UUID, claim_id: str, evidence_id: str) -> tuple[Evidence, str, list[Sentence]]:
        """A snapshot that stands before a claim, why it may not be cited, and its sentences. Raises NotFound."""
        case = await self._cases.load(self._outbox.db, site_id, claim_id)
        found = case.evidence.get(evidence_id)
        if found is None:
            raise NotFound("evidence")
        return found, case.refused.get(evidence_id, ""), sentences(found.text)

    async def pick(self, site_id: UUID, by: Person, claim_id: str, quote: Quote) -> KeptQuote:
        """Keep a passage for the decision: word for word, from what may be evidence."""
        async with self._outbox.transaction() as unit:
            case = await self._cases.open(unit, site_id, claim_id)
            citation = citation_of(quote, case.shown.evidence.get(quote.evidence_id), field="exact")
            if len(citation.exact) > LONGEST_QUOTE:
                raise Refused("QUOTE_TOO_LONG", f"Quote at most {LONGEST_QUOTE:,} characters.", field="exact")
            if citation.evidence_id not in case.shown.admissible:
                raise Refused("INADMISSIBLE", "This text may not be used as evidence here.", field="evidence_id")
            place = f"{citation.evidence_id}:{citation.start}:{citation.end}"
            quote_id = str(derived_id("quote", claim_id, place, citation.stance.value))
            if await review_record.keep_quote(unit, claim_id, site_id, quote_id, citation, by, self._clock.now()):
                await self._written(unit, case, by, citation.exact[:200], act="pick", citation=place)
        return KeptQuote(quote_id, citation, by.name)

    async def drop(self, site_id: UUID, by: Person, claim_id: str, quote_id: str) -> None:
        """Forget a passage. Raises NotFound."""
        async with self._outbox.transaction() as unit:
            case = await self._cases.open(unit, site_id, claim_id)
            if await review_record.drop_quote(unit, claim_id, site_id, quote_id) is None:
                raise NotFound("quotation")
            await self._written(unit, case, by, "", act="drop", quote=quote_id)

    async def _judged_anew(self, tx: Unit, added: AddedSource, found: Evidence) -> None:
        """Ask for another check of the claim; and, where the page says something else than when checks read it last,
        of every claim that rests on the page."""
        page = Page(added.url, self._clock.now(), found)
        before = None if added.own_analysis else (await evidence.pages(tx, added.site_id, [added.url])).get(added.url)
        pages = frozenset({added.url}) if other_words(before, page) else frozenset()
        if pages:
            await evidence.save_pages(tx, added.site_id, [page])
        await rechecks.ask(tx, Change(added.site_id, pages=pages, claims=frozenset({added.claim_id})))

    async def _look(self, added: AddedSource) -> tuple[Evidence | None, str]:
        try:
            final, read = await self._pages.page(added.url)
        except FetchFailed as failure:
            return None, f"{failure.problem.value.replace('_', ' ')}: {failure.detail}"
        if not read.text.strip():
            return None, "the page holds no words"
        found = snapshot(added.site_id, final, read, self._clock.now())
        return (_as_analysis(found, added.site_id) if added.own_analysis else found), ""

    async def _keep(
        self, site_id: UUID, by: Person, claim_id: str, way: str, about: Typed, words: str, origin: Origin, *, own: bool
    ) -> AddedSource:
        async with self._outbox.transaction() as unit:
            case = await self._cases.open(unit, site_id, claim_id)
            _not_ours(case, about.url, about.publisher, own=own)
            found = self._evidence(str(site_id), about, words, origin)
            found = _as_analysis(found, str(site_id)) if own else found
            await evidence.save(unit, str(site_id), [found])
            added = self._added(case, by, way, about.url, own, key=found.evidence_id)
            if await review_record.add_source(unit, replace(added, state="ready", evidence_id=found.evidence_id)):
                await rechecks.ask(unit, Change(str(site_id), claims=frozenset({claim_id})))
                await self._written(
                    unit, case, by, found.title, source=added.source_id, evidence=found.evidence_id, sha256=found.sha256
                )
        return await self._stored(added.source_id)

    def _evidence(self, site_id: str, about: Typed, words: str, origin: Origin) -> Evidence:
        digest = hashlib.sha256(words.encode()).hexdigest()
        dated = about.published_at.isoformat() if about.published_at else ""
        said = (origin.value, about.url, about.title, about.publisher, dated)
        return Evidence(
            evidence_id=str(derived_id("evidence", site_id, *said, digest)),
            text=words,
            url=about.url,
            title=about.title,
            publisher=about.publisher,
            published_at=about.published_at,
            published_at_source="person" if about.published_at else "",
            fetched_at=self._clock.now(),
            sha256=digest,
            evidence_class=EvidenceClass.REAL_TIME_SOURCE,
            origin=origin,
        )

    def _added(self, case: OpenCase, by: Person, way: str, url: str, own: bool, *, key: str) -> AddedSource:
        source_id = str(derived_id("review_source", case.review.claim_id, way, key, str(own)))
        claim_id, site_id = case.review.claim_id, case.subject.sheet.site_id
        return AddedSource(source_id, claim_id, site_id, way, url, own, "fetching", by, self._clock.now())

    async def _written(
        self, unit: Unit, case: OpenCase, by: Person, note: str, *, act: str = "add_source", **more: str
    ) -> None:
        at = self._clock.now()
        await review_record.record(
            unit, case.review.claim_id, case.site_id, Act(act, by, at, note, review_version=case.review.version)
        )
        await audit.append(unit, entry(case, act, (by.person_id, ""), at.isoformat(), **more))

    async def _stored(self, source_id: str) -> AddedSource:
        found = await review_record.source(self._outbox.db, source_id)
        assert found is not None
        return found


def _not_ours(case: OpenCase, url: str, publisher: str, *, own: bool) -> None:
    """An article is never evidence for itself, and what the newsroom wrote is labelled as that."""
    article = case.subject.sheet.url
    if url and article and canonical_url(url) == canonical_url(article):
        raise Refused("THE_ARTICLE_ITSELF", "An article is no evidence for itself.", field="url")
    if own:
        return
    if url and under_domain(url, case.settings.own_domains):
        raise Refused("OUR_OWN_PAGE", "This is a page of ours: mark it as our own analysis.", field="url")
    if publisher and publisher.casefold() == case.settings.site_name.casefold():
        raise Refused("OUR_OWN_WORDS", "This is ours: mark it as our own analysis.", field="publisher")


def _as_analysis(found: Evidence, site_id: str) -> Evidence:
    """The same words as the newsroom's own analysis: citable and labelled, never the ground of a refutation."""
    return replace(
        found,
        evidence_id=str(derived_id("evidence", site_id, "analysis", found.evidence_id)),
        evidence_class=EvidenceClass.NEWSROOM_ANALYSIS,
        origin=Origin.ANALYSIS,
    )
