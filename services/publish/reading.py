"""Every SQL statement publish's pages and doors read with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plumbline.events.v1 import publication_pb2

from services.publish.model import Publication
from services.publish.store import read_publication
from shared.postgres import Row, Sql

ROOTS = 20
REPLIES = 3

_PUBLICATION = "SELECT site_id, article, claims, verdicts, panel, revision FROM publication WHERE article_id = $1"
_PANEL = "SELECT panel, revision FROM publication WHERE article_id = $1 AND site_id = $2 AND panel IS NOT NULL"
_OF_CLAIM = """
SELECT article_id, site_id, article, claims, verdicts, panel, revision FROM publication
WHERE claim_ids @> ARRAY[$1::uuid] AND article IS NOT NULL LIMIT 1
"""
_LATEST = """
SELECT p.article_id, p.article, p.panel, coalesce(c.published, 0) AS comments
FROM publication p LEFT JOIN comment_count c USING (article_id)
WHERE p.site_id = $1 AND p.article IS NOT NULL AND NOT p.withdrawn
ORDER BY p.published_at DESC NULLS LAST, p.article_id LIMIT $2
"""
_COMMENTS = """
SELECT r.comment_id, r.author_name, r.body_html, r.written_at, r.parent_id,
       (SELECT count(*) FROM comment n WHERE n.root_id = r.comment_id::text AND n.parent_id <> ''
                                         AND n.status = 'published') AS replies,
       k.comment_id AS reply_id, k.author_name AS reply_author, k.body_html AS reply_html, k.written_at AS reply_at
FROM (SELECT * FROM comment WHERE article_id = $1 AND parent_id = '' AND status = 'published'
      ORDER BY written_at DESC, comment_id DESC LIMIT $2) r
LEFT JOIN LATERAL (SELECT * FROM comment k WHERE k.root_id = r.comment_id::text AND k.parent_id <> ''
                   AND k.status = 'published' ORDER BY k.written_at, k.comment_id LIMIT $3) k ON true
ORDER BY r.written_at DESC, r.comment_id DESC, k.written_at, k.comment_id
"""
_COUNT = "SELECT published FROM comment_count WHERE article_id = $1"
_CORRECTIONS = "SELECT body FROM correction WHERE article_id = $1 ORDER BY corrected_at DESC LIMIT 50"
_ALL_CORRECTIONS = """
SELECT c.body, p.article FROM correction c LEFT JOIN publication p USING (article_id)
WHERE c.site_id = $1 ORDER BY c.corrected_at DESC, c.correction_id LIMIT $2
"""
# A round is over when a sheet was told after it began.
_PROGRESS = """
SELECT g.done, g.total FROM progress g
WHERE g.article_id = $1 AND g.done < g.total AND g.heard_at > $2 AND NOT EXISTS (
    SELECT FROM publication p
    WHERE p.article_id = g.article_id AND (p.verdicts_epoch, p.verdicts_counter) > (g.epoch, g.counter))
"""
_SEARCH = """
SELECT *, count(*) OVER () AS total, ts_rank(words, q) AS rank
FROM fact_check, websearch_to_tsquery('english', $2) q
WHERE site_id = $1 AND NOT withdrawn AND words @@ q
ORDER BY rank DESC, reviewed_at DESC NULLS LAST, fact_check_id LIMIT $3 OFFSET $4
"""
_NEWEST = """
SELECT *, count(*) OVER () AS total FROM fact_check WHERE site_id = $1 AND NOT withdrawn
ORDER BY reviewed_at DESC NULLS LAST, fact_check_id LIMIT $2 OFFSET $3
"""
_AUDIO = "SELECT text_sha256, state, reason, duration_ms FROM audio WHERE article_id = $1"
_LOG = """
SELECT revision, panel FROM publication_log WHERE site_id = $1 AND revision > $2 ORDER BY revision LIMIT $3
"""
_EVERY_PANEL = """
SELECT revision, panel FROM publication WHERE site_id = $1 AND panel IS NOT NULL AND revision > $2
ORDER BY revision LIMIT $3
"""
_HEAD = "SELECT coalesce(max(revision), 0) AS head, coalesce(min(revision), 0) AS tail FROM publication_log"


@dataclass(frozen=True, slots=True)
class ReplyRow:
    comment_id: UUID
    author_name: str
    body_html: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class RootRow:
    """A public comment that answers no other, with its first replies; `replies_count` is all public ones."""

    comment_id: UUID
    author_name: str
    body_html: str
    written_at: datetime
    replies: tuple[ReplyRow, ...]
    replies_count: int


async def publication(sql: Sql, article_id: UUID) -> Publication | None:
    """Everything heard of an article; None before the article itself was."""
    row = await sql.fetchrow(_PUBLICATION, article_id)
    return read_publication(row, article_id, row["site_id"]) if row and row["article"] else None


async def panel(sql: Sql, article_id: UUID, site_id: UUID) -> tuple[publication_pb2.Panel, int] | None:
    """The panel of one site's article with its revision."""
    row = await sql.fetchrow(_PANEL, article_id, site_id)
    return (publication_pb2.Panel.FromString(row["panel"]), row["revision"]) if row else None


