"""Every SQL statement of ingest about deliveries, articles and comments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.ingest.engine.block_ids import Block
from services.ingest.model import Article, Outcome
from shared.events import Version
from shared.postgres import Row, Sql

# Taking the row lock also for an article nobody heard of: it exists, at version (0, 0), until this transaction ends.
_LOCK_ARTICLES = """
INSERT INTO article (article_id, site_id, source_id, external_id)
SELECT article_id, $2, $3, external_id FROM unnest($1::uuid[], $4::text[]) AS a(article_id, external_id)
ORDER BY article_id
ON CONFLICT (article_id) DO UPDATE SET site_id = excluded.site_id
RETURNING *
"""
_ARTICLES_AFTER = "SELECT * FROM article WHERE article_id > $1 ORDER BY article_id LIMIT $2 FOR UPDATE"
_LOCK_COMMENTS = """
INSERT INTO cms_comment (comment_id, site_id, source_id, article_id)
SELECT comment_id, $2, $3, article_id FROM unnest($1::uuid[], $4::uuid[]) AS c(comment_id, article_id)
ORDER BY comment_id
ON CONFLICT (comment_id) DO UPDATE SET site_id = excluded.site_id
RETURNING comment_id, epoch, counter
"""
_SAVE_ARTICLE = """
UPDATE article SET epoch = $2, counter = $3, withdrawn = $4, url = $5, title = $6, standfirst = $7, bylines = $8,
    language = $9, published_at = $10, updated_at = $11, blocks = $12, links = $13, text_sha256 = $14
