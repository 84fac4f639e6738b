"""What readers and moderators see: published comments in pages that neither skip nor repeat, counts, held comments."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.comment.model import Comment
from services.comment.store import Thread, comment_of, thread_of
from shared.errors import Refused
from shared.postgres import Row, Sql

ROOTS = 20
FIRST_REPLIES = 3
MOST = 100

_THREAD = "SELECT * FROM thread WHERE article_id = $1"
_ROOTS = """
SELECT c.comment_id, c.parent_id, c.root_id, c.author_name, c.html, c.written_at,
       (SELECT count(*) FROM comment n WHERE n.root_id = c.comment_id AND n.parent_id IS NOT NULL
           AND n.status = 'published') AS replies
FROM comment c
WHERE c.article_id = $1 AND c.parent_id IS NULL AND c.status = 'published' AND (c.written_at, c.comment_id) < ($2, $3)
ORDER BY c.written_at DESC, c.comment_id DESC LIMIT $4
"""
_FIRST = """
SELECT k.* FROM unnest($1::uuid[]) AS r(root_id) CROSS JOIN LATERAL (
    SELECT comment_id, parent_id, root_id, author_name, html, written_at, 0 AS replies FROM comment k
    WHERE k.root_id = r.root_id AND k.parent_id IS NOT NULL AND k.status = 'published'
    ORDER BY written_at, comment_id LIMIT $2) k
ORDER BY k.written_at, k.comment_id
"""
_REPLIES = """
SELECT k.comment_id, k.parent_id, k.root_id, k.author_name, k.html, k.written_at, 0 AS replies
FROM comment k JOIN comment r ON r.comment_id = k.root_id
WHERE k.root_id = $2 AND k.article_id = $1 AND k.parent_id IS NOT NULL AND k.status = 'published'
    AND r.status = 'published' AND (k.written_at, k.comment_id) > ($3, $4)
ORDER BY k.written_at, k.comment_id LIMIT $5
"""
_COUNTS = "SELECT article_id, published FROM thread WHERE article_id = ANY($1::uuid[]) AND NOT withdrawn"
_RECOUNT = """
SELECT count(*) FROM comment c JOIN comment r ON r.comment_id = c.root_id
WHERE c.article_id = $1 AND c.status = 'published' AND r.status = 'published'
"""
_HELD = """
SELECT * FROM comment
WHERE site_id = $1 AND status = 'held' AND (written_at, comment_id) > ($2, $3)
ORDER BY written_at, comment_id LIMIT $4
"""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place between comments: the last one seen, by time and then by id, so equal times are no trouble."""

    written_at: datetime
    comment_id: UUID

    def __str__(self) -> str:
        micros = (self.written_at - _EPOCH) // timedelta(microseconds=1)
        return base64.urlsafe_b64encode(struct.pack(">q", micros) + self.comment_id.bytes).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Raises Refused naming `cursor`."""
        try:
            raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
            (micros,) = struct.unpack(">q", raw[:8])
            return cls(_EPOCH + timedelta(microseconds=micros), UUID(bytes=raw[8:]))
        except (ValueError, binascii.Error, struct.error, OverflowError) as error:
            raise Refused("INVALID_CURSOR", "This cursor was not given out here.", field="cursor") from error


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = Cursor(datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))
LAST = Cursor(datetime(9999, 12, 30, tzinfo=UTC), UUID(int=(1 << 128) - 1))


@dataclass(frozen=True, slots=True)
class Seen:
    """A public comment. `replies` holds the first ones of a root; `more` leads to the rest, None at the end."""

    comment_id: UUID
    parent_id: UUID | None
    author_name: str
    html: str
    written_at: datetime
    replies_count: int = 0
    replies: tuple[Seen, ...] = ()
    more: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Page:
    comments: tuple[Seen, ...]
    following: Cursor | None


async def thread(sql: Sql, article_id: UUID) -> Thread | None:
    row = await sql.fetchrow(_THREAD, article_id)
    return None if row is None else thread_of(row)


async def roots(sql: Sql, article_id: UUID, after: Cursor, *, limit: int = ROOTS) -> Page:
    """Comments that answer no other, newest first, each with its first replies."""
    rows = await sql.fetch(_ROOTS, article_id, after.written_at, after.comment_id, limit + 1)
    with_replies = [row["comment_id"] for row in rows[:limit] if row["replies"]]
    below: dict[UUID, list[Row]] = {}
    if with_replies:
        for row in await sql.fetch(_FIRST, with_replies, FIRST_REPLIES + 1):
            below.setdefault(row["root_id"], []).append(row)
    return _page([_seen(row, below.get(row["comment_id"], ())) for row in rows], limit)


async def replies(sql: Sql, article_id: UUID, root_id: UUID, after: Cursor, *, limit: int = ROOTS) -> Page:
    """Everything under one root, oldest first."""
    rows = await sql.fetch(_REPLIES, article_id, root_id, after.written_at, after.comment_id, limit + 1)
    return _page([_seen(row, ()) for row in rows], limit)


async def counts(sql: Sql, article_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many comments readers can see; articles nobody commented on are left out."""
    return {row["article_id"]: row["published"] for row in await sql.fetch(_COUNTS, list(article_ids))}


async def recount(sql: Sql, article_id: UUID) -> int:
    """The same number, counted from the comments themselves."""
    return int(await sql.fetchval(_RECOUNT, article_id))


async def held(sql: Sql, site_id: UUID, after: Cursor, *, limit: int) -> tuple[list[Comment], Cursor | None]:
    """Comments of a site that wait for a person, oldest first."""
    found = [comment_of(row) for row in await sql.fetch(_HELD, site_id, after.written_at, after.comment_id, limit + 1)]
    last = found[limit - 1] if len(found) > limit else None
    return found[:limit], Cursor(last.written_at, last.comment_id) if last else None


def _page(found: list[Seen], limit: int) -> Page:
    last = found[limit - 1] if len(found) > limit else None
    return Page(tuple(found[:limit]), Cursor(last.written_at, last.comment_id) if last else None)


def _seen(row: Row, below: Iterable[Row]) -> Seen:
    first = _page([_seen(reply, ()) for reply in below], FIRST_REPLIES)
    return Seen(
        row["comment_id"],
        row["parent_id"],
        row["author_name"],
        row["html"],
        row["written_at"],
        row["replies"],
        first.comments,
        first.following,
    )
