"""`python -m tests.failure.chaos.wrong_clock SERVICE`: a service whose wall clock jumps by an hour at each SIGUSR2.

Everything that reads the time of day through the kit's clock or makes ids from it sees the jump; what must not depend
on it (waits, leases, order) goes on.
"""

from __future__ import annotations

import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import shared.clock
import shared.ids
from services.__main__ import main

JUMP_SECONDS = 3600


class Wrong:
    """How far the clock is off; every other jump goes back."""

    seconds = 0

    @classmethod
    def jump(cls, *_: object) -> None:
        cls.seconds = JUMP_SECONDS if cls.seconds <= 0 else -JUMP_SECONDS

    @classmethod
    def now(cls, *_: object) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=cls.seconds)

    @classmethod
    def time_ns(cls) -> int:
        return time.time_ns() + cls.seconds * 1_000_000_000


if __name__ == "__main__":
    setattr(shared.clock.SystemClock, "now", Wrong.now)  # noqa: B010
    setattr(shared.ids, "time", SimpleNamespace(time_ns=Wrong.time_ns))  # noqa: B010
    signal.signal(signal.SIGUSR2, Wrong.jump)
    sys.argv = ["plumbline", "run", *sys.argv[1:]]
    main()
