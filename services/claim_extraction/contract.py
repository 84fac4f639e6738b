"""What claim extraction hears and says.

| hears                     | type              | what it means                                                     |
|---------------------------|-------------------|-------------------------------------------------------------------|
| `plumbline.article.v1`    | Article           | a subject has a new text, or is withdrawn                         |
| `plumbline.article.v1`    | Draft             | a text is to be checked before it is published                    |
| `plumbline.comment.v1`    | Tip               | a reader points at words of an article                            |
| `plumbline.request.v1`    | CheckRequest      | a reader sent in a claim                                          |
| `plumbline.factcheck.v1`  | FactCheck         | a claim was reviewed: claims like it point to it                  |

| says                      | type              | when                                                              |
|---------------------------|-------------------|-------------------------------------------------------------------|
| `plumbline.claim.v1`      | ClaimSheet        | the claims of a subject changed, or its text did                  |

What is about an article is keyed by its id; a draft, a text or a claim sent in by the id of its own subject; a fact check by
its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import article_pb2, claim_pb2, comment_pb2, fact_check_pb2, request_pb2

from services.claim_extraction.claim_wire import wire_claim, wire_version
from services.claim_extraction.engine.limits import MAX_SENTENCE
from services.claim_extraction.model import Block, ClaimSheet, Subject, SubjectKind
from shared.events import Outgoing, Version, version_of
from shared.ids import derived_id

ARTICLE_TOPIC = "plumbline.article.v1"
COMMENT_TOPIC = "plumbline.comment.v1"
REQUEST_TOPIC = "plumbline.request.v1"
FACT_CHECK_TOPIC = "plumbline.factcheck.v1"
CLAIM_TOPIC = "plumbline.claim.v1"
SAYS = ((CLAIM_TOPIC, claim_pb2.ClaimSheet.DESCRIPTOR.full_name),)

_KINDS = {
    SubjectKind.ARTICLE: claim_pb2.SUBJECT_KIND_ARTICLE,
    SubjectKind.DRAFT: claim_pb2.SUBJECT_KIND_DRAFT,
    SubjectKind.TEXT: claim_pb2.SUBJECT_KIND_TEXT,
    SubjectKind.CLAIM: claim_pb2.SUBJECT_KIND_CLAIM,
}
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Article:
    """An article, or a draft of one, as far as its claims are concerned. `published_at` is aware UTC, or None when the CMS did
    not say; `submitted_at` is set for a draft alone."""

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
    kind: SubjectKind = SubjectKind.ARTICLE
    submitted_at: datetime | None = None

    def dated(self, heard_at: datetime) -> datetime:
        """The moment its relative dates count from."""
        return self.published_at or self.submitted_at or heard_at

    @property
    def subject(self) -> Subject:
        return Subject(
            subject_id=self.article_id,
            site_id=self.site_id,
            kind=self.kind,
            title=self.title,
            url=self.url,
            published_at=self.published_at,
            links=self.links,
        )


@dataclass(frozen=True, slots=True)
class Tip:
    """Words of an article that a reader pointed at; none once the tip was taken back."""

    tip_id: str
    site_id: str
    article_id: str
    version: Version
    words: str


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """A claim a reader sent in."""

    subject: Subject
    version: Version
    text: str
    claimant: str
    language: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class FactCheck:
    """A reviewed claim. `article_id` and `claim_id` are set where it came out of an article of our own."""

    fact_check_id: str
    site_id: str
    version: Version
    claim: str
    article_id: str
    claim_id: str
    url: str
    publisher: str
    rating_label: str
    reviewed_at: datetime
    withdrawn: bool


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


def draft(wire: article_pb2.Draft) -> Article:
    """A draft is read as an article is. Raises ValueError when an id is not a UUID or it does not say when it was sent."""
    if not wire.HasField("submitted_at"):
        raise ValueError("submitted_at is missing")
    return Article(
        article_id=str(UUID(wire.draft_id)),
        site_id=str(UUID(wire.site_id)),
        version=version_of(wire.version),
        withdrawn=wire.withdrawn,
        blocks=tuple(Block(block.block_id, block.text) for block in wire.blocks),
        language=wire.language,
        published_at=None,
        url=wire.url,
        links=tuple(wire.links),
        title=wire.title,
        kind=SubjectKind.DRAFT,
        submitted_at=wire.submitted_at.ToDatetime(tzinfo=UTC),
    )


def tip(wire: comment_pb2.Tip) -> Tip:
    """Raises ValueError when an id is not a UUID, or there are no words, or too many."""
    words = "" if wire.withdrawn else _said(wire.text)
    return Tip(
        tip_id=str(UUID(wire.tip_id)),
        site_id=str(UUID(wire.site_id)),
        article_id=str(UUID(wire.article_id)),
        version=version_of(wire.version),
        words=words,
    )


def check_request(wire: request_pb2.CheckRequest) -> CheckRequest:
    """Raises ValueError when an id is not a UUID, or there are no words, or too many."""
    site_id, request_id = str(UUID(wire.site_id)), str(UUID(wire.request_id))
    requested_at = wire.requested_at.ToDatetime(tzinfo=UTC)
    subject = Subject(
        subject_id=str(derived_id("subject", site_id, "reader", request_id)),
        site_id=site_id,
        kind=SubjectKind.CLAIM,
        url=wire.url,
        published_at=requested_at,
    )
    return CheckRequest(
        subject=subject,
        version=version_of(wire.version),
        text=_said(wire.text),
        claimant=_CONTROL.sub("", wire.claimant).strip(),
        language=wire.language,
        requested_at=requested_at,
    )


def fact_check(wire: fact_check_pb2.FactCheck) -> FactCheck:
    """Raises ValueError when an id is missing or the site is not a UUID."""
    if not wire.fact_check_id:
        raise ValueError("fact_check_id is missing")
    return FactCheck(
        fact_check_id=wire.fact_check_id,
        site_id=str(UUID(wire.site_id)),
        version=version_of(wire.version),
        claim=_CONTROL.sub("", wire.claim),
        article_id=wire.article_id,
        claim_id=wire.claim_id,
        url=wire.url,
        publisher=wire.publisher,
        rating_label=wire.rating_label,
        reviewed_at=wire.reviewed_at.ToDatetime(tzinfo=UTC),
        withdrawn=wire.withdrawn,
    )


def claim_sheet(sheet: ClaimSheet, about: Subject) -> Outgoing:
    """The event that tells the sheet of a subject."""
    public = claim_pb2.VISIBILITY_PUBLIC if about.public else claim_pb2.VISIBILITY_OWNER
    message = claim_pb2.ClaimSheet(
        subject_id=sheet.subject_id,
        site_id=sheet.site_id,
        article_id=about.article_id,
        version=wire_version(sheet.version),
        article_version=wire_version(sheet.article_version),
        kind=_KINDS[about.kind],
        visibility=public,
        language=sheet.language,
        note=sheet.note,
        claims=[wire_claim(each) for each in sheet.claims],
        url=about.url,
        links=about.links,
        title=about.title,
        owner=about.owner,
    )
    if about.published_at is not None:
        message.published_at.CopyFrom(_stamp(about.published_at))
    return Outgoing(
        topic=CLAIM_TOPIC,
        key=about.article_id or sheet.subject_id,
        subject=sheet.subject_id,
        site_id=UUID(sheet.site_id),
        version=sheet.version,
        message=message,
    )


def subject_of(told: bytes) -> Subject:
    """What a sheet that was told is about."""
    wire = claim_pb2.ClaimSheet.FromString(told)
    return Subject(
        subject_id=wire.subject_id,
        site_id=wire.site_id,
        kind=next(kind for kind, number in _KINDS.items() if number == wire.kind),
        owner=wire.owner,
        title=wire.title,
        url=wire.url,
        published_at=wire.published_at.ToDatetime(tzinfo=UTC) if wire.HasField("published_at") else None,
        links=tuple(wire.links),
    )


def told_again(message: claim_pb2.ClaimSheet, version: Version) -> Outgoing:
    """The event that tells a sheet once more, at this version."""
    message.version.CopyFrom(wire_version(version))
    key = message.article_id or message.subject_id
    return Outgoing(CLAIM_TOPIC, key, message.subject_id, UUID(message.site_id), version, message)


def _said(text: str) -> str:
    words = _CONTROL.sub("", text).strip()
    if not words or len(words) > MAX_SENTENCE:
        raise ValueError(f"text has {len(words)} characters; 1 to {MAX_SENTENCE} can be read")
    return words


def _stamp(moment: datetime) -> Timestamp:
    whole, micros = divmod((moment - _EPOCH) // _MICROSECOND, 1_000_000)
    return Timestamp(seconds=whole, nanos=micros * 1000)
