"""How far the relay may write ahead of its readers on the embedded broker, which silently drops what exceeds its memory."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from shared.consumer import Record


@dataclass(slots=True)
class ReadAhead:
    """Keeps each topic within `limit` bytes of every group that reads it (the embedded broker's memory is small)."""

    groups: dict[str, set[str]]
    limit: int = 2 * 1024 * 1024
    _waiting: dict[tuple[str, str], dict[tuple[int, int], int]] = field(default_factory=dict)
    _early: set[tuple[str, str, int, int]] = field(default_factory=set)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def admit(self, topic: str, size: int) -> None:
        """Wait until every group has room for `size` more bytes of `topic`; one record always fits."""
        while any((held := self._held(topic, g)) > 0 and held + size > self.limit for g in self.groups.get(topic, ())):
            self._moved.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), 1.0)

    def sent(self, topic: str, partition: int, offset: int, size: int) -> None:
        for group in self.groups.get(topic, ()):
            mark = (topic, group, partition, offset)
            if mark in self._early:
                self._early.discard(mark)
            else:
                self._waiting.setdefault((topic, group), {})[partition, offset] = size

    def settled(self, group: str, record: Record) -> None:
        """`group` is done with a record; it may be heard of before the relay's own acknowledgement."""
        waiting = self._waiting.get((record.topic, group), {})
        if waiting.pop((record.partition, record.offset), None) is None and group in self.groups.get(record.topic, ()):
            self._early.add((record.topic, group, record.partition, record.offset))
            if len(self._early) > 10_000:
                self._early.clear()
        self._moved.set()

    def _held(self, topic: str, group: str) -> int:
        return sum(self._waiting.get((topic, group), {}).values())
