"""Verify now: one fresh check at a time for each article, however many readers press the button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.publish import contract
from shared.events import Version
from shared.service import Resources

COALESCE = timedelta(seconds=60)

_LOCK = """
INSERT INTO verification_request (article_id, request_id, counter, requested_at) VALUES ($1, $2, 0, '-infinity')
ON CONFLICT (article_id) DO UPDATE SET counter = verification_request.counter
RETURNING request_id, counter, requested_at > $3 AS joined
"""
_ASK = "UPDATE verification_request SET request_id = $2, counter = $3, requested_at = $4 WHERE article_id = $1"


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that will bring fresh outcomes; `joined` when somebody asked within the last minute."""

    request_id: UUID
    joined: bool


async def ask(resources: Resources, article_id: UUID, site_id: UUID, allow: Callable[[], None]) -> Asked:
    """Ask for a fresh check of an article, or join the one asked for within the last minute. `allow` is called before a
    check is asked for, never where one is joined; what it raises ends this with nothing asked."""
    now = resources.clock.now()
    fresh = resources.ids.new()
    async with resources.outbox.transaction() as unit:
        row = await unit.fetchrow(_LOCK, article_id, fresh, now - COALESCE)
        assert row is not None
        if row["joined"]:
            return Asked(row["request_id"], joined=True)
        allow()
        counter = row["counter"] + 1
        await unit.execute(_ASK, article_id, fresh, counter, now)
        version = Version(resources.outbox.epoch, counter)
        unit.emit(
            contract.verification_request(
                request_id=fresh, article_id=article_id, site_id=site_id, version=version, at=now
            )
        )
        return Asked(fresh, joined=False)
