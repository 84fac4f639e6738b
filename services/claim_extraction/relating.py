"""Jobs that point claims to what is the same elsewhere: the oldest article that makes the claim, and its fact check."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from services.claim_extraction import contract, known_store, store
from services.claim_extraction.known import Alike, KnownClaims
from services.claim_extraction.model import ClaimKind, ClaimLink, ClaimSheet, LinkKind
from shared.inbox import Work
from shared.outbox import Unit

RELATE = "relate"
LEARN = "learn"
LEARNED_AT_ONCE = RELATED_AT_ONCE = 64
SOON = timedelta(seconds=2)
"""What comes together within this time is compared together, so that a burst of articles is not told anew one by one."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where else a claim stands, and which articles' claims should point here instead."""

    claim_id: str
    earlier: Alike | None
    checked: Alike | None
    later: frozenset[str]


def elsewhere(stated: known_store.Stated, alike: Sequence[Alike]) -> Elsewhere:
    """Decides for one claim. An article is older than another by its day, then by its claim's id; a fact check that came
    out of the claim's own article tells nothing new. Equal for every order in which the texts became known."""
    own = stated.dated, stated.claim_id
    same = [each for each in alike if each.same and each.known.subject_id != stated.subject_id]
    statements = [each for each in same if not each.known.fact_check]
    older = [each for each in statements if each.known.order < own]
    firsts = {own[1], *(each.known.known_id for each in older)}
    return Elsewhere(
        claim_id=stated.claim_id,
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

    async def relate(self, _payload: bytes, work: Work) -> None:
        """Point the claims of articles to what is the same elsewhere, and leave it to the next job to point here."""
        waiting = await store.to_relate(work.db, RELATED_AT_ONCE)
        stated = [_stated(held) for held in waiting]
        every = [each for of_one in stated for each in of_one]
        vectors = await self._known.vectors([each.text for each in every])
        await known_store.save_claims(work.db, every, vectors, model=self._known.model)
        await self._known.catch_up()
        found = [await self._found(of_one) for of_one in stated]
        async with work.once() as tx:
            pairs = zip(waiting, found, strict=True)
            sheets = [await _pointed(tx, held.sheet, elsewhere_of, work) for held, elsewhere_of in pairs]
            await known_store.save_links(tx, [_row(each) for of_one in found for each in of_one])
            await store.related(tx, sheets)
            # What was compared beside it has seen it already.
            later = {each for of_one in found for one in of_one for each in one.later}
            later -= {held.sheet.subject_id for held in waiting}
            await _leave(tx, later, more=len(waiting) == RELATED_AT_ONCE)

    async def _found(self, stated: Sequence[known_store.Stated]) -> list[Elsewhere]:
        if not stated:
            return []
        alike = await self._known.like(str(stated[0].site_id), [each.text for each in stated])
        return [elsewhere(each, near) for each, near in zip(stated, alike, strict=True)]

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


def _stated(held: store.Held) -> list[known_store.Stated]:
    assert held.told is not None
    about = contract.subject_of(held.told)
    dated = about.published_at or datetime.combine(held.reading.dated, time(), UTC)
    claims = [claim for claim in held.sheet.claims if claim.kind is ClaimKind.STATEMENT]
    return [
        known_store.Stated(each.claim_id, UUID(about.site_id), each.text, about.subject_id, dated, about.url)
        for each in claims
    ]


async def _pointed(tx: Unit, seen: ClaimSheet, found: Sequence[Elsewhere], work: Work) -> ClaimSheet:
    """The sheet, told anew where its links change; one that moved on since it was `seen` waits for the next job."""
    if pointed_elsewhere(seen, found) == seen:
        return seen
    held = await store.held(tx, seen.subject_id, seen.site_id)
    if held.told is None or held.sheet.version != seen.version:
        return seen
    about = contract.subject_of(held.told)
    sheet = replace(pointed_elsewhere(held.sheet, found), version=held.sheet.version.next(work.epoch))
    event = contract.claim_sheet(sheet, about)
    await store.save(tx, sheet, about, held.reading, event.message.SerializeToString(deterministic=True))
    tx.emit(event)
    return sheet


async def _leave(tx: Unit, subject_ids: Collection[str], *, more: bool = False) -> None:
    """Leave these subjects, and whatever else waits, to the next job."""
    if subject_ids:
        await store.relate(tx, sorted(subject_ids))
    if subject_ids or more:
        await tx.enqueue(RELATE, b"", dedupe_key=RELATE, delay=None if more else SOON)
