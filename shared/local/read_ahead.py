"""How far the relay may write ahead of its readers on the embedded broker, which silently drops what exceeds its memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from shared.consumer import Record

_EARLY_LIMIT = 10_000

Mark = tuple[str, str, int, int]


@dataclass(slots=True)
class ReadAhead:
    """Keeps each topic within `limit` bytes of every group that reads it (the embedded broker's memory is small)."""

    groups: dict[str, set[str]]
    limit: int = 2 * 1024 * 1024
    _held: Counter[tuple[str, str]] = field(default_factory=Counter)
    _unread: dict[Mark, int] = field(default_factory=dict)
    _early: dict[Mark, None] = field(default_factory=dict)

    def admit(self, topic: str, size: int) -> bool:
        """Take room for `size` more bytes of `topic`; False while some group has none. One record always fits."""
        readers = [(topic, group) for group in self.groups.get(topic, ())]
        if any(self._held[reader] > 0 and self._held[reader] + size > self.limit for reader in readers):
            return False
        self._held.update(dict.fromkeys(readers, size))
        return True

    def failed(self, topic: str, size: int) -> None:
        """An admitted record was not sent: give its room back."""
        for group in self.groups.get(topic, ()):
            self._held[topic, group] -= size

    def sent(self, topic: str, partition: int, offset: int, size: int) -> None:
        """An admitted record stands in the broker; a quick group may have read it already."""
        for group in self.groups.get(topic, ()):
            mark = (topic, group, partition, offset)
            if mark in self._early:
                del self._early[mark]
                self._held[topic, group] -= size
            else:
                self._unread[mark] = size

    def settled(self, group: str, record: Record) -> None:
        """`group` is done with a record; it may be heard of before the relay's own acknowledgement."""
        if group not in self.groups.get(record.topic, ()):
            return
        mark = (record.topic, group, record.partition, record.offset)
        size = self._unread.pop(mark, None)
        if size is not None:
            self._held[record.topic, group] -= size
            return
        self._early[mark] = None
        if len(self._early) > _EARLY_LIMIT:  # told twice, or sent by a relay that lost the answer: the oldest goes
            del self._early[next(iter(self._early))]
