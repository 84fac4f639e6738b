"""What ingest knows: articles and comments as the CMS tells them, and when news of them is news."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.ingest.engine.block_ids import Block, give_ids
from services.ingest.engine.passages import Passage
from shared.events import NEVER, Version
from shared.ids import derived_id

REPORT_FOR = timedelta(days=7)
"""How long the report of a draft can be read."""


class Outcome(StrEnum):
    """What became of one event of a delivery."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    STALE = "stale"
    REJECTED = "rejected"


class Decision(StrEnum):
    """What the CMS's own moderators said about a comment; OPEN when they said nothing."""

    OPEN = "open"
    APPROVED = "approved"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event comes from: a registered source of one site."""

    source_id: str
    site_id: UUID

    def article_id(self, external_id: str) -> UUID:
        """The same article of the same source has this id always, also before we hear of it."""
        return derived_id("article", str(self.site_id), self.source_id, external_id)

    def comment_id(self, external_id: str) -> UUID:
        return derived_id("comment", str(self.site_id), self.source_id, external_id)


@dataclass(frozen=True, slots=True)
class ArticleNews:
    """One article event, checked and cleaned. A withdrawal may come without words."""

    external_id: str
    counter: int
    withdrawn: bool
    url: str
    title: str
    standfirst: str
    bylines: tuple[str, ...]
    language: str
    published_at: datetime | None
    updated_at: datetime | None
    passages: tuple[Passage, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommentNews:
    """One comment event. `author_trait` tells authors apart and never leaves this service unhashed."""

    external_id: str
    article_external_id: str
    parent_external_id: str
    counter: int
    decision: Decision
    author_name: str
    author_trait: str
    body: str
    written_at: datetime


News = ArticleNews | CommentNews


@dataclass(frozen=True, slots=True)
class DraftNews:
    """A text to be checked before it is published. `external_id` is the CMS's id of its article, empty where none exists."""

    external_id: str
    url: str
    title: str
    language: str
    passages: tuple[Passage, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """An article at one version; `version.counter` is the CMS's own."""

    article_id: UUID
    site_id: UUID
    source_id: str
    external_id: str
    version: Version = NEVER
    withdrawn: bool = False
    url: str = ""
    title: str = ""
    standfirst: str = ""
    bylines: tuple[str, ...] = ()
    language: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    blocks: tuple[Block, ...] = ()
    links: tuple[str, ...] = ()
    text_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it was sent in. It never changes: other words are another draft."""

    draft_id: UUID
    site_id: UUID
    source_id: str
    draft_of: UUID | None
    version: Version
    url: str
    title: str
    language: str
    blocks: tuple[Block, ...]
    links: tuple[str, ...]
    text_sha256: str
    submitted_at: datetime
    token_sha256: str

    @property
    def expires_at(self) -> datetime:
        return self.submitted_at + REPORT_FOR


def settle_article(known: Article, news: ArticleNews, *, epoch: int) -> Article | None:
    """The article after the news, or None when the news is old.

    The higher CMS version wins, whatever the order of arrival, so a withdrawal holds until a higher version. It keeps
    what is known of the article: its words only leave the events.
    """
    if news.counter <= known.version.counter:
        return None
    version = Version(max(epoch, known.version.epoch), news.counter)
    if news.withdrawn:
        return replace(
            known,
            version=version,
            withdrawn=True,
            url=news.url or known.url,
            title=news.title or known.title,
            updated_at=news.updated_at or known.updated_at,
        )
    blocks = give_ids(news.passages, known.blocks, article_id=str(known.article_id))
    return replace(
        known,
        version=version,
        withdrawn=False,
        url=news.url,
        title=news.title,
        standfirst=news.standfirst,
        bylines=news.bylines,
        language=news.language,
        published_at=news.published_at or known.published_at,
        updated_at=news.updated_at,
        blocks=blocks,
        links=news.links,
        text_sha256=text_sha256(news.title, blocks),
    )


def settle_comment(known: Version, news: CommentNews, *, epoch: int) -> Version | None:
    """The version the comment now has, or None when the news is old."""
    if news.counter <= known.counter:
        return None
    return Version(max(epoch, known.epoch), news.counter)


def text_sha256(title: str, blocks: tuple[Block, ...]) -> str:
    """Hex digest of the words readers see: title and blocks, a line each."""
    return hashlib.sha256("\n".join([title, *(block.text for block in blocks)]).encode()).hexdigest()
