"""Every SQL statement about sheets and tips. What is known to be claimed is in `known_store`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from services.claim_extraction.contract import Tip
from services.claim_extraction.model import ClaimSheet, Reading, Subject
from shared.errors import Transient
from shared.inbox import First
from shared.outbox import Unit
from shared.postgres import Row, Sql

_SHEET: TypeAdapter[ClaimSheet] = TypeAdapter(ClaimSheet)
_READING: TypeAdapter[Reading] = TypeAdapter(Reading)

_HELD = """
WITH held AS (SELECT body, told, reading FROM sheet WHERE subject_id = $1 FOR UPDATE)
SELECT (SELECT body FROM held) AS body, (SELECT told FROM held) AS told, (SELECT reading FROM held) AS reading,
       ARRAY(SELECT words FROM tip WHERE article_id = $1 AND words <> '' ORDER BY tip_id) AS wanted
"""
_TOLD = "SELECT body, told, reading, '{}'::text[] AS wanted FROM sheet WHERE subject_id = $1 AND told IS NOT NULL"
_TO_RELATE = """
SELECT body, told, reading, '{}'::text[] AS wanted FROM sheet WHERE to_relate AND told IS NOT NULL
ORDER BY subject_id LIMIT $1
"""
_RELATE = """
UPDATE sheet SET to_relate = true WHERE subject_id IN
    (SELECT subject_id FROM sheet WHERE subject_id = ANY($1::uuid[]) ORDER BY subject_id FOR UPDATE)
"""
_RELATED = """
UPDATE sheet SET to_relate = false FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS v(subject_id, epoch, counter)
WHERE (sheet.subject_id, sheet.epoch, sheet.counter) = (v.subject_id, v.epoch, v.counter)
"""
_TOLD_AFTER = """
SELECT subject_id, told FROM sheet WHERE subject_id > $1 AND told IS NOT NULL ORDER BY subject_id LIMIT $2 FOR UPDATE
"""
_SAVE = """
INSERT INTO sheet (subject_id, site_id, epoch, counter, article_epoch, article_counter, body, told, reading, kind, owner,
                   to_relate)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12)
ON CONFLICT (subject_id) DO UPDATE
SET epoch = $3, counter = $4, article_epoch = $5, article_counter = $6, body = $7::jsonb, told = $8, reading = $9,
    to_relate = sheet.to_relate OR $12, updated_at = now()
WHERE (sheet.epoch, sheet.counter) < ($3, $4)
RETURNING true
"""
_SEND_IN = """
INSERT INTO sheet (subject_id, site_id, epoch, counter, article_epoch, article_counter, body, told, reading, kind, owner,
                   content_sha256, answer)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12, $13)
