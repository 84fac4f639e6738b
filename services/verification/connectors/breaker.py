"""When a provider is left alone: pure, time is passed in."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_REST = 3_600.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """Opens after `failures` in a row for `rest` seconds, twice as long each time it fails again; then one question tries."""

    failures: int = 3
    rest: float = 60.0
    failed: int = 0
    open_until: float = 0.0

    def resting(self, now: float) -> float:
        """Seconds until it may be asked again; 0 when it may."""
        return max(0.0, self.open_until - now)

    def succeeded(self) -> Breaker:
        return Breaker(self.failures, self.rest)

    def failing(self, now: float, retry_after: float | None = None) -> Breaker:
        """After one more failure. What the provider itself asked for holds at once, up to an hour."""
        failed = self.failed + 1
        over = failed - self.failures
        pause = min(LONGEST_REST, self.rest * 2**over) if over >= 0 else 0.0
        pause = max(pause, min(LONGEST_REST, retry_after or 0.0))
        return Breaker(
            self.failures, self.rest, failed, max(self.open_until, now + pause) if pause else self.open_until
        )