WHERE article_id = $1
"""
_SAVE_COMMENTS = """
UPDATE cms_comment SET epoch = c.epoch, counter = c.counter
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS c(comment_id, epoch, counter)
WHERE cms_comment.comment_id = c.comment_id
"""
_ENTER = """
INSERT INTO seen_delivery (source_id, key, submission_id, seen_at)
SELECT $1, key, submission_id, $4 FROM unnest($2::text[], $3::uuid[]) AS s(key, submission_id) ORDER BY key
ON CONFLICT DO NOTHING
RETURNING key
"""
_KNOWN = "SELECT key, submission_id FROM seen_delivery WHERE source_id = $1 AND key = ANY($2)"
_KEEP = """
WITH kept AS (
    INSERT INTO delivery (delivery_id, site_id, source_id, door, headers_sha256, sealed, sealed_day, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
)
INSERT INTO submission (submission_id, delivery_id, site_id, source_id, event_id, event_type, outcome, reason, field,
                        article_id, comment_id, told_event_id, received_at)
SELECT submission_id, $1, $2, $3, event_id, event_type, outcome, reason, field, article_id, comment_id, told, $8
FROM unnest($9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::uuid[], $16::uuid[],
            $17::uuid[]) AS s(submission_id, event_id, event_type, outcome, reason, field, article_id, comment_id, told)
"""
_SUBMISSION = """
SELECT s.submission_id, s.event_id, s.event_type, s.outcome, s.reason, s.field, s.article_id, s.comment_id,
       s.received_at, s.told_event_id IS NOT NULL AND coalesce(o.published_at IS NOT NULL, true) AS told
FROM submission s LEFT JOIN outbox o ON o.event_id = s.told_event_id
WHERE s.submission_id = $1
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request or record, ready to be kept; `sealed` holds its raw bytes."""

    delivery_id: UUID
    site_id: UUID
    source_id: str
    door: str
    headers_sha256: bytes
    sealed: bytes
    sealed_day: date
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of one event of a delivery; `told` is the event it caused."""

    submission_id: UUID
    event_id: str
    event_type: str
    outcome: Outcome
    reason: str = ""
    field: str = ""
    article_id: UUID | None = None
    comment_id: UUID | None = None
    told: UUID | None = None


async def enter(sql: Sql, source_id: str, keys: Sequence[tuple[str, UUID]], *, now: datetime) -> set[str]:
    """Remember what a delivery is called; returns the keys nobody used before. Waits for a twin in flight."""
    rows = await sql.fetch(_ENTER, source_id, [key for key, _ in keys], [found for _, found in keys], now)
    return {row["key"] for row in rows}


async def known(sql: Sql, source_id: str, keys: Sequence[str]) -> dict[str, UUID]:
    """The submissions that used these keys first."""
    return {row["key"]: row["submission_id"] for row in await sql.fetch(_KNOWN, source_id, list(keys))}


async def lock_articles(sql: Sql, site_id: UUID, source_id: str, articles: dict[UUID, str]) -> dict[UUID, Article]:
    """The articles (id -> external id) as they stand, locked in one order until the transaction ends."""
    if not articles:
        return {}
    rows = await sql.fetch(_LOCK_ARTICLES, list(articles), site_id, source_id, list(articles.values()))
    return {row["article_id"]: _article(row) for row in rows}


async def articles_after(sql: Sql, article_id: UUID, limit: int) -> list[Article]:
    """A page of all articles by id, locked until the transaction ends."""
    return [_article(row) for row in await sql.fetch(_ARTICLES_AFTER, article_id, limit)]


async def lock_comments(sql: Sql, site_id: UUID, source_id: str, comments: dict[UUID, UUID]) -> dict[UUID, Version]:
    """The versions last told of these comments (id -> article id), locked until the transaction ends."""
    if not comments:
        return {}
    rows = await sql.fetch(_LOCK_COMMENTS, list(comments), site_id, source_id, list(comments.values()))
    return {row["comment_id"]: Version(row["epoch"], row["counter"]) for row in rows}


async def save_article(sql: Sql, article: Article) -> None:
    blocks = [[block.block_id, block.kind, block.text, block.html] for block in article.blocks]
    await sql.execute(
        _SAVE_ARTICLE,
        article.article_id,
        article.version.epoch,
        article.version.counter,
        article.withdrawn,
        article.url,
        article.title,
        article.standfirst,
        list(article.bylines),
        article.language,
        article.published_at,
        article.updated_at,
        json.dumps(blocks, ensure_ascii=False),
        list(article.links),
        article.text_sha256,
    )


async def save_comments(sql: Sql, comments: dict[UUID, Version]) -> None:
    if comments:
        versions = comments.values()
        await sql.execute(_SAVE_COMMENTS, list(comments), [v.epoch for v in versions], [v.counter for v in versions])


async def keep(sql: Sql, delivery: Delivery, submissions: Sequence[Submission]) -> None:
    """Keep a delivery and what became of its events."""
    await sql.execute(
        _KEEP,
        delivery.delivery_id,
        delivery.site_id,
        delivery.source_id,
        delivery.door,
        delivery.headers_sha256,
        delivery.sealed,
        delivery.sealed_day,
        delivery.received_at,
        [s.submission_id for s in submissions],
        [s.event_id for s in submissions],
        [s.event_type for s in submissions],
        [s.outcome.value for s in submissions],
        [s.reason for s in submissions],
        [s.field for s in submissions],
        [s.article_id for s in submissions],
        [s.comment_id for s in submissions],
        [s.told for s in submissions],
    )


async def submission(sql: Sql, submission_id: UUID) -> Row | None:
    """What became of one event; `told` says whether its own event reached Kafka."""
    return await sql.fetchrow(_SUBMISSION, submission_id)


def _article(row: Row) -> Article:
    blocks: list[Any] = json.loads(row["blocks"])
    return Article(
        article_id=row["article_id"],
        site_id=row["site_id"],
        source_id=row["source_id"],
        external_id=row["external_id"],
        version=Version(row["epoch"], row["counter"]),
        withdrawn=row["withdrawn"],
        url=row["url"],
        title=row["title"],
        standfirst=row["standfirst"],
        bylines=tuple(row["bylines"]),
        language=row["language"],
        published_at=row["published_at"],
        updated_at=row["updated_at"],
        blocks=tuple(Block(*block) for block in blocks),
        links=tuple(row["links"]),
        text_sha256=row["text_sha256"],
    )
