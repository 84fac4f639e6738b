"""Every durable job of the room, until none is left."""

from __future__ import annotations

import contextlib
from collections import Counter
from uuid import UUID

from shared.inbox import AlreadyHandled, Work
from tests.integration.verification.room import Room

_WAITING = "SELECT id, entrypoint, payload FROM pgqueuer WHERE status = 'queued' ORDER BY id LIMIT 1"


async def run_all(room: Room, *, most: int = 200) -> Counter[str]:
    """Runs what waits, whatever its delay, and what that leaves; says how many of each kind ran."""
    ran: Counter[str] = Counter()
    found = room.resources
    kinds = {kind.name: kind.handler for kind in room.service.jobs}
    while job := await found.db.fetchrow(_WAITING):
        work = Work(
            found.outbox,
            work_id=UUID(int=job["id"]),
            topic=job["entrypoint"],
            ids=found.ids,
            clock=found.clock,
            log=found.telemetry.log,
        )
        with contextlib.suppress(AlreadyHandled):
            await kinds[job["entrypoint"]](job["payload"], work)
        await found.db.execute("DELETE FROM pgqueuer WHERE id = $1", job["id"])
        ran[job["entrypoint"]] += 1
        assert sum(ran.values()) <= most, "jobs leave jobs without end"
    return ran
