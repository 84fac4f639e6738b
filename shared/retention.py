"""How long rows are kept: declared in one file for every table, enforced by each service on its own database."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from shared.errors import Transient
from shared.postgres import Sql

DECLARED = Path(__file__).resolve().parent.parent / "deploy" / "retention.yaml"
PLATFORM_TABLES = "platform"
AT_ONCE = 5_000
EVERY_SECONDS = 3600.0
FIRST_AFTER_SECONDS = 60.0
_NAME = re.compile(r"[a-z_]+")


@dataclass(frozen=True, slots=True)
class Kept:
    """One table: for how many days after `column` a row is kept, None for always. `only` is a condition on rows that go.

    With a `setting`, somebody else enforces it by that setting.
    """

    table: str
    why: str
    days: int | None = None
    column: str = ""
    only: str = ""
    setting: str = ""


Retention = Mapping[str, tuple[Kept, ...]]
"""Tables by service; `platform` names those every service has."""


def read_retention(path: Path = DECLARED) -> Retention:
    """The declared tables. Raises ValueError, naming the entry, when one is incomplete."""
    document: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = {}
    for service, tables in document.items():
        for name, entry in tables.items():
            limited = "days" in entry
            if not entry.get("why") or (limited and not (entry.get("column") or entry.get("setting"))):
                raise ValueError(f"{path.name}: {service}.{name} does not say why, or not from when on")
            if not all(_NAME.fullmatch(word) for word in (name, entry.get("column", "x"))):
                raise ValueError(f"{path.name}: {service}.{name} is no table and column")
        found[service] = tuple(Kept(name, **entry) for name, entry in tables.items())
    return found


def kept_by(retention: Retention, service: str) -> tuple[Kept, ...]:
    """What one service's database keeps."""
    return (*retention.get(PLATFORM_TABLES, ()), *retention.get(service, ()))


async def enforce(sql: Sql, kept: Sequence[Kept]) -> dict[str, int]:
    """Remove what is past its days, in small statements beside everything else; returns the number removed by table."""
    removed = {}
    for one in kept:
        if one.days is None or one.setting:
            continue
        old = f"{one.column} < now() - make_interval(days => $1)" + (f" AND ({one.only})" if one.only else "")
        statement = f"DELETE FROM {one.table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {one.table} WHERE {old} LIMIT {AT_ONCE}))"  # noqa: S608  names and conditions are our own file's
        total, gone = 0, AT_ONCE
        while gone == AT_ONCE:
            gone = int((await sql.execute(statement, one.days)).rpartition(" ")[2])
            total += gone
        if total:
            removed[one.table] = total
    return removed


async def keep_tidy(sql: Sql, kept: Sequence[Kept], log: Any) -> None:
    """Enforce for ever, every hour. A database that is away is tried again an hour later."""
    await asyncio.sleep(FIRST_AFTER_SECONDS)
    while True:
        try:
            removed = await enforce(sql, kept)
            if removed:
                log.info("retention.removed", rows=removed)
        except Transient as error:
            log.warning("retention.interrupted", error=type(error).__name__)
        except Exception as error:  # a rule the database refuses must not end the service; the log says which
            log.error("retention.failed", error=type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)


def retention_rows(retention: Retention) -> list[dict[str, str]]:
    """The declaration as rows for people: service, table, kept, why."""
    return [
        {"service": service, "table": one.table, "kept": _in_words(one), "why": one.why}
        for service, tables in retention.items()
        for one in tables
    ]


def _in_words(one: Kept) -> str:
    if one.days is None:
        return "always"
    return f"{one.days} day{'s' if one.days != 1 else ''}" + (f" ({one.setting})" if one.setting else "")
