"""Comments as the service knows them, and how news of one changes it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.comment.engine.rules import Limits, Reason
from services.comment.engine.words import Words
from shared.events import NEVER, Version
from shared.ids import derived_id


class Status(StrEnum):
    PUBLISHED = "published"
    HELD = "held"
    REMOVED = "removed"


class DecidedBy(StrEnum):
    """Who a comment's status comes from. Staff outranks the rest until the words change."""

    RULES = "rules"
    CMS = "cms"
    STAFF = "staff"


class Ruling(StrEnum):
    """What the CMS says of a comment; OPEN leaves it to us."""

    OPEN = "open"
    APPROVED = "approved"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a site moderates. `premoderated`: nothing appears before a person has seen it."""

    premoderated: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What moderation found: all reasons, and whether a person must look first."""

    held: bool
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """A reader's comment as the CMS reports it, or as our own form took it (then `heard` is NEVER)."""

    comment_id: UUID
    site_id: UUID
    article_id: UUID
    heard: Version
    parent_id: UUID | None
    author_name: str
    author_key: str
    body: str
    written_at: datetime
    ruling: Ruling = Ruling.OPEN
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment at one version. `root_id` is None until every comment it answers is known. `quote`: words of the article
    that it points at."""

    comment_id: UUID
    site_id: UUID
    article_id: UUID
    version: Version
    heard: Version
    parent_id: UUID | None
    root_id: UUID | None
    author_name: str
    author_key: str
    words: Words
    status: Status
    decided_by: DecidedBy
    reasons: tuple[Reason, ...]
    written_at: datetime
    quote: str = ""

    @property
    def points(self) -> bool:
        """Whether it points at words, and may: what is not public points at nothing."""
        return bool(self.quote) and self.status is Status.PUBLISHED

    @property
    def is_root(self) -> bool:
        return self.parent_id is None


@dataclass(frozen=True, slots=True)
class Parent:
    """What is known of the comment that is answered. `public`: readers can see it."""

    article_id: UUID
    root_id: UUID | None
    root_public: bool
    public: bool


@dataclass(frozen=True, slots=True)
class Place:
    """What stands around a comment: itself as known, the root it hangs on, and whether that root is public."""

    known: Comment | None
    root_id: UUID | None
    root_public: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A comment after news of it, and what that does to the number of public comments.

    `published`: by how much the comment itself changes it. `flip`: 1 or -1 when its replies appear or vanish with it.
    `joins`: replies that waited for this comment now hang on its root.
    """

    comment: Comment
    published: int
    flip: int
    joins: bool


def reader_comment_id(site_id: UUID, article_id: UUID, request_id: str) -> UUID:
    """The same form sent again is the same comment."""
    return derived_id("reader-comment", str(site_id), str(article_id), request_id)


def place_in(news: Submission, known: Comment | None, parent: Parent | None) -> Place:
    """Where a comment hangs. It keeps the parent it first had; a parent under another article is never found."""
    parent_id = known.parent_id if known else news.parent_id
    if parent_id is None or parent_id == news.comment_id:
        return Place(known, news.comment_id, True)
    if parent is None or parent.article_id != news.article_id:
        return Place(known, None, False)
    return Place(known, parent.root_id, parent.root_public)


def settle_submission(
    news: Submission, words: Words, judgement: Judgement, place: Place, *, epoch: int
) -> Change | None:
    """The comment after a submission, or None when the submission is old.

    The newest submission speaks: approved is published, removed is removed and its words are given up, otherwise our
    rules decide. A person's decision holds while the words stay the same, and a removal by a person holds always.
    """
    known = place.known
    if known is not None and news.heard <= known.heard:
        return None
    status, decided_by, reasons = _ruled(news, words, judgement, known)
    removed = news.ruling is Ruling.REMOVED
    comment = Comment(
        comment_id=news.comment_id,
        site_id=news.site_id,
        article_id=news.article_id,
        version=(known.version if known else NEVER).next(epoch),
        heard=news.heard,
        parent_id=known.parent_id if known else None if news.parent_id == news.comment_id else news.parent_id,
        root_id=place.root_id,
        author_name=news.author_name,
        author_key=news.author_key,
        words=Words("", "", "", 0) if removed else words,
        status=status,
        decided_by=decided_by,
        reasons=reasons,
        written_at=news.written_at,
        quote="" if removed else news.quote,
    )
    return _change(comment, place)


def decide(place: Place, *, publish: bool, epoch: int) -> Change | None:
    """The comment after a person's decision, or None when it already stands so by a person's word."""
    known = place.known
    assert known is not None
    status = Status.PUBLISHED if publish else Status.REMOVED
    if known.status is status and known.decided_by is DecidedBy.STAFF:
        return None
    after = replace(known, version=known.version.next(epoch), status=status, decided_by=DecidedBy.STAFF)
    return _change(after, place)


def _ruled(
    news: Submission, words: Words, judgement: Judgement, known: Comment | None
) -> tuple[Status, DecidedBy, tuple[Reason, ...]]:
    if news.ruling is Ruling.APPROVED:
        return Status.PUBLISHED, DecidedBy.CMS, judgement.reasons
    if news.ruling is Ruling.REMOVED:
        return Status.REMOVED, DecidedBy.CMS, ()
    if known is not None and known.decided_by is DecidedBy.STAFF:
        same = known.words.raw == words.raw and known.author_name == news.author_name
        if same or known.status is Status.REMOVED:
            return known.status, DecidedBy.STAFF, judgement.reasons
    return Status.HELD if judgement.held else Status.PUBLISHED, DecidedBy.RULES, judgement.reasons


def _change(after: Comment, place: Place) -> Change:
    """A comment counts when it is published and the root it hangs on is."""
    before = place.known
    root_public = after.status is Status.PUBLISHED if after.is_root else place.root_public
    was = before is not None and before.status is Status.PUBLISHED
    counted = was and before is not None and before.root_id is not None and (after.is_root or place.root_public)
    counts = after.status is Status.PUBLISHED and after.root_id is not None and root_public
    flip = 0
    if after.is_root and before is not None:
        flip = int(after.status is Status.PUBLISHED) - int(was)
    joins = after.root_id is not None and (before is None or before.root_id is None)
    return Change(after, int(counts) - int(counted), flip, joins)
