"""What people do to claims. Every decision is a new sheet; what a person decided, no later extraction undoes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.claim_extraction.model.anchoring import reanchor
from services.claim_extraction.model.claim import (
    Block,
    Claim,
    ClaimLink,
    ClaimOrigin,
    ClaimSheet,
    ClaimState,
    FoundClaim,
    LinkKind,
)
from shared.errors import Conflict, NotFound, Refused


def add_claim(
    sheet: ClaimSheet, found: FoundClaim, *, claim_id: str, origin: ClaimOrigin = ClaimOrigin.STAFF
) -> ClaimSheet:
    """A claim made from words somebody selected. Raises Conflict when the sheet already has these words."""
    twin = next((claim for claim in sheet.claims if claim.key == found.key), None)
    if twin is not None:
        raise Conflict(f"These words are already a claim ({twin.state}).", field="exact")
    return replace(sheet, claims=(*sheet.claims, made(found, claim_id, origin)))


def dismiss_claim(sheet: ClaimSheet, claim_id: str, *, because: str, by: str) -> ClaimSheet:
    """The claim leaves the panel and stays away, whoever finds it again. Raises Refused without a reason, Conflict when
    it was dismissed before."""
    if not because.strip():
        raise Refused("REASON_MISSING", "Say why this is not a claim.", field="reason")
    claim = _claim(sheet, claim_id)
    if claim.dismissed_because:
        raise Conflict("This claim was put aside already.", field="claim_id")
    state = ClaimState.DISMISSED if claim.state is not ClaimState.WITHDRAWN else claim.state
    return _with(sheet, replace(claim, state=state, state_reason=because, dismissed_because=because, dismissed_by=by))


def restore_claim(sheet: ClaimSheet, claim_id: str, *, blocks: Sequence[Block]) -> ClaimSheet:
    """Takes a dismissal or a merge back. The claim is active where its words still stand, else orphaned. Raises Conflict
    when it was not dismissed."""
    claim = _claim(sheet, claim_id)
    if not claim.dismissed_because:
        raise Conflict("This claim was not dismissed.", field="claim_id")
    links = tuple(link for link in claim.links if link.kind is not LinkKind.SAME_AS or link.leads_out)
    freed = replace(claim, dismissed_because="", dismissed_by="", state_reason="", links=links)
    if claim.state is ClaimState.WITHDRAWN:
        return _with(sheet, freed)
    places = tuple(found for each in claim.anchors if (found := reanchor(each, blocks).anchor) is not None)
    if len(places) < len(claim.anchors):
        gone = replace(freed, state=ClaimState.ORPHANED, state_reason="its words are gone from the text")
        return _with(sheet, gone)
    return _with(sheet, replace(freed, state=ClaimState.ACTIVE, anchors=places))


def split_claim(sheet: ClaimSheet, claim_id: str, parts: Sequence[tuple[str, FoundClaim]]) -> ClaimSheet:
    """Statements a person cut out of a claim, each (new id, words), linked to the whole, which stays.

    Raises Refused when there are fewer than two parts or a part stands outside the claim's words, Conflict when the
    claim does not stand in the text or a part is a claim already.
    """
    whole = _claim(sheet, claim_id)
    if not whole.shown:
        raise Conflict(f"This claim is {whole.state}; only an active one is split.", field="claim_id")
    if len(parts) < 2:
        raise Refused("TOO_FEW_PARTS", "A claim is split into two parts at least.", field="parts")
    for _, found in parts:
        if not _inside(whole, found):
            raise Refused("OUTSIDE", f"“{found.text[:60]}” does not stand inside the claim.", field="parts")
    for part_id, found in parts:
        sheet = add_claim(sheet, replace(found, links=(), attribution=whole.attribution), claim_id=part_id)
        made = _claim(sheet, part_id)
        sheet = _with(sheet, replace(made, links=(ClaimLink(LinkKind.PART_OF, claim_id),)))
    return sheet


def merge_claims(sheet: ClaimSheet, claim_id: str, into: str, *, by: str) -> ClaimSheet:
    """Two claims are one: the first is put aside and points to the one that stays. Raises Refused for a claim and itself."""
    if claim_id == into:
        raise Refused("SAME_CLAIM", "A claim cannot be merged into itself.", field="into")
    kept = _claim(sheet, into)
    if kept.state is not ClaimState.ACTIVE:
        raise Conflict("The claim to keep is not active.", field="into")
    sheet = dismiss_claim(sheet, claim_id, because="the same as another claim", by=by)
    merged = _claim(sheet, claim_id)
    links = tuple(sorted({*merged.links, ClaimLink(LinkKind.SAME_AS, into)}))
    return _with(sheet, replace(merged, links=links))


def made(found: FoundClaim, claim_id: str, origin: ClaimOrigin) -> Claim:
    """A new claim on found words. Links of the finding name identity keys and stay behind."""
    return Claim(
        claim_id=claim_id,
        text=found.text,
        text_hash=found.text_hash,
        kind=found.kind,
        state=ClaimState.ACTIVE,
        origin=origin,
        anchors=found.anchors,
        attribution=found.attribution,
        quantities=found.quantities,
        dates=found.dates,
        check_worthiness=found.check_worthiness,
    )


def _claim(sheet: ClaimSheet, claim_id: str) -> Claim:
    claim = sheet.claim(claim_id)
    if claim is None:
        raise NotFound("claim")
    return claim


def _with(sheet: ClaimSheet, changed: Claim) -> ClaimSheet:
    claims = tuple(changed if each.claim_id == changed.claim_id else each for each in sheet.claims)
    return replace(sheet, claims=claims)


def _inside(whole: Claim, part: FoundClaim) -> bool:
    return all(
        any(
            each.block_id == place.block_id and each.start <= place.start and place.end <= each.end
            for each in whole.anchors
        )
        for place in part.anchors
    )
