"""Claims in partners' words."""

from __future__ import annotations

from collections.abc import Sequence

from plumbline.partner.v1 import claim_service_pb2 as pb

from services.claim_extraction.asked import offset_of
from services.claim_extraction.known import Alike
from services.claim_extraction.model import Anchor, Claim, ClaimLink, ClaimState, FoundClaim


def partner_claim(claim: Claim, subject_id: str, known: Sequence[Alike] = ()) -> pb.Claim:
    """A claim of a subject the partner sent in."""
    wire = _claim(claim)
    wire.name = claim_name(subject_id, claim.claim_id)
    wire.state = claim.state.value
    wire.links.extend(_link(each, claim_name(subject_id, each.claim_id)) for each in claim.links if not each.leads_out)
    wire.known.extend(_known(each) for each in known)
    return wire


def passing_claim(claim: FoundClaim, places: dict[str, int]) -> pb.Claim:
    """A claim that was found and is not kept; links name places in the stream."""
    wire = _claim(claim)
    wire.state = ClaimState.ACTIVE.value
    wire.links.extend(_link(each, str(places[each.claim_id])) for each in claim.links if each.claim_id in places)
    return wire


def claim_name(subject_id: str, claim_id: str) -> str:
    return f"subjects/{subject_id}/claims/{claim_id}"


def _claim(claim: Claim | FoundClaim) -> pb.Claim:
    said, worth = claim.attribution, claim.check_worthiness
    return pb.Claim(
        text=claim.text,
        text_hash=claim.text_hash,
        kind=claim.kind.value,
        spans=[_span(each) for each in claim.anchors],
        source_kind=said.kind.value,
        source_name=said.source_name,
        source=_span(said.source) if said.source else None,
        cue=_span(said.cue) if said.cue else None,
        verbatim=said.verbatim,
        denied=said.denied,
        quantities=[
            pb.Quantity(
                start=each.start,
                end=each.end,
                exact=each.exact,
                value=each.value,
                upper=each.upper,
                comparator=each.comparator,
                dimension=each.dimension,
                unit=each.unit,
                measure=each.measure,
                change=each.change,
            )
            for each in claim.quantities
        ],
        dates=[
            pb.DateMention(start=each.start, end=each.end, exact=each.exact, value=each.value, relative=each.relative)
            for each in claim.dates
        ],
        check_worthiness=worth.score if worth else None,
        reasons=worth.reasons if worth else (),
    )


def _span(anchor: Anchor) -> pb.Span:
    start = offset_of(anchor.block_id)
    return pb.Span(start=start + anchor.start, end=start + anchor.end, exact=anchor.exact)


def _link(link: ClaimLink, claim: str) -> pb.ClaimLink:
    return pb.ClaimLink(kind=link.kind.value, claim=claim)


def _known(alike: Alike) -> pb.KnownClaim:
    known = alike.known
    return pb.KnownClaim(
        text=known.text,
        similarity=alike.similarity,
        same=alike.same,
        fact_check=f"factChecks/{known.known_id}" if known.fact_check else "",
        article=f"articles/{known.subject_id}" if known.subject_id else "",
        url=known.url,
        publisher=known.publisher,
        rating_label=known.rating_label,
    )
