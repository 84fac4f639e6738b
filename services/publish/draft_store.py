"""Every SQL statement of publish about drafts."""

from __future__ import annotations

from uuid import UUID

from google.protobuf.message import Message
from plumbline.events.v1 import article_pb2, claim_pb2, verdict_pb2

from services.publish.drafts import DraftCheck
from shared.postgres import Row, Sql

_LOCK = """
INSERT INTO draft (draft_id, site_id) VALUES ($1, $2)
ON CONFLICT (draft_id) DO UPDATE SET site_id = draft.site_id
RETURNING draft, claims, verdicts
"""
_SAVE = "UPDATE draft SET draft = $2, claims = $3, verdicts = $4, revision = revision + 1 WHERE draft_id = $1"
_FIND = "SELECT draft, claims, verdicts FROM draft WHERE draft_id = $1"


async def lock(sql: Sql, draft_id: UUID, site_id: UUID) -> DraftCheck:
    """What is known of a draft, locked until the transaction ends; an empty one when nothing is."""
    row = await sql.fetchrow(_LOCK, draft_id, site_id)
    assert row is not None
    return _read(row)


async def save(sql: Sql, draft_id: UUID, check: DraftCheck) -> None:
    """Store a draft after news of it."""
    await sql.execute(_SAVE, draft_id, _bytes(check.draft), _bytes(check.claims), _bytes(check.verdicts))


async def find(sql: Sql, draft_id: UUID) -> DraftCheck | None:
    """What is known of a draft; None when nothing is."""
    row = await sql.fetchrow(_FIND, draft_id)
    return _read(row) if row else None


def _read(row: Row) -> DraftCheck:
    return DraftCheck(
        draft=article_pb2.Draft.FromString(row["draft"]) if row["draft"] else None,
        claims=claim_pb2.ClaimSheet.FromString(row["claims"]) if row["claims"] else None,
        verdicts=verdict_pb2.VerdictSheet.FromString(row["verdicts"]) if row["verdicts"] else None,
    )


def _bytes(part: Message | None) -> bytes | None:
    return part.SerializeToString(deterministic=True) if part is not None else None
