"""Claims in the words of the contract."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from plumbline.events.v1 import claim_pb2, common_pb2

from services.claim_extraction.model import (
    Anchor,
    Attribution,
    Claim,
    ClaimKind,
    ClaimLink,
    ClaimOrigin,
    ClaimState,
    DateMention,
    LinkKind,
    Quantity,
    SourceKind,
)
from shared.events import Version

_STATES = {
    ClaimState.ACTIVE: claim_pb2.CLAIM_STATE_ACTIVE,
    ClaimState.STALE: claim_pb2.CLAIM_STATE_STALE,
    ClaimState.ORPHANED: claim_pb2.CLAIM_STATE_ORPHANED,
    ClaimState.WITHDRAWN: claim_pb2.CLAIM_STATE_WITHDRAWN,
    ClaimState.DISMISSED: claim_pb2.CLAIM_STATE_DISMISSED,
}
_ORIGINS = {
    ClaimOrigin.MODEL: claim_pb2.CLAIM_ORIGIN_MODEL,
    ClaimOrigin.STAFF: claim_pb2.CLAIM_ORIGIN_STAFF,
    ClaimOrigin.READER: claim_pb2.CLAIM_ORIGIN_READER,
    ClaimOrigin.PARTNER: claim_pb2.CLAIM_ORIGIN_PARTNER,
}
_KINDS = {
    ClaimKind.STATEMENT: claim_pb2.CLAIM_KIND_STATEMENT,
    ClaimKind.REPORT: claim_pb2.CLAIM_KIND_REPORT,
}
_SOURCES = {
    SourceKind.AUTHOR: claim_pb2.SOURCE_KIND_AUTHOR,
    SourceKind.NAMED: claim_pb2.SOURCE_KIND_NAMED,
    SourceKind.GROUP: claim_pb2.SOURCE_KIND_GROUP,
    SourceKind.DOCUMENT: claim_pb2.SOURCE_KIND_DOCUMENT,
    SourceKind.ANONYMOUS: claim_pb2.SOURCE_KIND_ANONYMOUS,
}
_LINKS = {
    LinkKind.REPORTS: claim_pb2.CLAIM_LINK_KIND_REPORTS,
    LinkKind.REPORTED_BY: claim_pb2.CLAIM_LINK_KIND_REPORTED_BY,
    LinkKind.PART_OF: claim_pb2.CLAIM_LINK_KIND_PART_OF,
    LinkKind.SAME_AS: claim_pb2.CLAIM_LINK_KIND_SAME_AS,
}


def wire_version(version: Version) -> common_pb2.Version:
    return common_pb2.Version(epoch=version.epoch, counter=version.counter)


def wire_claim(claim: Claim) -> claim_pb2.Claim:
    """A claim as a sheet carries it."""
    wire = claim_pb2.Claim(
        claim_id=claim.claim_id,
        text=claim.text,
        text_hash=claim.text_hash,
        kind=_KINDS[claim.kind],
        state=_STATES[claim.state],
        state_reason=claim.state_reason,
        origin=_ORIGINS[claim.origin],
        successor=claim.successor,
    )
    _place(wire.anchors, claim.anchors)
    _attribute(wire.attribution, claim.attribution)
    if claim.quantities:
        wire.quantities.extend(map(_quantity, claim.quantities))
    if claim.dates:
        wire.dates.extend(map(_date, claim.dates))
    if claim.links:
        wire.links.extend(map(_link, claim.links))
    if claim.check_worthiness is not None:
        worth, wire_worth = claim.check_worthiness, wire.check_worthiness
        wire_worth.score, wire_worth.model_sha256 = worth.score, worth.model_sha256
        wire_worth.reasons.extend(worth.reasons)
    return wire


def _link(link: ClaimLink) -> claim_pb2.ClaimLink:
    return claim_pb2.ClaimLink(
        kind=_LINKS[link.kind],
        claim_id=link.claim_id,
        subject_id=link.subject_id,
        fact_check_id=link.fact_check_id,
        similarity=link.similarity,
    )


def _place(wire: RepeatedCompositeFieldContainer[common_pb2.Anchor], anchors: Iterable[Anchor]) -> None:
    """Anchors made where they belong: one made elsewhere would be copied."""
    for anchor in anchors:
        wire.add(
            block_id=anchor.block_id,
            start=anchor.start,
            end=anchor.end,
            exact=anchor.exact,
            prefix=anchor.prefix,
            suffix=anchor.suffix,
            text_sha256=anchor.text_sha256,
        )


def _anchor(anchor: Anchor) -> common_pb2.Anchor:
    return common_pb2.Anchor(
        block_id=anchor.block_id,
        start=anchor.start,
        end=anchor.end,
        exact=anchor.exact,
        prefix=anchor.prefix,
        suffix=anchor.suffix,
        text_sha256=anchor.text_sha256,
    )


def _attribute(wire: claim_pb2.Attribution, attribution: Attribution) -> None:
    wire.source_kind = _SOURCES[attribution.kind]
    if attribution.source_name:
        wire.source_name = attribution.source_name
    if attribution.source:
        wire.source.CopyFrom(_anchor(attribution.source))
    if attribution.cue:
        wire.cue.CopyFrom(_anchor(attribution.cue))
    _place(wire.contents, attribution.contents)
    if attribution.verbatim or attribution.denied:
        wire.verbatim, wire.denied = attribution.verbatim, attribution.denied


def _quantity(quantity: Quantity) -> claim_pb2.Quantity:
    return claim_pb2.Quantity(
        start=quantity.start,
        end=quantity.end,
        exact=quantity.exact,
        value=quantity.value,
        upper=quantity.upper,
        comparator=quantity.comparator,
        dimension=quantity.dimension,
        unit=quantity.unit,
        measure=quantity.measure,
        change=quantity.change,
    )


def _date(mention: DateMention) -> claim_pb2.DateMention:
    return claim_pb2.DateMention(
        start=mention.start, end=mention.end, exact=mention.exact, value=mention.value, relative=mention.relative
    )
