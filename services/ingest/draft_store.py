"""Every SQL statement of ingest about drafts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.ingest.model import Origin
from shared.postgres import Sql

_SAVE = "INSERT INTO draft (draft_id, site_id, source_id, told, expires_at) VALUES ($1, $2, $3, $4, $5)"
_FIRST_USE = "SELECT submission_id, seen_at FROM seen_delivery WHERE source_id = $1 AND key = $2"
_ARTICLE_URL = "SELECT url FROM article WHERE article_id = $1"
_AFTER = "SELECT draft_id, told FROM draft WHERE draft_id > $1 ORDER BY draft_id LIMIT $2 FOR UPDATE"
_OVER = """
SELECT draft_id, told FROM draft WHERE NOT ended AND expires_at <= $1
ORDER BY draft_id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
_END = """
UPDATE draft SET ended = true, told = e.told FROM unnest($1::uuid[], $2::bytea[]) AS e(draft_id, told)
WHERE draft.draft_id = e.draft_id
"""


async def over(sql: Sql, now: datetime, limit: int) -> list[tuple[UUID, bytes]]:
    """Drafts whose time is over and nobody was told so, each as it was told; locked until the transaction ends."""
    return [(row["draft_id"], row["told"]) for row in await sql.fetch(_OVER, now, limit)]


async def end(sql: Sql, ended: dict[UUID, bytes]) -> None:
    """Keep that these drafts ended, and how that was told, instead of their words."""
    await sql.execute(_END, list(ended), list(ended.values()))


async def save(sql: Sql, draft_id: UUID, origin: Origin, told: bytes, *, expires_at: datetime) -> None:
    """Keep a draft as it was told."""
    await sql.execute(_SAVE, draft_id, origin.site_id, origin.source_id, told, expires_at)


async def first_use(sql: Sql, source_id: str, key: str) -> tuple[UUID, datetime]:
    """The draft that came under this key, and when."""
    row = await sql.fetchrow(_FIRST_USE, source_id, key)
    assert row is not None, "who used the key first has committed"
    return row["submission_id"], row["seen_at"]


async def article_url(sql: Sql, article_id: UUID) -> str:
    """Where an article stands; empty when nobody said yet."""
    return str(await sql.fetchval(_ARTICLE_URL, article_id) or "")


async def after(sql: Sql, draft_id: UUID, limit: int) -> list[tuple[UUID, bytes]]:
    """A page of all drafts by id, each as it was told; locked until the transaction ends."""
    return [(row["draft_id"], row["told"]) for row in await sql.fetch(_AFTER, draft_id, limit)]
