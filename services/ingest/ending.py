"""Drafts whose time is over: told so without their words, so that nobody goes on checking what nobody can read about."""

from __future__ import annotations

import asyncio
from typing import Any

from services.ingest import draft_store
from services.ingest.contract import draft_ended
from shared.clock import Clock
from shared.outbox import Outbox

AT_ONCE = 100
EVERY_SECONDS = 600.0


class Ending:
    """A loop of ingest. Several instances share the work; a draft is ended once."""

    def __init__(self, outbox: Outbox, clock: Clock, log: Any) -> None:
        self._outbox, self._clock, self._log = outbox, clock, log

    async def run(self) -> None:
        """For ever; a database that is away is asked again the next time."""
        while True:
            try:
                while await self.end_some() == AT_ONCE:
                    pass
            except Exception as error:  # the next round finds what this one left
                self._log.warning("drafts.interrupted", error=type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def end_some(self) -> int:
        """End the drafts of one page; returns how many."""
        async with self._outbox.transaction() as unit:
            over = await draft_store.over(unit, self._clock.now(), AT_ONCE)
            events = {draft_id: draft_ended(told, self._outbox.epoch) for draft_id, told in over}
            if events:
                told = {each: event.message.SerializeToString(deterministic=True) for each, event in events.items()}
                await draft_store.end(unit, told)
            for event in events.values():
                unit.emit(event)
        return len(events)
