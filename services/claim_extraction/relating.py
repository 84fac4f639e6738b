"""Jobs that point claims to what is the same elsewhere: the oldest article that makes the claim, and its fact check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from services.claim_extraction import contract, known_store, store
from services.claim_extraction.known import Alike, KnownClaims
from services.claim_extraction.model import Claim, ClaimKind, ClaimLink, ClaimSheet, LinkKind
from shared.inbox import Work
from shared.outbox import Unit

RELATE = "relate"
LEARN = "learn"
LEARNED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where else a claim stands, and which articles' claims should point here instead."""

    claim_id: str
    earlier: Alike | None
    checked: Alike | None
    later: frozenset[str]


def elsewhere(claim: Claim, subject_id: str, own: tuple[datetime, str], alike: Sequence[Alike]) -> Elsewhere:
    """Decides for one claim. An article is older than another by its day, then by its claim's id; a fact check that came
    out of the claim's own article tells nothing new. Equal for every order in which the texts became known."""
    same = [each for each in alike if each.same and each.known.subject_id != subject_id]
    statements = [each for each in same if not each.known.fact_check]
    older = [each for each in statements if each.known.order < own]
    firsts = {own[1], *(each.known.known_id for each in older)}
    return Elsewhere(
        claim_id=claim.claim_id,
        earlier=min(older, key=lambda each: each.known.order, default=None),
        checked=next((each for each in same if each.known.fact_check), None),
        later=frozenset(
            each.known.subject_id for each in statements if own < each.known.order and each.known.earlier not in firsts
        ),
    )


def pointed_elsewhere(sheet: ClaimSheet, found: Sequence[Elsewhere]) -> ClaimSheet:
    """The sheet with its claims' links out of it as they were found."""
    links = {each.claim_id: _links(each) for each in found}
    claims = []
    for claim in sheet.claims:
        if claim.claim_id in links:
            kept = [link for link in claim.links if not link.leads_out]
            claim = replace(claim, links=tuple(sorted([*kept, *links[claim.claim_id]])))
        claims.append(claim)
    return replace(sheet, claims=tuple(claims))


def _links(found: Elsewhere) -> list[ClaimLink]:
    links = []
    if found.earlier is not None:
        known = found.earlier.known
        links.append(ClaimLink(LinkKind.SAME_AS, known.known_id, known.subject_id, "", found.earlier.similarity))
    if found.checked is not None:
        similarity = found.checked.similarity
        links.append(ClaimLink(LinkKind.SAME_AS, "", "", found.checked.known.known_id, similarity))
    return links


def _row(found: Elsewhere) -> tuple[str, str, str]:
    earlier, checked = found.earlier, found.checked
    return found.claim_id, earlier.known.known_id if earlier else "", checked.known.known_id if checked else ""


class Relating:
    """The jobs. Both may run twice, and beside each other: whoever comes last sees all that is known."""

    def __init__(self, known: KnownClaims) -> None:
        self._known = known

    async def relate(self, payload: bytes, work: Work) -> None:
        """Point the claims of an article to what is the same elsewhere, and leave it to others' jobs to point here."""
        subject_id = payload.decode()
        told = await store.told_sheet(work.db, subject_id)
        if told is None:
            return
        sheet, message, reading = told
        claims = [claim for claim in sheet.claims if claim.kind is ClaimKind.STATEMENT]
        about = contract.subject_of(message)
        dated = about.published_at or datetime.combine(reading.dated, time(), UTC)
        vectors = await self._known.vectors([claim.text for claim in claims])
        rows = [(claim.claim_id, claim.text, vector) for claim, vector in zip(claims, vectors, strict=True)]
        await known_store.save_claims(work.db, rows, about, dated=dated, model=self._known.model)
        await self._known.catch_up()
        alike = await self._known.like(sheet.site_id, [claim.text for claim in claims])
        found = [
            elsewhere(claim, subject_id, (dated, claim.claim_id), near)
            for claim, near in zip(claims, alike, strict=True)
        ]
        await self._tell(subject_id, sheet.site_id, found, work)

    async def learn(self, _payload: bytes, work: Work) -> None:
        """Read the fact checks that came, and leave it to jobs to point the claims that are the same to them."""
        items = await known_store.waiting(work.db, LEARNED_AT_ONCE)
        await self._known.read(items)
        await self._known.catch_up()
        touched = set(await known_store.pointing_at(work.db, [each.known_id for each in items]))
        for item in items:
            (alike,) = await self._known.like(item.site_id, [item.text])
            touched |= {each.known.subject_id for each in alike if each.same and not each.known.fact_check}
        async with work.once() as tx:
            await known_store.learned(tx, items)
            await _leave(tx, touched)
            if len(items) == LEARNED_AT_ONCE:
                await tx.enqueue(LEARN, b"", dedupe_key=LEARN)

    async def _tell(self, subject_id: str, site_id: str, found: Sequence[Elsewhere], work: Work) -> None:
        async with work.once() as tx:
            held = await store.held(tx, subject_id, site_id)
            await _leave(tx, {each for one in found for each in one.later})
            pointed = pointed_elsewhere(held.sheet, found)
            if pointed == held.sheet or held.told is None:
                return
            about = contract.subject_of(held.told)
            sheet = replace(pointed, version=held.sheet.version.next(work.epoch))
            event = contract.claim_sheet(sheet, about)
            await store.save(tx, sheet, about, held.reading, event.message.SerializeToString(deterministic=True))
            await known_store.save_links(tx, [_row(each) for each in found])
            tx.emit(event)


async def _leave(tx: Unit, subject_ids: set[str]) -> None:
    for subject_id in sorted(subject_ids):
        await tx.enqueue(RELATE, subject_id.encode(), dedupe_key=f"{RELATE}/{subject_id}")
