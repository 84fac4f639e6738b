"""The staff contract's claims of an article, to and from the desk's own words."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from plumbline.staff.v1 import claim_desk_service_pb2 as pb

from services.console.model.claims import ArticleClaims, ClaimLine, HandAct, Place, Sentence, runs_of


def article_claims_of(wire: pb.ArticleClaims) -> ArticleClaims:
    texts = {claim.claim_id: claim.text for claim in wire.claims}
    standing = [_place(each) for claim in wire.claims if claim.state == "active" for each in claim.anchors]
    places = [
        (block.text, Place(block.block_id, each.start, each.end)) for block in wire.blocks for each in block.sentences
    ]
    return ArticleClaims(
        article_id=wire.article_id,
        title=wire.title,
        version=wire.version,
        note=wire.note,
        sentences=tuple(Sentence(place, runs_of(text, place, standing)) for text, place in places),
        claims=tuple(_claim(each, texts) for each in wire.claims),
        acts=tuple(_act(each, texts) for each in wire.acts),
    )


def words_at(place: Place, exact: str = "") -> pb.ChosenWords:
    """Words by their place."""
    return pb.ChosenWords(block_id=place.block_id, start=place.start, end=place.end, exact=exact)


def _claim(wire: pb.DeskClaim, texts: dict[str, str]) -> ClaimLine:
    return ClaimLine(
        claim_id=wire.claim_id,
        text=wire.text,
        kind=wire.kind,
        state=wire.state,
        state_reason=wire.state_reason,
        origin=wire.origin,
        source_name=wire.source_name,
        dismissed_because=wire.dismissed_because,
        dismissed_by=wire.dismissed_by,
        first=_place(wire.anchors[0]) if wire.anchors else None,
        links=tuple((each.kind, texts[each.claim_id]) for each in wire.links if each.claim_id in texts),
    )


def _act(wire: pb.ClaimAct, texts: dict[str, str]) -> HandAct:
    at = wire.at.ToDatetime(tzinfo=UTC) if wire.HasField("at") else None
    return HandAct(wire.act, wire.person, texts.get(wire.claim_id, ""), "" if wire.act == "add" else wire.note, at)


def _place(anchor: Any) -> Place:
    return Place(anchor.block_id, anchor.start, anchor.end)
