"""Telling again, at the start of an embedded broker, what was not yet heard by everyone."""

from __future__ import annotations

from collections.abc import Sequence

from shared.runtime import Running


async def resend_unheard(services: Sequence[Running]) -> int:
    """Mark as pending every event some service here hears and neither handled nor set aside; returns how many.

    The embedded broker forgets everything when it ends, so a start tells again what was not yet heard by all.
    """
    total = 0
    for producer in services:
        for consumer in services:
            kinds = [h.type for h in consumer.hears]
            rows = await producer.resources.db.fetch(
                "SELECT event_id FROM outbox WHERE published_at IS NOT NULL AND type = ANY($1::text[])", kinds
            )
            if not rows:
                continue
            known = await consumer.resources.db.fetch(
                "SELECT event_id FROM inbox WHERE event_id = ANY($1::uuid[])"
                " UNION SELECT event_id FROM dead_letter WHERE event_id = ANY($1::uuid[])",
                [r["event_id"] for r in rows],
            )
            missing = {r["event_id"] for r in rows} - {r["event_id"] for r in known}
            if missing:
                await producer.resources.db.execute(
                    "UPDATE outbox SET published_at = NULL WHERE event_id = ANY($1::uuid[])", list(missing)
                )
                total += len(missing)
    return total
