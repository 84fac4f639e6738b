"""Identifiers: time-ordered for events, derived for things the outside world names."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from typing import Protocol
from uuid import UUID

_NAMESPACE = b"plumbline.id.v1"


class Ids(Protocol):
    def new(self) -> UUID:
        """A fresh id that no other call ever returns."""
        ...


class TimeOrderedIds:
    """UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 of a counter within the millisecond, 62 random.

    Ids from one instance strictly increase, also when the clock steps back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new(self) -> UUID:
        with self._lock:
            moment = max((time.time_ns() // 1_000_000) << 12, self._last + 1)
            self._last = moment
        milliseconds, counter = moment >> 12, moment & 0xFFF
        tail = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | tail)


def derived_id(*parts: str) -> UUID:
    """The same id for the same parts, always and everywhere; different parts never share one (UUIDv8 over SHA-256)."""
    digest = hashlib.sha256(_NAMESPACE)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8))
        digest.update(encoded)
    number = int.from_bytes(digest.digest()[:16])
    number &= ~(0xF << 76) & ~(0b11 << 62)
    return UUID(int=number | 0x8 << 76 | 0b10 << 62)


DEFAULT_SITE = UUID("01900000-0000-7000-8000-000000000001")
"""The site every database is seeded with at version 0."""
