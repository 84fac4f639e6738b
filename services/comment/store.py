"""Every SQL statement of the comment service that changes something, and what those changes stand on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.comment.engine.rules import History, Limits, Reason
from services.comment.engine.words import CLEANER_VERSION, Words
from services.comment.model import Change, Comment, DecidedBy, Parent, Settings, Status, Submission
from shared.events import Version
from shared.postgres import Row, Sql

RECENT = timedelta(minutes=10)
REMEMBERED = timedelta(days=30)

_CONTEXT = """
SELECT (SELECT to_jsonb(s) FROM moderation_settings s WHERE s.site_id = $1) AS settings,
       (SELECT count(*) FROM comment WHERE site_id = $1 AND author_key = $3 AND $3 <> '' AND digest = $4 AND $4 <> ''
           AND comment_id <> $2 AND written_at BETWEEN $5::timestamptz - $7::interval AND $5
           AND ($8::uuid IS NULL OR article_id = $8)) AS repeated,
       (SELECT count(*) FROM (SELECT FROM comment WHERE article_id = $9 AND digest = $4 AND $4 <> ''
           AND comment_id <> $2 AND written_at <= $5 LIMIT 100) c) AS copies,
       (SELECT count(*) FROM comment WHERE site_id = $1 AND author_key = $3 AND $3 <> ''
           AND comment_id <> $2 AND written_at BETWEEN $5::timestamptz - $6::interval AND $5
           AND ($8::uuid IS NULL OR article_id = $8)) AS recent
"""
_LOCK = """
INSERT INTO thread (article_id, site_id) VALUES ($1, $2)
ON CONFLICT (article_id) DO UPDATE SET site_id = thread.site_id
RETURNING *
"""
_LOAD = """
SELECT c.*, p.article_id AS parent_article, p.root_id AS parent_root,
       coalesce(p.status = 'published', false) AS parent_published, coalesce(r.status = 'published', false) AS root_public
FROM (SELECT 1) one
LEFT JOIN comment c ON c.comment_id = $1
LEFT JOIN comment p ON p.comment_id = coalesce(c.parent_id, $2)
LEFT JOIN comment r ON r.comment_id = p.root_id
"""
# One statement: the comment, the replies that waited for it (whole branches), and the number of public comments.
_SAVE = """
WITH RECURSIVE below AS (
    SELECT comment_id FROM comment WHERE $20::boolean AND parent_id = $1 AND article_id = $3 AND root_id IS NULL
    UNION
    SELECT c.comment_id FROM comment c JOIN below b ON c.parent_id = b.comment_id
    WHERE c.article_id = $3 AND c.root_id IS NULL
), joined AS (
    UPDATE comment SET root_id = $9, epoch = greatest(epoch, $4), counter = counter + 1
    FROM below WHERE comment.comment_id = below.comment_id
    RETURNING comment.*
), kept AS (
    INSERT INTO comment (comment_id, site_id, article_id, epoch, counter, heard_epoch, heard_counter, parent_id, root_id,
                         author_name, author_key, raw, html, text, links, digest, cleaner, status, decided_by, reasons,
                         written_at, quote)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $24, $25, $26)
    ON CONFLICT (comment_id) DO UPDATE SET epoch = $4, counter = $5, heard_epoch = $6, heard_counter = $7, root_id = $9,
        author_name = $10, author_key = $11, raw = $12, html = $13, text = $14, links = $15, digest = $16, cleaner = $17,
        status = $18, decided_by = $19, reasons = $24, written_at = $25, quote = $26
), total AS (
    UPDATE thread SET
        published = published + $21::integer
            + $22::integer * (SELECT count(*) FROM comment
                     WHERE $22::integer <> 0 AND root_id = $1 AND parent_id IS NOT NULL AND status = 'published')
            + CASE WHEN $23::boolean THEN (SELECT count(*) FROM joined WHERE status = 'published') ELSE 0 END,
        epoch = greatest(epoch, $4), counter = counter + 1
    WHERE article_id = $3
    RETURNING published, epoch AS thread_epoch, counter AS thread_counter
)
SELECT t.published, t.thread_epoch, t.thread_counter, j.* FROM total t LEFT JOIN joined j ON true
"""
_ARTICLE = """
INSERT INTO thread (article_id, site_id, article_epoch, article_counter, withdrawn, epoch, counter)
VALUES ($1, $2, $3, $4, $5, $3, 1)
ON CONFLICT (article_id) DO UPDATE SET site_id = $2, article_epoch = $3, article_counter = $4, withdrawn = $5,
    counter = thread.counter + 1
