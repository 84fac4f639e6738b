"""One delivery's articles and comments, locked, as they change event by event."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.ingest import store
from services.ingest.cloud_events import CmsEvent
from services.ingest.contract import AuthorKey, tell_article, tell_comment
from services.ingest.model import (
    Article,
    ArticleNews,
    CommentNews,
    News,
    Origin,
    Outcome,
    settle_article,
    settle_comment,
)
from services.ingest.store import Submission
from shared.events import Version
from shared.outbox import Unit


class Settling:
    """`begin`, then `settle` each event in order, then `save`; all in the transaction `unit`."""

    def __init__(
        self, unit: Unit, origin: Origin, articles: dict[UUID, Article], comments: dict[UUID, Version]
    ) -> None:
        self._unit, self._origin = unit, origin
        self._articles, self._comments = articles, comments
        self._changed: dict[UUID, Article] = {}
        self._moved: dict[UUID, Version] = {}

    @classmethod
    async def begin(cls, unit: Unit, origin: Origin, news: Sequence[News]) -> Settling:
        """Lock what the news are about, in one order for all deliveries."""
        articles = {origin.article_id(n.external_id): n.external_id for n in news if isinstance(n, ArticleNews)}
        comments = {
            origin.comment_id(n.external_id): origin.article_id(n.article_external_id)
            for n in news
            if isinstance(n, CommentNews)
        }
        return cls(
            unit,
            origin,
            await store.lock_articles(unit, origin.site_id, origin.source_id, articles),
            await store.lock_comments(unit, origin.site_id, origin.source_id, comments),
        )

    def settle(self, submission_id: UUID, event: CmsEvent, news: News, epoch: int, author_key: AuthorKey) -> Submission:
        """Settle one event and tell it; old news is stale and changes nothing."""
        if isinstance(news, ArticleNews):
            return self._article(submission_id, event, news, epoch)
        return self._comment(submission_id, event, news, epoch, author_key)

    def _article(self, submission_id: UUID, event: CmsEvent, news: ArticleNews, epoch: int) -> Submission:
        article_id = self._origin.article_id(news.external_id)
        settled = settle_article(self._articles[article_id], news, epoch=epoch)
        if settled is None:
            return Submission(submission_id, event.event_id, event.type, Outcome.STALE, article_id=article_id)
        self._articles[article_id] = self._changed[article_id] = settled
        told = self._unit.emit(tell_article(settled))
        return Submission(submission_id, event.event_id, event.type, Outcome.ACCEPTED, article_id=article_id, told=told)

    def _comment(
        self, submission_id: UUID, event: CmsEvent, news: CommentNews, epoch: int, author_key: AuthorKey
    ) -> Submission:
        comment_id = self._origin.comment_id(news.external_id)
        article_id = self._origin.article_id(news.article_external_id)
        version = settle_comment(self._comments[comment_id], news, epoch=epoch)
        outcome, told = Outcome.STALE, None
        if version is not None:
            self._comments[comment_id] = self._moved[comment_id] = version
            outcome, told = Outcome.ACCEPTED, self._unit.emit(tell_comment(self._origin, news, version, author_key))
        return Submission(
            submission_id, event.event_id, event.type, outcome, article_id=article_id, comment_id=comment_id, told=told
        )

    async def save(self) -> None:
        for article in self._changed.values():
            await store.save_article(self._unit, article)
        await store.save_comments(self._unit, self._moved)
