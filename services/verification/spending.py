"""A site's budget for providers that want money: counted in the database, for all instances, by the day (UTC)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.verification.store import spending
from services.verification.store.spending import DaySpending
from shared.postgres import Sql
from shared.telemetry.metrics import Metrics
from shared.telemetry.names import BUDGET_REFUSED, SPENT_MICROS

SPENT = "the day's budget is spent"


@dataclass(frozen=True, slots=True)
class Taken:
    """An amount set aside before a provider is asked; it counts until it is settled, also where nobody lives to do so."""

    site_id: UUID
    day: date
    provider: str
    micros: int


class Purse(Protocol):
    """Pays for questions."""

    async def take(self, site_id: str, provider: str, micros: int) -> Taken | None:
        """Set aside the most a question can cost. None: the day's budget does not allow it, and it is not asked."""
        ...

    async def settle(self, taken: Taken, micros: int) -> None:
        """What it did cost."""
        ...


class DayBudget:
    """Millionths of the providers' currency that one site may spend in a day. There is no "unlimited"."""

    def __init__(self, sql: Sql, now: Callable[[], datetime], limit: int, metrics: Metrics | None = None) -> None:
        self._sql, self._now, self.limit, self._metrics = sql, now, limit, metrics

    async def take(self, site_id: str, provider: str, micros: int) -> Taken | None:
        taken = Taken(UUID(site_id), self._now().date(), provider, micros)
        if not await spending.take(self._sql, taken.site_id, taken.day, provider, micros, self.limit):
            if self._metrics is not None:
                self._metrics.add(BUDGET_REFUSED, provider=provider)
            return None
        return taken

    async def settle(self, taken: Taken, micros: int) -> None:
        if self._metrics is not None:
            self._metrics.add(SPENT_MICROS, micros, provider=taken.provider)
        if difference := micros - taken.micros:
            await spending.settle(self._sql, taken.site_id, taken.day, taken.provider, difference)

    async def days(self, site_id: UUID, days: int) -> tuple[date, list[DaySpending]]:
        """(today, what the last days cost)."""
        today = self._now().date()
        return today, await spending.days(self._sql, site_id, today - timedelta(days=days))