async def publication_of_claim(sql: Sql, claim_id: UUID) -> Publication | None:
    """The article in which a claim stands or stood."""
    row = await sql.fetchrow(_OF_CLAIM, claim_id)
    return read_publication(row, row["article_id"], row["site_id"]) if row else None


async def latest(sql: Sql, site_id: UUID, limit: int) -> list[Row]:
    return await sql.fetch(_LATEST, site_id, limit)


async def comments(
    sql: Sql, article_id: UUID, *, roots_at_most: int = ROOTS, replies_at_most: int = REPLIES
) -> list[RootRow]:
    """The newest public comments of an article with their first replies, in one statement."""
    roots: dict[UUID, RootRow] = {}
    for row in await sql.fetch(_COMMENTS, article_id, roots_at_most, replies_at_most):
        known = roots.get(row["comment_id"])
        replies = known.replies if known else ()
        if row["reply_id"] is not None:
            reply = ReplyRow(row["reply_id"], row["reply_author"], row["reply_html"], row["reply_at"])
            replies = (*replies, reply)
        roots[row["comment_id"]] = RootRow(
            row["comment_id"], row["author_name"], row["body_html"], row["written_at"], replies, row["replies"]
        )
    return list(roots.values())


async def comment_count(sql: Sql, article_id: UUID) -> int:
    return int(await sql.fetchval(_COUNT, article_id) or 0)


async def corrections(sql: Sql, article_id: UUID) -> list[publication_pb2.Correction]:
    """The corrections of one article, newest first."""
    return [publication_pb2.Correction.FromString(r["body"]) for r in await sql.fetch(_CORRECTIONS, article_id)]


async def all_corrections(sql: Sql, site_id: UUID, limit: int) -> list[Row]:
    return await sql.fetch(_ALL_CORRECTIONS, site_id, limit)


async def progress(sql: Sql, article_id: UUID, since: datetime) -> tuple[int, int] | None:
    """(done, total) of a run of checks that is under way and was heard of after `since`."""
    row = await sql.fetchrow(_PROGRESS, article_id, since)
    return (row["done"], row["total"]) if row else None


async def search(sql: Sql, site_id: UUID, words: str, limit: int, offset: int) -> list[Row]:
    """Fact checks by words, best first; without words the newest. Each row carries `total`."""
    if words:
        return await sql.fetch(_SEARCH, site_id, words, limit, offset)
    return await sql.fetch(_NEWEST, site_id, limit, offset)


async def audio_state(sql: Sql, article_id: UUID) -> Row | None:
    return await sql.fetchrow(_AUDIO, article_id)


async def audio_bytes(sql: Sql, article_id: UUID, kind: str) -> tuple[bytes, str] | None:
    """The recording or its timings (`opus`, `mp3`, `vtt`) with the hash of the text it speaks."""
    column = {"opus": "opus", "mp3": "mp3", "vtt": "convert_to(vtt, 'UTF8')"}[kind]
    statement = f"SELECT {column} AS body, text_sha256 FROM audio WHERE article_id = $1 AND state = 'ready'"  # noqa: S608
    row = await sql.fetchrow(statement, article_id)
    return (row["body"], row["text_sha256"]) if row and row["body"] is not None else None


async def log_after(sql: Sql, site_id: UUID, revision: int, limit: int) -> list[tuple[int, publication_pb2.Panel]]:
    """Panels told after a revision, in order. Nothing with a lower revision can still appear."""
    rows = await sql.fetch(_LOG, site_id, revision, limit)
    return [(r["revision"], publication_pb2.Panel.FromString(r["panel"])) for r in rows]


async def panels_after(sql: Sql, site_id: UUID, revision: int, limit: int) -> list[tuple[int, publication_pb2.Panel]]:
    """The present panel of every article of a site, by revision."""
    rows = await sql.fetch(_EVERY_PANEL, site_id, revision, limit)
    return [(r["revision"], publication_pb2.Panel.FromString(r["panel"])) for r in rows]


async def log_ends(sql: Sql) -> tuple[int, int]:
    """The newest and the oldest revision kept; (0, 0) when there is none."""
    row = await sql.fetchrow(_HEAD)
    return (row["head"], row["tail"]) if row else (0, 0)
