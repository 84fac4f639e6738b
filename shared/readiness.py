"""Whether a service is ready, how far behind it is, and whether it is stuck for good.

Three states are told apart. Waiting for a database or the network is red but patient. Halted is red until a person
acts. Behind and not moving without a reason is stuck, and a stuck service ends so that it is started again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from shared.clock import Clock
from shared.consumer import Progress
from shared.directory import Directory
from shared.jobs import Jobs
from shared.kafka import Subscription
from shared.postgres import Database
from shared.relay import standing
from shared.telemetry import names
from shared.telemetry.setup import Telemetry

_DEAD = "SELECT count(*) FROM dead_letter WHERE state = 'open'"

NOT_MOVING_SECONDS = 15.0
OLD_EVENT_SECONDS = 30.0


class Readiness:
    """Watches one service. `subscription` and `jobs` are asked each time, because they come and go."""

    def __init__(
        self,
        db: Database,
        directory: Directory,
        telemetry: Telemetry,
        clock: Clock,
        progress: Progress,
        *,
        subscription: Callable[[], Subscription | None],
        jobs: Callable[[], Jobs | None],
        checks: Sequence[Callable[[], Awaitable[str]]],
        watch_seconds: float = 5.0,
        stuck_after_seconds: float = 120.0,
    ) -> None:
        self._db, self._directory, self._telemetry, self._clock = db, directory, telemetry, clock
        self._progress, self._subscription, self._jobs, self._checks = progress, subscription, jobs, checks
        self._watch_seconds, self._stuck_after = watch_seconds, stuck_after_seconds
        self._behind_since: float | None = None
        self.lag = 0

    async def watch(self) -> None:
        """Measure until the consumer is stuck for good; returns only then."""
        while self.still_seconds() <= self._stuck_after:
            await asyncio.sleep(self._watch_seconds)
            try:
                await asyncio.wait_for(self.measure(), 10.0)
            except Exception as error:  # the broker or the database is away: lag is unknown, not zero
                self._telemetry.log.warning("lag.unknown", error=type(error).__name__)

    async def measure(self) -> None:
        """Set the gauges of lag, outbox and dead letters from what broker and database say now."""
        metrics = self._telemetry.metrics
        jobs = self._jobs()
        metrics.set(names.HALTED, 1 if self._progress.halted or (jobs is not None and jobs.halted) else 0)
        metrics.set(names.DEAD_LETTERS_OPEN, await self._db.fetchval(_DEAD))
        outbox = await standing(self._db)
        metrics.set(names.OUTBOX_PENDING, outbox.pending)
        metrics.set(names.OUTBOX_OLDEST, outbox.oldest_seconds)
        subscription = self._subscription()
        lag = await subscription.lag() if subscription else {}
        for partition, behind in lag.items():
            metrics.set(names.LAG, behind, topic=partition.topic, partition=str(partition.partition))
        self.lag = sum(lag.values())
        if not self.lag:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = self._clock.monotonic()
        metrics.set(names.LAG_SECONDS, self.lag_seconds())

    def lag_seconds(self) -> float:
        """Age of the oldest record not committed: the one in hand, else at most since the last one; 0 without lag."""
        timestamp = self._progress.in_hand_timestamp or (self._progress.last_timestamp if self.lag else None)
        if timestamp:
            return max(0.0, self._clock.now().timestamp() - timestamp / 1000)
        return 0.0 if self._behind_since is None else self._clock.monotonic() - self._behind_since

    def still_seconds(self) -> float:
        """Seconds without progress while there was something to do; 0 while waiting or halted."""
        progress = self._progress
        if self._behind_since is None or progress.retrying_since is not None or progress.halted:
            return 0.0
        return self._clock.monotonic() - max(progress.moved_at, self._behind_since)

    async def problems(self) -> list[str]:
        """Why the service is not ready, in words; empty when it is."""
        found = [*self._consumer_problems()]
        jobs = self._jobs()
        if jobs is not None and jobs.halted:
            found.append(f"jobs halted: {jobs.halted}")
        try:
            found += await asyncio.wait_for(self._database_problems(), 5.0)
        except Exception:
            found.append("the database does not answer")
        self._telemetry.metrics.set(names.READY, 0 if found else 1)
        return found

    def _consumer_problems(self) -> list[str]:
        found = []
        subscription = self._subscription()
        if subscription is None or not subscription.joined:
            found.append("no partitions assigned")
        if self._progress.halted:
            found.append(f"consumer halted: {self._progress.halted}")
        if self._progress.retrying_since is not None:
            found.append("waiting for a database or the network")
        elif self.still_seconds() > NOT_MOVING_SECONDS:
            found.append("behind and not moving")
        return found

    async def _database_problems(self) -> list[str]:
        found = []
        outbox = await standing(self._db)
        if not outbox.led:
            found.append("no relay leads")
        if outbox.oldest_seconds > OLD_EVENT_SECONDS:
            found.append(f"the oldest event waits longer than {OLD_EVENT_SECONDS:.0f} s")
        found += await self._directory.missing()
        found += [problem for check in self._checks if (problem := await check())]
        return found
