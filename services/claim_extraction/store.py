"""Every SQL statement of claim extraction."""

from __future__ import annotations

from uuid import UUID

from pydantic import TypeAdapter

from services.claim_extraction.model import ClaimSheet
from shared.errors import Transient
from shared.postgres import Sql

_SHEET: TypeAdapter[ClaimSheet] = TypeAdapter(ClaimSheet)

_LOAD = "SELECT body FROM sheet WHERE subject_id = $1 FOR UPDATE"
_TOLD_AFTER = """
SELECT subject_id, told FROM sheet WHERE subject_id > $1 AND told IS NOT NULL ORDER BY subject_id LIMIT $2 FOR UPDATE
"""
_SAVE = """
INSERT INTO sheet (subject_id, site_id, epoch, counter, article_epoch, article_counter, body, told)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8)
ON CONFLICT (subject_id) DO UPDATE
SET epoch = $3, counter = $4, article_epoch = $5, article_counter = $6, body = $7::jsonb, told = $8, updated_at = now()
WHERE (sheet.epoch, sheet.counter) < ($3, $4)
RETURNING true
"""


async def sheet_of(sql: Sql, subject_id: str, site_id: str) -> ClaimSheet:
    """The subject's sheet, locked until the transaction ends; an empty one when there is none yet."""
    body = await sql.fetchval(_LOAD, UUID(subject_id))
    return _SHEET.validate_json(body) if body else ClaimSheet(subject_id=subject_id, site_id=site_id)


async def told_after(sql: Sql, subject_id: UUID, limit: int) -> list[tuple[UUID, bytes]]:
    """A page of all sheets by subject, each as it was last told; locked until the transaction ends."""
    return [(row["subject_id"], row["told"]) for row in await sql.fetch(_TOLD_AFTER, subject_id, limit)]


async def save(sql: Sql, sheet: ClaimSheet, told: bytes) -> None:
    """Store the sheet at its new version, and the message that tells it. Raises Transient when somebody stored that version first."""
    saved = await sql.fetchval(
        _SAVE,
        UUID(sheet.subject_id),
        UUID(sheet.site_id),
        sheet.version.epoch,
        sheet.version.counter,
        sheet.article_version.epoch,
        sheet.article_version.counter,
        _SHEET.dump_json(sheet).decode(),
        told,
    )
    if not saved:
        raise Transient("the sheet was changed meanwhile")
