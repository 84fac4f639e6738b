"""What providers answered, shared by every instance."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shared.postgres import Sql

LARGEST = 1_000_000  # bytes; a larger answer is asked for again
_RECALL = """
SELECT body, answered_at FROM connector_answer
WHERE site_id = $1 AND connector = $2 AND question_sha256 = $3 AND answered_at > $4
"""
_KEEP = """
INSERT INTO connector_answer (site_id, connector, question_sha256, status, body, answered_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (site_id, connector, question_sha256) DO UPDATE SET status = excluded.status, body = excluded.body,
    answered_at = excluded.answered_at
WHERE connector_answer.answered_at < excluded.answered_at
"""


async def recall(
    sql: Sql, site_id: UUID, connector: str, question_sha256: str, since: datetime
) -> tuple[str, datetime] | None:
    """An answer that is not older than `since`, and when it was given."""
    row = await sql.fetchrow(_RECALL, site_id, connector, question_sha256, since)
    return None if row is None else (row["body"], row["answered_at"])


async def keep(
    sql: Sql, site_id: UUID, connector: str, question_sha256: str, status: str, body: str, at: datetime
) -> None:
    """An answer in place of an older one. The database takes neither a failure nor more than `LARGEST`."""
    await sql.execute(_KEEP, site_id, connector, question_sha256, status, body, at)
