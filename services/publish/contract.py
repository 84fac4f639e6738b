"""What publish hears and says.

| hears                      | type              | what it means                                             |
|----------------------------|-------------------|-----------------------------------------------------------|
| `plumbline.article.v1`     | Article           | the words readers see                                     |
| `plumbline.article.v1`     | Draft             | whose report it is, and what opens it                     |
| `plumbline.claim.v1`       | ClaimSheet        | the claims in them                                        |
| `plumbline.verdict.v1`     | VerdictSheet      | the outcome of each claim                                 |
| `plumbline.verdict.v1`     | VerdictProgress   | how far a run of checks is                                |
| `plumbline.factcheck.v1`   | FactCheck         | what readers can search                                   |
| `plumbline.comment.v1`     | Comment           | one reader comment                                        |
| `plumbline.comment.v1`     | CommentCounts     | how many are public                                       |

| says                       | type                | when                                                    |
|----------------------------|---------------------|---------------------------------------------------------|
| `plumbline.publication.v1` | Panel               | what the Fact Checker box shows changed                 |
| `plumbline.publication.v1` | Correction          | a published outcome changed                             |
| `plumbline.request.v1`     | VerificationRequest | a reader pressed Verify now                             |
| `plumbline.request.v1`     | CheckRequest        | a reader wants a claim checked                          |

All are keyed by article id (a fact check and a claim sent in by their own id).
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import (
    article_pb2,
    claim_pb2,
    comment_pb2,
    common_pb2,
    publication_pb2,
    request_pb2,
    verdict_pb2,
)

from shared.events import Outgoing, Version, version_of

ARTICLE_TOPIC = "plumbline.article.v1"
CLAIM_TOPIC = "plumbline.claim.v1"
VERDICT_TOPIC = "plumbline.verdict.v1"
FACT_CHECK_TOPIC = "plumbline.factcheck.v1"
COMMENT_TOPIC = "plumbline.comment.v1"
PUBLICATION_TOPIC = "plumbline.publication.v1"
REQUEST_TOPIC = "plumbline.request.v1"

SAYS = (
    (PUBLICATION_TOPIC, publication_pb2.Panel.DESCRIPTOR.full_name),
    (PUBLICATION_TOPIC, publication_pb2.Correction.DESCRIPTOR.full_name),
    (REQUEST_TOPIC, request_pb2.VerificationRequest.DESCRIPTOR.full_name),
    (REQUEST_TOPIC, request_pb2.CheckRequest.DESCRIPTOR.full_name),
)

# Publish shows what the other services said, field by field: the contract messages are its words, checked here once.


def article(wire: article_pb2.Article) -> article_pb2.Article:
    """Raises ValueError when an id is not a UUID or the status is unknown."""
    UUID(wire.article_id), UUID(wire.site_id)
    if wire.status == article_pb2.ARTICLE_STATUS_UNSPECIFIED:
        raise ValueError("status is unknown")
    return wire


def draft(wire: article_pb2.Draft) -> article_pb2.Draft:
    """Raises ValueError when an id is not a UUID, or no token or end is named."""
    UUID(wire.draft_id), UUID(wire.site_id)
    if len(wire.token_sha256) != 64 or not wire.HasField("expires_at"):
        raise ValueError("token_sha256 or expires_at is missing")
    return wire


def claim_sheet(wire: claim_pb2.ClaimSheet) -> claim_pb2.ClaimSheet:
    """Raises ValueError when an id is not a UUID."""
    UUID(wire.article_id or wire.subject_id), UUID(wire.site_id)
    for claim in wire.claims:
        UUID(claim.claim_id)
    return wire


def verdict_sheet(wire: verdict_pb2.VerdictSheet) -> verdict_pb2.VerdictSheet:
    """Raises ValueError when an id is not a UUID or an outcome cites evidence the sheet does not carry (J1)."""
    UUID(wire.article_id or wire.subject_id), UUID(wire.site_id)
    carried = {one.evidence_id for one in wire.evidence}
    for outcome in wire.outcomes:
        if any(citation.evidence_id not in carried for citation in outcome.citations):
            raise ValueError(f"the outcome of {outcome.claim_id} cites evidence the sheet does not carry")
    return wire


def comment(wire: comment_pb2.Comment) -> comment_pb2.Comment:
    """Raises ValueError when an id is not a UUID or a comment that is not public carries words (C4)."""
    UUID(wire.comment_id), UUID(wire.article_id), UUID(wire.site_id)
    if wire.status != comment_pb2.COMMENT_STATUS_PUBLISHED and wire.body_html:
        raise ValueError("a comment that is not public carries words")
    return wire


def panel_event(panel: publication_pb2.Panel) -> Outgoing:
    """The event that tells a panel."""
    return _about(panel.article_id, panel.site_id, version_of(panel.version), panel)


def correction_event(correction: publication_pb2.Correction) -> Outgoing:
    """The event that tells a correction."""
    return Outgoing(
        topic=PUBLICATION_TOPIC,
        key=correction.article_id,
        subject=correction.correction_id,
        site_id=UUID(correction.site_id),
        version=version_of(correction.version),
        message=correction,
    )


def verification_request(
    *, request_id: UUID, article_id: UUID, site_id: UUID, version: Version, at: datetime
) -> Outgoing:
    """The event that asks for a fresh check of an article."""
    message = request_pb2.VerificationRequest(
        request_id=str(request_id),
        site_id=str(site_id),
        article_id=str(article_id),
        version=wire_version(version),
        requested_at=stamp(at),
    )
    return Outgoing(REQUEST_TOPIC, str(article_id), str(article_id), site_id, version, message)


def check_request(
    text: str, *, url: str, claimant: str, request_id: UUID, site_id: UUID, version: Version, at: datetime
) -> Outgoing:
    """The event that asks for a claim to be checked. There is no place in it for who asks."""
    message = request_pb2.CheckRequest(
        request_id=str(request_id),
        site_id=str(site_id),
        version=wire_version(version),
        text=text,
        url=url,
        claimant=claimant,
        requested_at=stamp(at),
    )
    return Outgoing(REQUEST_TOPIC, str(request_id), str(request_id), site_id, version, message)


def wire_version(version: Version) -> common_pb2.Version:
    return common_pb2.Version(epoch=version.epoch, counter=version.counter)


def stamp(moment: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found


def moment(message: object, field: str) -> datetime | None:
    """A timestamp field as aware UTC; None when it is absent."""
    if not message.HasField(field):  # type: ignore[attr-defined]
        return None
    found: datetime = getattr(message, field).ToDatetime(tzinfo=UTC)
    return found


def _about(article_id: str, site_id: str, version: Version, message: publication_pb2.Panel) -> Outgoing:
    return Outgoing(PUBLICATION_TOPIC, article_id, article_id, UUID(site_id), version, message)