ON CONFLICT (subject_id) DO NOTHING RETURNING true
"""
_ANSWERED = "SELECT content_sha256, answer FROM sheet WHERE subject_id = $1 AND answer IS NOT NULL"
_OWN = "SELECT body FROM sheet WHERE subject_id = $1 AND site_id = $2 AND owner = $3"
_OWN_BEFORE = """
SELECT body, created_at FROM sheet WHERE site_id = $1 AND owner = $2 AND owner <> '' AND (created_at, subject_id) <= ($3, $4)
ORDER BY created_at DESC, subject_id DESC LIMIT $5
"""
_BODIES = "SELECT body FROM sheet WHERE subject_id = ANY($1::uuid[])"
_SAVE_TIP = """
INSERT INTO tip (tip_id, article_id, site_id, epoch, counter, words) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tip_id) DO UPDATE SET epoch = $4, counter = $5, words = $6 WHERE (tip.epoch, tip.counter) < ($4, $5)
RETURNING true
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What is stored of a subject. `told` is None until its first sheet was told; `wanted` are words readers pointed at."""

    sheet: ClaimSheet
    told: bytes | None
    reading: Reading
    wanted: tuple[str, ...]


def asking(subject_id: str) -> First:
    """`held` as the first thing a transaction asks; `held_in` reads the answer."""
    return First(_HELD, (UUID(subject_id),))


def held_in(first: First, subject_id: str, site_id: str) -> Held:
    return _as_held(first.row, subject_id, site_id)


async def held(sql: Sql, subject_id: str, site_id: str) -> Held:
    """The subject as it stands, locked until the transaction ends; an empty one when there is none yet."""
    row = await sql.fetchrow(_HELD, UUID(subject_id))
    assert row is not None
    return _as_held(row, subject_id, site_id)


async def told(sql: Sql, subject_id: str) -> Held | None:
    """The subject as it was last told, without a lock; None when it was not."""
    row = await sql.fetchrow(_TOLD, UUID(subject_id))
    return _as_held(row, "", "") if row else None


async def to_relate(sql: Sql, limit: int) -> list[Held]:
    """Subjects whose claims were not compared with what is known elsewhere, without a lock."""
    return [_as_held(row, "", "") for row in await sql.fetch(_TO_RELATE, limit)]


async def relate(sql: Sql, subject_ids: Iterable[str]) -> None:
    """Have the claims of these subjects compared anew."""
    await sql.execute(_RELATE, [UUID(each) for each in subject_ids])


async def related(sql: Sql, sheets: Sequence[ClaimSheet]) -> None:
    """These sheets were compared at the version given; one that moved on meanwhile is left for the next time."""
    versions = [each.version.epoch for each in sheets], [each.version.counter for each in sheets]
    await sql.execute(_RELATED, [UUID(each.subject_id) for each in sheets], *versions)


async def told_after(sql: Sql, subject_id: UUID, limit: int) -> list[tuple[UUID, bytes]]:
    """A page of all sheets by subject, each as it was last told; locked until the transaction ends."""
    return [(row["subject_id"], row["told"]) for row in await sql.fetch(_TOLD_AFTER, subject_id, limit)]


async def save(
    sql: Sql, sheet: ClaimSheet, about: Subject, reading: Reading, told: bytes | None, *, to_relate: bool = False
) -> None:
    """Store the sheet at its new version, and the message that tells it; None while there is nothing to tell.
    `to_relate` has its claims compared with what is known elsewhere.

    Raises Transient when somebody stored that version first.
    """
    if not await sql.fetchval(_SAVE, *_columns(sheet, about, reading, told), to_relate):
        raise Transient("the sheet was changed meanwhile")


def save_at_end(tx: Unit, sheet: ClaimSheet, about: Subject, reading: Reading, told: bytes, *, to_relate: bool) -> None:
    """`save`, when the transaction ends: nobody reads the sheet again before."""
    refused = Transient("the sheet was changed meanwhile")
    tx.at_end(_SAVE, *_columns(sheet, about, reading, told), to_relate, refused=refused)


async def send_in(
    sql: Sql, sheet: ClaimSheet, about: Subject, reading: Reading, told: bytes, *, content: str, answer: bytes
) -> bool:
    """Store a new subject with what its sender is told; False when the subject is there already."""
    return bool(await sql.fetchval(_SEND_IN, *_columns(sheet, about, reading, told), content, answer))


async def answered(sql: Sql, subject_id: str) -> tuple[str, bytes] | None:
    """The hash of what was sent in as this subject and what its sender was told; None for a new one."""
    row = await sql.fetchrow(_ANSWERED, UUID(subject_id))
    return (row["content_sha256"], row["answer"]) if row else None


async def own_sheet(sql: Sql, subject_id: UUID, site_id: UUID, owner: str) -> ClaimSheet | None:
    """The sheet of a subject this partner sent in; None for everything else."""
    body = await sql.fetchval(_OWN, subject_id, site_id, owner) if owner else None
    return _SHEET.validate_json(body) if body else None


async def own_sheets(
    sql: Sql, site_id: UUID, owner: str, *, before: tuple[datetime, UUID], limit: int
) -> list[tuple[ClaimSheet, datetime]]:
    """The subjects a partner sent in with the moment they came, newest first, from `before` on (that one included)."""
    rows = await sql.fetch(_OWN_BEFORE, site_id, owner, *before, limit)
    return [(_SHEET.validate_json(row["body"]), row["created_at"]) for row in rows]


async def sheets(sql: Sql, subject_ids: list[str]) -> list[ClaimSheet]:
    """These subjects' sheets, in no order; those that are not there are left out."""
    rows = await sql.fetch(_BODIES, [UUID(each) for each in subject_ids])
    return [_SHEET.validate_json(row["body"]) for row in rows]


async def save_tip(sql: Sql, tip: Tip) -> bool:
    """Keep what a reader pointed at; False when this or a newer state of the tip is kept already."""
    version = tip.version
    ids = UUID(tip.tip_id), UUID(tip.article_id), UUID(tip.site_id)
    return bool(await sql.fetchval(_SAVE_TIP, *ids, version.epoch, version.counter, tip.words))


def _as_held(row: Row, subject_id: str, site_id: str) -> Held:
    sheet = _SHEET.validate_json(row["body"]) if row["body"] else ClaimSheet(subject_id=subject_id, site_id=site_id)
    reading = _READING.validate_json(row["reading"]) if row["reading"] else Reading()
    return Held(sheet, row["told"], reading, tuple(row["wanted"]))


def _columns(sheet: ClaimSheet, about: Subject, reading: Reading, told: bytes | None) -> tuple[object, ...]:
    return (
        sheet.subject_id,
        sheet.site_id,
        sheet.version.epoch,
        sheet.version.counter,
        sheet.article_version.epoch,
        sheet.article_version.counter,
        _SHEET.dump_json(sheet).decode(),
        told,
        _READING.dump_json(reading),
        about.kind.value,
        about.owner,
    )
