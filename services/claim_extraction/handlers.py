"""What claim extraction does when it hears something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime

from services.claim_extraction import contract, known_store, store
from services.claim_extraction.contract import Article, CheckRequest, FactCheck, Tip
from services.claim_extraction.model import (
    Block,
    ClaimKind,
    ClaimOrigin,
    ClaimSheet,
    Findings,
    FoundClaim,
    Reading,
    Subject,
    made,
    settle_claims,
    with_proposals,
    withdraw_claims,
    without_proposals,
)
from services.claim_extraction.pointing import pointed
from services.claim_extraction.relating import LEARN, RELATE, SOON
from shared.errors import Poison
from shared.events import NEVER
from shared.ids import derived_id
from shared.inbox import EventWork
from shared.outbox import Unit

Extract = Callable[[Article, datetime], Awaitable[Findings]]
"""The claims of an article; relative dates count from its publication, else from the moment given."""

Judge = Callable[[Block, datetime, str, str], Awaitable[Findings]]
"""The claim a whole block is: (block, moment its dates count from, language stated, who is said to have said it)."""


async def on_article(extract: Extract, article: Article, work: EventWork) -> None:
    """Bring the claims of an article or a draft up to its new version: unchanged words keep their claims, changed words make them stale."""
    if await work.seen():
        return
    heard_at = work.envelope.time
    found = Findings() if article.withdrawn else await extract(article, heard_at)
    first = store.asking(article.article_id)
    async with work.once(first) as tx:
        held = store.held_in(first, article.article_id, article.site_id)
        if article.version <= held.sheet.article_version:
            return
        dated = article.dated(heard_at).date()
        reading = Reading(() if article.withdrawn else article.blocks, dated)
        settled = _settled(without_proposals(held.sheet), found, article)
        proposals = _proposals(article.article_id, reading, held.wanted)
        settled = with_proposals(settled, proposals, before=held.sheet, blocks=reading.blocks)
        await tell(tx, work.epoch, settled, held.sheet, article.subject, reading)


async def on_tip(tip: Tip, work: EventWork) -> None:
    """Take up words a reader points at as a claim of the article, once both are here; let go of them when they are
    taken back. What somebody found or dismissed already stays as it is."""
    async with work.once() as tx:
        if not await store.save_tip(tx, tip):
            return
        held = await store.held(tx, tip.article_id, tip.site_id)
        if held.sheet.site_id != tip.site_id:
            raise Poison("the article belongs to another site")
        if held.told is None:  # its row stands from now on, so that an article read meanwhile is read again
            waiting = replace(held.sheet, version=held.sheet.version.next(work.epoch))
            await store.save(tx, waiting, Subject(tip.article_id, tip.site_id), held.reading, None)
            return
        proposals = _proposals(tip.article_id, held.reading, held.wanted)
        rest, blocks = without_proposals(held.sheet), held.reading.blocks
        settled = with_proposals(rest, proposals, before=held.sheet, blocks=blocks)
        if settled.claims == held.sheet.claims:
            return
        await tell(tx, work.epoch, settled, held.sheet, contract.subject_of(held.told), held.reading)


async def on_check_request(judge: Judge, request: CheckRequest, work: EventWork) -> None:
    """Make a subject of the claim a reader sent in; nobody sees it but reviewers."""
    if await work.seen():
        return
    about, block = request.subject, Block("p0", request.text)
    found = await judge(block, request.requested_at, request.language, request.claimant)
    first = store.asking(about.subject_id)
    async with work.once(first) as tx:
        held = store.held_in(first, about.subject_id, about.site_id)
        if held.sheet.version != NEVER:
            return
        sheet = sent_in(held.sheet, found, ClaimOrigin.READER)
        reading = Reading((block,), request.requested_at.date())
        await tell(tx, work.epoch, replace(sheet, article_version=request.version), held.sheet, about, reading)


async def on_fact_check(fact_check: FactCheck, work: EventWork) -> None:
    """Keep a reviewed claim, and leave it to a job to find the claims that are the same."""
    async with work.once() as tx:
        if await known_store.save_fact_check(tx, fact_check):
            await tx.enqueue(LEARN, b"", dedupe_key=LEARN)


def sent_in(sheet: ClaimSheet, found: Findings, origin: ClaimOrigin) -> ClaimSheet:
    """The one claim of a subject that is a claim."""
    (claim,) = found.claims
    claim_id = str(derived_id("claim", sheet.subject_id, claim.key))
    return replace(sheet, claims=(made(claim, claim_id, origin),), language=found.language, note=found.note)


def _settled(known: ClaimSheet, found: Findings, article: Article) -> ClaimSheet:
    if article.withdrawn:
        return withdraw_claims(known, article_version=article.version)
    return settle_claims(
        known,
        found,
        article_version=article.version,
        blocks=article.blocks,
        new_id=lambda key: str(derived_id("claim", article.article_id, key)),
    )


async def tell(
    tx: Unit, epoch: int, settled: ClaimSheet, before: ClaimSheet, about: Subject, reading: Reading
) -> ClaimSheet:
    """Store the sheet at its next version, which is returned, and tell it; new statements of an article are compared with
    others' soon."""
    sheet = replace(settled, version=before.version.next(epoch))
    event = contract.claim_sheet(sheet, about)
    told = event.message.SerializeToString(deterministic=True)
    new = about.public and bool(_statements(settled) - _statements(before))
    store.save_at_end(tx, sheet, about, reading, told, to_relate=new)
    tx.emit(event)
    if new:
        await tx.enqueue(RELATE, b"", dedupe_key=RELATE, delay=SOON)
    return sheet


def _proposals(article_id: str, reading: Reading, wanted: tuple[str, ...]) -> Iterator[tuple[str, FoundClaim]]:
    for found in pointed(reading, wanted):
        yield str(derived_id("claim", article_id, found.key)), found


def _statements(sheet: ClaimSheet) -> set[str]:
    return {claim.claim_id for claim in sheet.claims if claim.kind is ClaimKind.STATEMENT}
