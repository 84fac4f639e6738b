"""Stand-ins for ports, each held to the same conformance suite as the real thing (tests/conformance)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID


class SetClock:
    """A clock that moves when it is told to; `monotonic` moves with it and never back."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now, self._seconds = start, 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._now += timedelta(seconds=seconds)
        self._seconds += seconds

    def jump(self, seconds: float) -> None:
        """Set the wall clock, forwards or back; time does not pass."""
        self._now += timedelta(seconds=seconds)


class CountedIds:
    """Ids 1, 2, 3, ... so a test can name them."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> UUID:
        self._last += 1
        return UUID(int=self._last)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands."""

    partition: int
    offset: int


@dataclass(slots=True)
class ListSender:
    """A producer whose log is a list of (topic, key, value, headers). `refuse(topic, key)` says what it does not take."""

    log: list[tuple[str, bytes, bytes, list[tuple[str, bytes]]]] = field(default_factory=list)
    refuse: Callable[[str, bytes], bool] = lambda _topic, _key: False
    closed: bool = False

    async def send(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Awaitable[Place]:
        if self.closed:
            raise ConnectionError("closed")
        if self.refuse(topic, key):
            raise ValueError("not taken")
        self.log.append((topic, key, value, headers))
        answer: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(answer.set_result, Place(0, len(self.log) - 1))
        return answer

    async def close(self) -> None:
        self.closed = True


class HashEncoder:
    """Sentence vectors without a model: equal texts are near, all others are far. Not held to the encoder's quality."""

    dimensions = 32
    model_hash = "0" * 64

    def encode(self, texts: Sequence[str]) -> Any:
        """One unit vector of float32 per text."""
        import numpy as np

        rows = [np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8) for text in texts]
        found = np.array(rows, np.float32).reshape(len(texts), self.dimensions) - 127.5
        return found / np.linalg.norm(found, axis=1, keepdims=True) if texts else found
