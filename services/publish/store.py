"""Every SQL statement publish writes with. What pages read stands in `reading.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message
from plumbline.events.v1 import article_pb2, claim_pb2, comment_pb2, fact_check_pb2, publication_pb2, verdict_pb2

from services.publish.contract import moment
from services.publish.model import Publication
from shared.events import NEVER, Version, version_of
from shared.postgres import Row, Sql

_LOCK = """
INSERT INTO publication (article_id, site_id) VALUES ($1, $2)
ON CONFLICT (article_id) DO UPDATE SET site_id = publication.site_id
RETURNING article, claims, verdicts, panel, revision
"""
_SAVE = """
UPDATE publication
SET article = COALESCE($2, article), article_epoch = $3, article_counter = $4, claims = COALESCE($5, claims), claims_epoch = $6, claims_counter = $7,
    verdicts = COALESCE($8, verdicts), verdicts_epoch = $9, verdicts_counter = $10, published_at = $11, withdrawn = $12, claim_ids = $13,
    updated_at = now()
WHERE article_id = $1
"""
# One lock around drawing a revision and committing it: a reader of the log never sees 8 before 7.
_SAVE_PANEL = """
WITH line AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext('publish.revision'))),
drawn AS MATERIALIZED (SELECT nextval('publication_revision') AS revision FROM line),
logged AS (
    INSERT INTO publication_log (revision, article_id, site_id, panel)
    SELECT drawn.revision, $1, $14, $15 FROM drawn
)
UPDATE publication
SET article = COALESCE($2, article), article_epoch = $3, article_counter = $4, claims = COALESCE($5, claims), claims_epoch = $6, claims_counter = $7,
    verdicts = COALESCE($8, verdicts), verdicts_epoch = $9, verdicts_counter = $10, published_at = $11, withdrawn = $12, claim_ids = $13,
    panel = $15, panel_epoch = $16, panel_counter = $17, revision = drawn.revision, updated_at = now()
