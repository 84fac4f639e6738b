"""What ingest hears and says.

| hears | type | from |
|---|---|---|
| `cms.article.v1` | CloudEvents `org.plumbline.article.published`, `.revised`, `.withdrawn` (JSON) | the CMS |
| `cms.comment.v1` | CloudEvents `org.plumbline.comment.posted`, `.approved`, `.removed` (JSON) | the CMS |
| `POST /v1/ingest/{source}` | the same events, signed | the CMS |
| `POST /v1/check/{source}` | a text to be checked before it is published, signed | the CMS |

| says | type | key |
|---|---|---|
| `plumbline.article.v1` | Article: its full state at the CMS's version; without its words once withdrawn | article id |
| `plumbline.article.v1` | Draft: a text to be checked before it is published; the hash of what opens its report; without words once that is over | draft id |
| `plumbline.submission.v1` | CommentSubmission: a reader's comment as the CMS reported it | article id |
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import article_pb2, common_pb2, submission_pb2

from services.ingest.model import Article, CommentNews, Decision, Draft, Origin
from shared.events import Outgoing, Version, version_of

CMS_ARTICLES = "cms.article.v1"
CMS_COMMENTS = "cms.comment.v1"
ARTICLES = "plumbline.article.v1"
SUBMISSIONS = "plumbline.submission.v1"
SAYS = (
    (ARTICLES, article_pb2.Article.DESCRIPTOR.full_name),
    (ARTICLES, article_pb2.Draft.DESCRIPTOR.full_name),
    (SUBMISSIONS, submission_pb2.CommentSubmission.DESCRIPTOR.full_name),
)

AuthorKey = Callable[[UUID, str], str]
"""(site, what tells authors apart) -> a keyed hash that says nothing of its own."""

_DECISIONS = {
    Decision.OPEN: submission_pb2.CMS_DECISION_UNSPECIFIED,
    Decision.APPROVED: submission_pb2.CMS_DECISION_APPROVED,
    Decision.REMOVED: submission_pb2.CMS_DECISION_REMOVED,
}


def tell_article(article: Article) -> Outgoing:
    """The article's state as an event. The words of a withdrawn article do not travel."""
    blocks = () if article.withdrawn else article.blocks
    message = article_pb2.Article(
        article_id=str(article.article_id),
        site_id=str(article.site_id),
        version=_version(article.version),
        status=article_pb2.ARTICLE_STATUS_WITHDRAWN if article.withdrawn else article_pb2.ARTICLE_STATUS_PUBLISHED,
        source=article.source_id,
        external_id=article.external_id,
        url=article.url,
        title=article.title,
        standfirst="" if article.withdrawn else article.standfirst,
        bylines=article.bylines,
        language=article.language,
        published_at=_moment(article.published_at),
        updated_at=_moment(article.updated_at),
        blocks=[common_pb2.Block(block_id=b.block_id, kind=b.kind, text=b.text, html=b.html) for b in blocks],
        text_sha256=article.text_sha256,
        links=() if article.withdrawn else article.links,
    )
    key = str(article.article_id)
    return Outgoing(ARTICLES, key, key, article.site_id, article.version, message)


def tell_draft(draft: Draft) -> Outgoing:
    """The draft as an event; of the token only its hash."""
    message = article_pb2.Draft(
        draft_id=str(draft.draft_id),
        site_id=str(draft.site_id),
        version=_version(draft.version),
        draft_of=str(draft.draft_of) if draft.draft_of else "",
        source=draft.source_id,
        url=draft.url,
        title=draft.title,
        language=draft.language,
        blocks=[common_pb2.Block(block_id=b.block_id, kind=b.kind, text=b.text, html=b.html) for b in draft.blocks],
        text_sha256=draft.text_sha256,
        links=draft.links,
        submitted_at=_moment(draft.submitted_at),
        token_sha256=draft.token_sha256,
        expires_at=_moment(draft.expires_at),
    )
    return _about_draft(message, draft.version)


def draft_ended(told: bytes, epoch: int) -> Outgoing:
    """The event that tells that the time of a draft is over: its next version, without its words."""
    message = article_pb2.Draft.FromString(told)
    version = version_of(message.version).next(epoch)
    message.version.CopyFrom(_version(version))
    message.withdrawn = True
    for name in ("blocks", "links", "title"):
        message.ClearField(name)
    return _about_draft(message, version)


def draft_again(told: bytes, in_epoch: Callable[[Version], Version]) -> Outgoing:
    """The event that tells a draft once more, at the version its first one becomes."""
    message = article_pb2.Draft.FromString(told)
    version = in_epoch(version_of(message.version))
    message.version.CopyFrom(_version(version))
    return _about_draft(message, version)


def _about_draft(message: article_pb2.Draft, version: Version) -> Outgoing:
    return Outgoing(ARTICLES, message.draft_id, message.draft_id, UUID(message.site_id), version, message)


def tell_comment(origin: Origin, news: CommentNews, version: Version, author_key: AuthorKey) -> Outgoing:
    """The comment as the CMS reported it, its author as a keyed hash."""
    comment_id, article_id = origin.comment_id(news.external_id), origin.article_id(news.article_external_id)
    parent = origin.comment_id(news.parent_external_id) if news.parent_external_id else None
    message = submission_pb2.CommentSubmission(
        comment_id=str(comment_id),
        site_id=str(origin.site_id),
        article_id=str(article_id),
        version=_version(version),
        parent_comment_id=str(parent) if parent else "",
        author_name=news.author_name,
        author_key=author_key(origin.site_id, news.author_trait) if news.author_trait else "",
        body=news.body,
        written_at=_moment(news.written_at),
        cms_decision=_DECISIONS[news.decision],
    )
    return Outgoing(SUBMISSIONS, str(article_id), str(comment_id), origin.site_id, version, message)


def _version(version: Version) -> common_pb2.Version:
    return common_pb2.Version(epoch=version.epoch, counter=version.counter)


def _moment(when: datetime | None) -> Timestamp | None:
    if when is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(when)
    return stamp
