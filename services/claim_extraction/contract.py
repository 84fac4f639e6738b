"""What claim extraction hears and says.

| hears                  | type              | what it means                                          |
|------------------------|-------------------|--------------------------------------------------------|
| `plumbline.article.v1` | Article           | a subject has a new text, or is withdrawn              |

| says                   | type              | when                                                   |
|------------------------|-------------------|--------------------------------------------------------|
| `plumbline.claim.v1`   | ClaimSheet        | the claims of a subject changed, or its text did       |

Both are keyed by article id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from plumbline.events.v1 import article_pb2, claim_pb2, common_pb2

from services.claim_extraction.model import (
    Anchor,
    Attribution,
    Block,
    Claim,
    ClaimKind,
    ClaimOrigin,
    ClaimSheet,
    ClaimState,
    DateMention,
    LinkKind,
    Quantity,
    SourceKind,
)
from shared.events import Outgoing, Version, version_of

ARTICLE_TOPIC = "plumbline.article.v1"
CLAIM_TOPIC = "plumbline.claim.v1"
SAYS = ((CLAIM_TOPIC, claim_pb2.ClaimSheet.DESCRIPTOR.full_name),)


@dataclass(frozen=True, slots=True)
class Article:
    """An article as far as its claims are concerned. `published_at` is aware UTC, or None when the CMS did not say."""

    article_id: str
    site_id: str
    version: Version
    withdrawn: bool
    blocks: tuple[Block, ...]
    language: str
    published_at: datetime | None
    url: str
    links: tuple[str, ...]
    title: str = ""


def article(wire: article_pb2.Article) -> Article:
    """Raises ValueError when an id is not a UUID or the status is unknown."""
    if wire.status not in (article_pb2.ARTICLE_STATUS_PUBLISHED, article_pb2.ARTICLE_STATUS_WITHDRAWN):
        raise ValueError("status is neither published nor withdrawn")
    published = wire.published_at.ToDatetime(tzinfo=UTC) if wire.HasField("published_at") else None
    return Article(
        article_id=str(UUID(wire.article_id)),
        site_id=str(UUID(wire.site_id)),
        version=version_of(wire.version),
        withdrawn=wire.status == article_pb2.ARTICLE_STATUS_WITHDRAWN,
        blocks=tuple(Block(block.block_id, block.text) for block in wire.blocks),
        language=wire.language,
        published_at=published,
        url=wire.url,
        links=tuple(wire.links),
        title=wire.title,
    )


def claim_sheet(sheet: ClaimSheet, about: Article) -> Outgoing:
    """The event that tells the sheet of an article."""
    message = claim_pb2.ClaimSheet(
        subject_id=sheet.subject_id,
        site_id=sheet.site_id,
        article_id=about.article_id,
        version=_version(sheet.version),
        article_version=_version(sheet.article_version),
        kind=claim_pb2.SUBJECT_KIND_ARTICLE,
        visibility=claim_pb2.VISIBILITY_PUBLIC,
        language=sheet.language,
        note=sheet.note,
        claims=[_claim(each) for each in sheet.claims],
        url=about.url,
        links=about.links,
        title=about.title,
    )
    if about.published_at is not None:
        message.published_at.FromDatetime(about.published_at)
    return Outgoing(
        topic=CLAIM_TOPIC,
        key=about.article_id,
        subject=sheet.subject_id,
        site_id=UUID(sheet.site_id),
        version=sheet.version,
        message=message,
    )


def told_again(message: claim_pb2.ClaimSheet, version: Version) -> Outgoing:
    """The event that tells a sheet once more, at this version."""
    message.version.CopyFrom(_version(version))
    key = message.article_id or message.subject_id
    return Outgoing(CLAIM_TOPIC, key, message.subject_id, UUID(message.site_id), version, message)


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


def _version(version: Version) -> common_pb2.Version:
    return common_pb2.Version(epoch=version.epoch, counter=version.counter)


def _claim(claim: Claim) -> claim_pb2.Claim:
    wire = claim_pb2.Claim(
        claim_id=claim.claim_id,
        text=claim.text,
        text_hash=claim.text_hash,
        kind=_KINDS[claim.kind],
        state=_STATES[claim.state],
        state_reason=claim.state_reason,
        origin=_ORIGINS[claim.origin],
        anchors=[_anchor(each) for each in claim.anchors],
        attribution=_attribution(claim.attribution),
        quantities=[_quantity(each) for each in claim.quantities],
        dates=[_date(each) for each in claim.dates],
        links=[claim_pb2.ClaimLink(kind=_LINKS[each.kind], claim_id=each.claim_id) for each in claim.links],
        successor=claim.successor,
    )
    if claim.check_worthiness is not None:
        worth = claim.check_worthiness
        wire.check_worthiness.CopyFrom(
            claim_pb2.CheckWorthiness(score=worth.score, reasons=worth.reasons, model_sha256=worth.model_sha256)
        )
    return wire


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


def _attribution(attribution: Attribution) -> claim_pb2.Attribution:
    return claim_pb2.Attribution(
        source_kind=_SOURCES[attribution.kind],
        source_name=attribution.source_name,
        source=_anchor(attribution.source) if attribution.source else None,
        cue=_anchor(attribution.cue) if attribution.cue else None,
        contents=[_anchor(each) for each in attribution.contents],
        verbatim=attribution.verbatim,
        denied=attribution.denied,
    )


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
