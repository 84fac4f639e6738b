"""How many may wait at once: each one waiting holds a connection, so their number is bounded, in all and for each source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from shared.quota import TooMany

AGAIN_IN = 2.0  # seconds


class Waits:
    """Counts who waits in this process. `whole` bounds them all, `each` those of one source, and those whose source is not
    known yet because nothing was heard of what they wait for."""

    def __init__(self, *, whole: int, each: int) -> None:
        self._whole, self._each = whole, each
        self._held: Counter[str] = Counter()

    @property
    def now(self) -> int:
        """How many wait."""
        return self._held.total()

    @contextmanager
    def hold(self, source: str) -> Iterator[None]:
        """One place for as long as the block lasts. Raises TooMany when there is none."""
        if self._held.total() >= self._whole or self._held[source] >= self._each:
            raise TooMany(
                "Too many wait for reports already; ask again soon, or without waiting.", retry_after=AGAIN_IN
            )
        self._held[source] += 1
        try:
            yield
        finally:
            self._held[source] -= 1
            if not self._held[source]:
                del self._held[source]