WHERE (thread.article_epoch, thread.article_counter) < ($3, $4)
"""
_ACT = """
INSERT INTO moderation_act (act_id, site_id, comment_id, at, person_id, act, status_before, status_after, epoch, counter,
                            note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_SETTINGS = """
INSERT INTO moderation_settings (site_id, premoderated, limits) VALUES ($1, $2, $3)
ON CONFLICT (site_id) DO UPDATE SET premoderated = $2, limits = $3
"""


_COMMENTS_AFTER = "SELECT * FROM comment WHERE comment_id > $1 ORDER BY comment_id LIMIT $2 FOR UPDATE"
_THREADS_AFTER = "SELECT * FROM thread WHERE article_id > $1 ORDER BY article_id LIMIT $2 FOR UPDATE"
_FIND = "SELECT * FROM comment WHERE comment_id = $1"


@dataclass(frozen=True, slots=True)
class Thread:
    """What is heard of an article and how many public comments it has; `version` moves with every change under it."""

    article_id: UUID
    site_id: UUID
    heard: Version
    withdrawn: bool
    published: int
    version: Version

    @property
    def known(self) -> bool:
        """Whether the article itself was heard of."""
        return self.heard > Version(0, 0)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A comment as it stands, and the one it answers."""

    known: Comment | None
    parent: Parent | None


async def context(sql: Sql, news: Submission, words: Words, *, across_articles: bool) -> tuple[Settings, History]:
    """How the site moderates, and what else this author and this text did before.

    Comments of the CMS are compared within their article only: order across articles is not ours to rely on.
    """
    row = await sql.fetchrow(
        _CONTEXT,
        news.site_id,
        news.comment_id,
        news.author_key,
        words.digest,
        news.written_at,
        RECENT,
        REMEMBERED,
        None if across_articles else news.article_id,
        news.article_id,
    )
    assert row is not None
    return _settings(row["settings"]), History(row["repeated"], row["copies"], row["recent"])


async def lock_thread(sql: Sql, article_id: UUID, site_id: UUID) -> Thread:
    """The article's row, made when nobody heard of it, locked until the transaction ends."""
    row = await sql.fetchrow(_LOCK, article_id, site_id)
    assert row is not None
    return thread_of(row)


async def load(sql: Sql, comment_id: UUID, parent_id: UUID | None) -> Loaded:
    row = await sql.fetchrow(_LOAD, comment_id, parent_id)
    assert row is not None
    parent = None
    if row["parent_article"]:
        root_public = row["root_public"]
        public = row["parent_published"] and root_public
        parent = Parent(row["parent_article"], row["parent_root"], root_public, public)
    return Loaded(comment_of(row) if row["comment_id"] else None, parent)


async def find(sql: Sql, comment_id: UUID) -> Comment | None:
    row = await sql.fetchrow(_FIND, comment_id)
    return None if row is None else comment_of(row)


async def comments_after(sql: Sql, comment_id: UUID, limit: int) -> list[Comment]:
    """A page of all comments by id, locked until the transaction ends."""
    return [comment_of(row) for row in await sql.fetch(_COMMENTS_AFTER, comment_id, limit)]


async def threads_after(sql: Sql, article_id: UUID, limit: int) -> list[Thread]:
    """A page of all threads by article, locked until the transaction ends."""
    return [thread_of(row) for row in await sql.fetch(_THREADS_AFTER, article_id, limit)]


async def save(sql: Sql, change: Change, *, root_public: bool) -> tuple[Thread, list[Comment]]:
    """Save a change; returns the thread after it and the replies that now hang on a root. The thread must be locked."""
    one = change.comment
    rows = await sql.fetch(
        _SAVE,
        one.comment_id,
        one.site_id,
        one.article_id,
        one.version.epoch,
        one.version.counter,
        one.heard.epoch,
        one.heard.counter,
        one.parent_id,
        one.root_id,
        one.author_name,
        one.author_key,
        one.words.raw,
        one.words.html,
        one.words.text,
        one.words.links,
        one.words.digest,
        CLEANER_VERSION,
        one.status.value,
        one.decided_by.value,
        change.joins,
        change.published,
        change.flip,
        root_public,
        json.dumps([asdict(reason) for reason in one.reasons]),
        one.written_at,
        one.quote,
    )
    version = Version(rows[0]["thread_epoch"], rows[0]["thread_counter"])
    thread = Thread(one.article_id, one.site_id, Version(0, 0), False, rows[0]["published"], version)
    return thread, [comment_of(row) for row in rows if row["comment_id"] is not None]


async def save_article(sql: Sql, article_id: UUID, site_id: UUID, version: Version, *, withdrawn: bool) -> None:
    """Keep the newest that is heard of an article."""
    await sql.execute(_ARTICLE, article_id, site_id, version.epoch, version.counter, withdrawn)


async def write_act(
    sql: Sql,
    act_id: UUID,
    before: Comment,
    after: Comment,
    *,
    at: datetime,
    person_id: str,
    note: str,
) -> None:
    """Write down what a person decided."""
    act = "publish" if after.status is Status.PUBLISHED else "remove"
    await sql.execute(
        _ACT,
        act_id,
        after.site_id,
        after.comment_id,
        at,
        person_id,
        act,
        before.status.value,
        after.status.value,
        after.version.epoch,
        after.version.counter,
        note,
    )


async def set_settings(sql: Sql, site_id: UUID, settings: Settings) -> None:
    """How the site moderates from now on."""
    limits = {name: value for name, value in asdict(settings.limits).items() if value != getattr(Limits(), name)}
    await sql.execute(_SETTINGS, site_id, settings.premoderated, json.dumps(limits))


def thread_of(row: Row) -> Thread:
    return Thread(
        row["article_id"],
        row["site_id"],
        Version(row["article_epoch"], row["article_counter"]),
        row["withdrawn"],
        row["published"],
        Version(row["epoch"], row["counter"]),
    )


def comment_of(row: Row) -> Comment:
    return Comment(
        comment_id=row["comment_id"],
        site_id=row["site_id"],
        article_id=row["article_id"],
        version=Version(row["epoch"], row["counter"]),
        heard=Version(row["heard_epoch"], row["heard_counter"]),
        parent_id=row["parent_id"],
        root_id=row["root_id"],
        author_name=row["author_name"],
        author_key=row["author_key"],
        words=Words(row["raw"], row["html"], row["text"], row["links"]),
        status=Status(row["status"]),
        decided_by=DecidedBy(row["decided_by"]),
        reasons=reasons_of(row["reasons"]),
        written_at=row["written_at"],
        quote=row["quote"],
    )


def reasons_of(stored: str) -> tuple[Reason, ...]:
    return tuple(Reason(**reason) for reason in json.loads(stored))


def _settings(stored: str | None) -> Settings:
    if stored is None:
        return Settings()
    found: dict[str, Any] = json.loads(stored)
    changed: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in found["limits"].items()
    }
    limits = replace(Limits(), **changed)
    return Settings(premoderated=found["premoderated"], limits=limits)
