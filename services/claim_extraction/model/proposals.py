"""Claims that readers point at in an article: proposals that stand exactly as long as their words do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.claim_extraction.model.claim import Block, Claim, ClaimLink, ClaimOrigin, ClaimSheet, FoundClaim
from services.claim_extraction.model.hands import made
from services.claim_extraction.model.settling import in_reading_order

POINTED_AT = "a reader pointed at these words"


def without_proposals(sheet: ClaimSheet) -> ClaimSheet:
    """The sheet as it is without what readers pointed at. What people dismissed stays: it was decided about."""
    kept = tuple(claim for claim in sheet.claims if not _proposed(claim))
    return sheet if len(kept) == len(sheet.claims) else replace(sheet, claims=kept)


def with_proposals(
    sheet: ClaimSheet, pointed: Iterable[tuple[str, FoundClaim]], *, before: ClaimSheet, blocks: Sequence[Block]
) -> ClaimSheet:
    """Adds a claim for each (id, words) pointed at that the sheet has not got: a claim somebody else found, or dismissed,
    is left as it is. The same words pointed at twice are one claim. Links out of the sheet that a claim had before stay.
    """
    proposed = list(pointed)
    held = {claim.key for claim in sheet.claims} if proposed else set()
    added: list[Claim] = []
    for claim_id, found in proposed:
        if found.key not in held:
            held.add(found.key)
            added.append(replace(made(found, claim_id, ClaimOrigin.READER), state_reason=POINTED_AT))
    out = {
        claim.claim_id: links for claim in before.claims if (links := [each for each in claim.links if each.leads_out])
    }
    if not (added or out):
        return sheet
    claims = [_linked(claim, out.get(claim.claim_id, ())) for claim in (*sheet.claims, *added)]
    return replace(sheet, claims=in_reading_order(claims, blocks) if added else tuple(claims))


def _linked(claim: Claim, out: Sequence[ClaimLink]) -> Claim:
    return replace(claim, links=tuple(sorted({*claim.links, *out}))) if out else claim


def _proposed(claim: Claim) -> bool:
    return claim.origin is ClaimOrigin.READER and not claim.dismissed_because