FROM drawn WHERE article_id = $1
"""
_PANELS_AFTER = """
SELECT panel FROM publication WHERE article_id > $1 AND panel IS NOT NULL ORDER BY article_id LIMIT $2 FOR UPDATE
"""
_CORRECTIONS_AFTER = "SELECT body FROM correction WHERE correction_id > $1 ORDER BY correction_id LIMIT $2"
_CORRECT = """
INSERT INTO correction (correction_id, site_id, article_id, claim_id, body, corrected_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::timestamptz[])
ON CONFLICT (correction_id) DO NOTHING
"""
_PROGRESS = """
INSERT INTO progress (article_id, epoch, counter, run_id, done, total, heard_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (article_id) DO UPDATE SET epoch = $2, counter = $3, run_id = $4, done = $5, total = $6, heard_at = $7
WHERE (progress.epoch, progress.counter) < ($2, $3)
   OR (progress.epoch, progress.counter) = ($2, $3) AND (progress.run_id <> $4 OR progress.done < $5)
"""
_FACT_CHECK = """
INSERT INTO fact_check (fact_check_id, site_id, epoch, counter, own, withdrawn, claim, title, claimant, url, publisher,
                        rating, rating_label, reviewed_at, claim_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (fact_check_id) DO UPDATE
SET epoch = $3, counter = $4, own = $5, withdrawn = $6, claim = $7, title = $8, claimant = $9, url = $10,
    publisher = $11, rating = $12, rating_label = $13, reviewed_at = $14, claim_id = $15
WHERE (fact_check.epoch, fact_check.counter) < ($3, $4)
"""
_COMMENT = """
INSERT INTO comment (comment_id, site_id, article_id, epoch, counter, status, parent_id, root_id, author_name,
                     body_html, written_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (comment_id) DO UPDATE
SET epoch = $4, counter = $5, status = $6, parent_id = $7, root_id = $8, author_name = $9, body_html = $10,
    written_at = $11
WHERE (comment.epoch, comment.counter) < ($4, $5)
"""
_COUNTS = """
INSERT INTO comment_count VALUES ($1, $2, $3, $4)
ON CONFLICT (article_id) DO UPDATE SET epoch = $2, counter = $3, published = $4
WHERE (comment_count.epoch, comment_count.counter) < ($2, $3)
"""
_STATUSES = {
    comment_pb2.COMMENT_STATUS_PUBLISHED: "published",
    comment_pb2.COMMENT_STATUS_HELD: "held",
    comment_pb2.COMMENT_STATUS_REMOVED: "removed",
}


async def lock_publication(sql: Sql, article_id: UUID, site_id: UUID) -> Publication:
    """What is known of an article, locked until the transaction ends; an empty one when nothing is."""
    row = await sql.fetchrow(_LOCK, article_id, site_id)
    assert row is not None
    return read_publication(row, article_id, site_id)


def read_publication(row: Row, article_id: UUID, site_id: UUID) -> Publication:
    """A stored row as the model's value."""
    return Publication(
        article_id=str(article_id),
        site_id=str(site_id),
        article=article_pb2.Article.FromString(row["article"]) if row["article"] else None,
        claims=claim_pb2.ClaimSheet.FromString(row["claims"]) if row["claims"] else None,
        verdicts=verdict_pb2.VerdictSheet.FromString(row["verdicts"]) if row["verdicts"] else None,
        panel=publication_pb2.Panel.FromString(row["panel"]) if row["panel"] else None,
        revision=row["revision"],
    )


async def save_parts(sql: Sql, known: Publication, heard: Publication) -> None:
    """Store the parts that are news; the panel stays as it is."""
    await sql.execute(_SAVE, *_parts(known, heard))


async def save_panel(sql: Sql, known: Publication, heard: Publication, panel: publication_pb2.Panel) -> None:
    """Store the parts that are news and the panel, and log the panel under the next revision."""
    version = version_of(panel.version)
    await sql.execute(
        _SAVE_PANEL,
        *_parts(known, heard),
        UUID(heard.site_id),
        panel.SerializeToString(deterministic=True),
        version.epoch,
        version.counter,
    )


async def panels_after(sql: Sql, article_id: UUID, limit: int) -> list[publication_pb2.Panel]:
    """A page of all panels by article, locked until the transaction ends."""
    return [publication_pb2.Panel.FromString(row["panel"]) for row in await sql.fetch(_PANELS_AFTER, article_id, limit)]


async def corrections_after(sql: Sql, correction_id: UUID, limit: int) -> list[publication_pb2.Correction]:
    """A page of all corrections by id; they never change."""
    rows = await sql.fetch(_CORRECTIONS_AFTER, correction_id, limit)
    return [publication_pb2.Correction.FromString(row["body"]) for row in rows]


def _parts(known: Publication, p: Publication) -> tuple[object, ...]:
    """What stands in the row; without the bytes of a part that stands there already."""
    article, claims, verdicts = (
        (version_of(part.version) if part is not None else NEVER) for part in (p.article, p.claims, p.verdicts)
    )
    published = moment(p.article, "published_at") if p.article is not None else None
    return (
        UUID(p.article_id),
        _news(known.article, p.article),
        *_pair(article),
        _news(known.claims, p.claims),
        *_pair(claims),
        _news(known.verdicts, p.verdicts),
        *_pair(verdicts),
        published,
        p.article is not None and p.article.status == article_pb2.ARTICLE_STATUS_WITHDRAWN,
        [UUID(claim.claim_id) for claim in p.claims.claims] if p.claims is not None else [],
    )


def _news(known: Message | None, heard: Message | None) -> bytes | None:
    return heard.SerializeToString(deterministic=True) if heard is not None and heard is not known else None


def _pair(version: Version) -> tuple[int, int]:
    return version.epoch, version.counter


async def save_corrections(sql: Sql, corrections: Sequence[publication_pb2.Correction]) -> None:
    """Add corrections; one that stands already is left alone."""
    await sql.execute(
        _CORRECT,
        [UUID(c.correction_id) for c in corrections],
        [UUID(c.site_id) for c in corrections],
        [UUID(c.article_id) for c in corrections],
        [UUID(c.claim_id) for c in corrections],
        [c.SerializeToString(deterministic=True) for c in corrections],
        [moment(c, "corrected_at") for c in corrections],
    )


async def save_progress(sql: Sql, progress: verdict_pb2.VerdictProgress, now: datetime) -> None:
    """Keep the newest progress of an article: a round keeps its version while its count rises."""
    version = version_of(progress.version)
    await sql.execute(
        _PROGRESS, UUID(progress.article_id), *_pair(version), progress.run_id, progress.done, progress.total, now
    )


async def save_fact_check(sql: Sql, fact_check: fact_check_pb2.FactCheck) -> None:
    """Keep the newest state of a fact check."""
    await sql.execute(
        _FACT_CHECK,
        fact_check.fact_check_id,
        UUID(fact_check.site_id),
        *_pair(version_of(fact_check.version)),
        fact_check.origin == fact_check_pb2.FACT_CHECK_ORIGIN_OWN,
        fact_check.withdrawn,
        fact_check.claim,
        fact_check.title,
        fact_check.claimant,
        fact_check.url,
        fact_check.publisher,
        fact_check.rating,
        fact_check.rating_label,
        moment(fact_check, "reviewed_at"),
        fact_check.claim_id,
    )


async def save_comment(sql: Sql, comment: comment_pb2.Comment) -> None:
    """Keep the newest state of a comment; its words stand here only while it is public."""
    await sql.execute(
        _COMMENT,
        UUID(comment.comment_id),
        UUID(comment.site_id),
        UUID(comment.article_id),
        *_pair(version_of(comment.version)),
        _STATUSES.get(comment.status, "held"),
        comment.parent_id,
        comment.root_id or comment.comment_id,
        comment.author_name,
        comment.body_html,
        moment(comment, "written_at"),
    )


async def save_counts(sql: Sql, counts: comment_pb2.CommentCounts) -> None:
    """Keep the newest count of an article."""
    await sql.execute(_COUNTS, UUID(counts.article_id), *_pair(version_of(counts.version)), counts.published)
