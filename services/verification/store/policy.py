"""The policy of a site, version by version."""

from __future__ import annotations

from uuid import UUID

from services.verification.model import PolicySettings
from services.verification.store.codec import policy_from, policy_json
from shared.postgres import Sql

_LATEST = "SELECT body FROM policy WHERE site_id = $1 ORDER BY version DESC LIMIT 1"
_ADD = """
INSERT INTO policy (site_id, version, body, recorded_by) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING version
"""


async def latest(sql: Sql, site_id: UUID) -> PolicySettings | None:
    """The policy people last set; None where nobody did."""
    body = await sql.fetchval(_LATEST, site_id)
    return None if body is None else policy_from(body)


async def add(sql: Sql, site_id: UUID, settings: PolicySettings, *, by: str) -> bool:
    """A further version; versions are never changed. `by` is the id of the person. False where that version is there."""
    return await sql.fetchval(_ADD, site_id, settings.version, policy_json(settings), by) is not None
