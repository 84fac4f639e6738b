"""What comment hears and says.

| hears | type | what for |
|---|---|---|
| `plumbline.article.v1` | Article | which articles there are, and which were withdrawn |
| `plumbline.submission.v1` | CommentSubmission | comments the CMS took |

| says | type | key |
|---|---|---|
| `plumbline.comment.v1` | Comment: its full state; name and words only while it is published | article id |
| `plumbline.comment.v1` | CommentCounts: how many comments of an article readers can see | article id |
| `plumbline.comment.v1` | Tip: words of the article that a public comment points at; none once it is not public | article id |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import article_pb2, comment_pb2, common_pb2, submission_pb2

from services.comment.model import Comment, Ruling, Status, Submission
from services.comment.store import Thread
from shared.events import Outgoing, Version, version_of

ARTICLES = "plumbline.article.v1"
SUBMISSIONS = "plumbline.submission.v1"
COMMENTS = "plumbline.comment.v1"
SAYS = (
    (COMMENTS, comment_pb2.Comment.DESCRIPTOR.full_name),
    (COMMENTS, comment_pb2.CommentCounts.DESCRIPTOR.full_name),
    (COMMENTS, comment_pb2.Tip.DESCRIPTOR.full_name),
)
_RULINGS = {
    submission_pb2.CMS_DECISION_UNSPECIFIED: Ruling.OPEN,
    submission_pb2.CMS_DECISION_APPROVED: Ruling.APPROVED,
    submission_pb2.CMS_DECISION_REMOVED: Ruling.REMOVED,
}
_STATUSES = {
    Status.PUBLISHED: comment_pb2.COMMENT_STATUS_PUBLISHED,
    Status.HELD: comment_pb2.COMMENT_STATUS_HELD,
    Status.REMOVED: comment_pb2.COMMENT_STATUS_REMOVED,
}


@dataclass(frozen=True, slots=True)
class Article:
    """What this service wants to know of an article."""

    article_id: UUID
    site_id: UUID
    version: Version
    withdrawn: bool


def read_article(wire: article_pb2.Article) -> Article:
    """Raises ValueError when an id is not a UUID."""
    withdrawn = wire.status == article_pb2.ARTICLE_STATUS_WITHDRAWN
    return Article(UUID(wire.article_id), UUID(wire.site_id), version_of(wire.version), withdrawn)


def read_submission(wire: submission_pb2.CommentSubmission) -> Submission:
    """Raises ValueError when an id is not a UUID, KeyError for a decision nobody defined."""
    return Submission(
        comment_id=UUID(wire.comment_id),
        site_id=UUID(wire.site_id),
        article_id=UUID(wire.article_id),
        heard=version_of(wire.version),
        parent_id=UUID(wire.parent_comment_id) if wire.parent_comment_id else None,
        author_name=wire.author_name,
        author_key=wire.author_key,
        body=wire.body,
        written_at=wire.written_at.ToDatetime(tzinfo=UTC),
        ruling=_RULINGS[wire.cms_decision],
    )


def tell_comment(comment: Comment) -> Outgoing:
    """The comment's state. Of one that is not published, only that it is there and why (C4)."""
    public = comment.status is Status.PUBLISHED
    written_at = Timestamp()
    written_at.FromDatetime(comment.written_at)
    message = comment_pb2.Comment(
        comment_id=str(comment.comment_id),
        site_id=str(comment.site_id),
        article_id=str(comment.article_id),
        version=_version(comment.version),
        status=_STATUSES[comment.status],
        parent_id=str(comment.parent_id or ""),
        root_id=str(comment.root_id or ""),
        author_name=comment.author_name if public else "",
        body_html=comment.words.html if public else "",
        written_at=written_at,
        reasons=[
            comment_pb2.ModerationReason(
                rule=r.rule, start=r.start, end=r.end, score=r.score, threshold=r.threshold, model_version=r.version
            )
            for r in comment.reasons
        ],
    )
    subject = str(comment.comment_id)
    return Outgoing(COMMENTS, str(comment.article_id), subject, comment.site_id, comment.version, message)


def tell_tip(comment: Comment) -> Outgoing:
    """The words a comment points at, taken back unless readers can see it. It is known by the comment, not by who wrote it."""
    tipped_at = Timestamp()
    tipped_at.FromDatetime(comment.written_at)
    message = comment_pb2.Tip(
        tip_id=str(comment.comment_id),
        site_id=str(comment.site_id),
        article_id=str(comment.article_id),
        version=_version(comment.version),
        text=comment.quote if comment.points else "",
        tipped_at=tipped_at,
        withdrawn=not comment.points,
    )
    subject = str(comment.comment_id)
    return Outgoing(COMMENTS, str(comment.article_id), subject, comment.site_id, comment.version, message)


def tell_counts(thread: Thread) -> Outgoing:
    """How many comments of the article readers can see."""
    message = comment_pb2.CommentCounts(
        article_id=str(thread.article_id),
        site_id=str(thread.site_id),
        version=_version(thread.version),
        published=thread.published,
    )
    key = str(thread.article_id)
    return Outgoing(COMMENTS, key, key, thread.site_id, thread.version, message)


def _version(version: Version) -> common_pb2.Version:
    return common_pb2.Version(epoch=version.epoch, counter=version.counter)
