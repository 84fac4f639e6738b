"""How often somebody may do something: one token bucket per key, in this process's memory."""

from __future__ import annotations

from collections import OrderedDict

from shared.errors import Refused


class TooMany(Refused):
    """Asked too often. `retry_after` says in how many seconds it makes sense to ask again."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__("TOO_MANY_REQUESTS", message, status=429)
        self.retry_after = max(1.0, retry_after)


class TokenBuckets:
    """A bucket of `per_minute` tokens per key, filled evenly. Moments are monotonic seconds, passed in.

    At most `keys` buckets are kept; the one longest untouched goes first, which can only favour its owner.
    """

    def __init__(self, *, keys: int = 10_000) -> None:
        self._keys = keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str, per_minute: int, now: float) -> float:
        """Take one token and return 0, or take none and return the seconds until there is one."""
        if per_minute <= 0:
            return 60.0
        tokens, at = self._buckets.pop(key, (float(per_minute), now))
        tokens = min(float(per_minute), tokens + max(0.0, now - at) * per_minute / 60.0)
        taken = tokens >= 1.0
        self._buckets[key] = (tokens - 1.0 if taken else tokens, now)
        if len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (1.0 - tokens) * 60.0 / per_minute

    def take(self, key: str, per_minute: int, now: float) -> None:
        """Take one token. Raises TooMany when there is none."""
        seconds = self.wait(key, per_minute, now)
        if seconds:
            raise TooMany("Too many requests; slow down.", retry_after=seconds)
