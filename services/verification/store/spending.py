"""What sites spend on paid providers, day by day."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.postgres import Sql

# One statement: whoever else takes at this moment waits for the row, and what is above the limit takes nothing.
_TAKE = """
INSERT INTO day_spending AS d (site_id, day, micros, providers)
SELECT $1, $2, $3::bigint, jsonb_build_object($4::text, $3::bigint) WHERE $3::bigint <= $5::bigint
ON CONFLICT (site_id, day) DO UPDATE SET micros = d.micros + $3::bigint,
    providers = d.providers || jsonb_build_object($4::text, COALESCE((d.providers ->> $4::text)::bigint, 0) + $3::bigint)
WHERE d.micros + $3::bigint <= $5::bigint
RETURNING true
"""
_SETTLE = """
UPDATE day_spending SET micros = greatest(0, micros + $3::bigint),
    providers = providers || jsonb_build_object($4::text, greatest(0, (providers ->> $4::text)::bigint + $3::bigint))
WHERE site_id = $1 AND day = $2
"""
_DAYS = "SELECT day, micros, providers FROM day_spending WHERE site_id = $1 AND day > $2 ORDER BY day DESC"


@dataclass(frozen=True, slots=True)
class DaySpending:
    """What one day cost, in millionths, together and by provider."""

    day: date
    micros: int
    providers: dict[str, int]


async def take(sql: Sql, site_id: UUID, day: date, provider: str, micros: int, limit: int) -> bool:
    """Count an amount towards a day's budget, unless it does not fit."""
    return bool(await sql.fetchval(_TAKE, site_id, day, micros, provider, limit))


async def settle(sql: Sql, site_id: UUID, day: date, provider: str, difference: int) -> None:
    """Put right what was taken, once it is known what it cost."""
    await sql.execute(_SETTLE, site_id, day, difference, provider)


async def days(sql: Sql, site_id: UUID, after: date) -> list[DaySpending]:
    """The days after one on which something was spent, newest first."""
    rows = await sql.fetch(_DAYS, site_id, after)
    return [DaySpending(row["day"], row["micros"], json.loads(row["providers"])) for row in rows]
