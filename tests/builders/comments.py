"""What the comment service hears: articles and comments of a CMS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import article_pb2, common_pb2, submission_pb2

from shared.events import Version
from shared.ids import DEFAULT_SITE, derived_id
from shared.testing.records import Heard, record

ARTICLE = derived_id("test-article")
OPEN = submission_pb2.CMS_DECISION_UNSPECIFIED
APPROVED = submission_pb2.CMS_DECISION_APPROVED
REMOVED = submission_pb2.CMS_DECISION_REMOVED
MORNING = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def comment_id(name: str) -> UUID:
    return derived_id("test-comment", name)


def heard_article(
    article_id: UUID = ARTICLE, *, counter: int = 1, withdrawn: bool = False, site: UUID = DEFAULT_SITE
) -> Heard:
    message = article_pb2.Article(
        article_id=str(article_id),
        site_id=str(site),
        version=common_pb2.Version(epoch=1, counter=counter),
        status=article_pb2.ARTICLE_STATUS_WITHDRAWN if withdrawn else article_pb2.ARTICLE_STATUS_PUBLISHED,
        title="The harbour lights",
    )
    return record("plumbline.article.v1", message, subject=str(article_id), version=Version(1, counter))


def heard_comment(
    name: str,
    body: str = "",
    *,
    parent: str = "",
    counter: int = 1,
    decision: submission_pb2.CmsDecision.ValueType = OPEN,
    author: str = "Ann",
    author_key: str = "",
    minute: float = 0,
    article_id: UUID = ARTICLE,
    site: UUID = DEFAULT_SITE,
) -> Heard:
    """A comment of the CMS; without a body it says something of its own."""
    written_at = Timestamp()
    written_at.FromDatetime(MORNING + timedelta(minutes=minute))
    message = submission_pb2.CommentSubmission(
        comment_id=str(comment_id(name)),
        site_id=str(site),
        article_id=str(article_id),
        version=common_pb2.Version(epoch=1, counter=counter),
        parent_comment_id=str(comment_id(parent)) if parent else "",
        author_name=author,
        author_key=author_key,
        body="" if decision == REMOVED else body or f"This is what {name} has to say.",
        written_at=written_at,
        cms_decision=decision,
    )
    return record("plumbline.submission.v1", message, subject=str(article_id), version=Version(1, counter))
