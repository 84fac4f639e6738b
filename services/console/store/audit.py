"""What was done at the desk. Only ever added to; ids and names of things, no personal values."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from shared.postgres import Sql

OPERATOR = "operator"
SYSTEM = "console"

_ADD = "INSERT INTO audit (site_id, person, act, subject, detail) VALUES ($1, $2, $3, $4, $5::jsonb)"


async def record(sql: Sql, site_id: UUID, person: str, act: str, subject: str, **detail: Any) -> None:
    """`person` is a staff id, `operator` (the command line) or `console` (the service itself)."""
    await sql.execute(_ADD, site_id, person, act, subject, json.dumps(detail, default=str))
