"""The state of a service's database as something to compare: what it says, without what may differ between two runs."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from shared.ids import derived_id
from shared.postgres import Database

PLATFORM_LEFT_OUT = frozenset(
    {"schema_migration", "day_key", "pgqueuer", "pgqueuer_log", "pgqueuer_statistics", "pgqueuer_schedules"}
)
"""Tables that say nothing about the domain: keys, job rows, bookkeeping."""

COLUMNS_LEFT_OUT: Mapping[str, frozenset[str]] = {
    "outbox": frozenset({"event_id", "headers", "published_at"}),
    "dead_letter": frozenset({"dead_letter_id", "sealed", "trace_id"}),
}
"""Ids, traces and sealed bytes; columns a database fills by itself (identity, now()) are left out everywhere."""

_COLUMNS = """
SELECT c.table_name AS name, c.column_name AS column,
       c.is_identity = 'YES' OR c.column_default LIKE 'now()%' OR c.column_default LIKE 'nextval(%' AS by_itself
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
"""


Retell = Mapping[tuple[str, str], Callable[[Any], Any]]
"""For a (table, column): what to compare instead of its value, for instance a message without its version."""


async def state_of(
    db: Database,
    *,
    without_tables: Collection[str] = (),
    without_columns: Mapping[str, Collection[str]] | None = None,
    retell: Retell | None = None,
) -> dict[str, list[str]]:
    """Rows by table, sorted, as JSON text. What is named is left out, besides what is never compared."""
    left_out: dict[str, set[str]] = {}
    for row in await db.fetch(_COLUMNS):
        if row["name"] not in PLATFORM_LEFT_OUT and row["name"] not in without_tables:
            columns = left_out.setdefault(row["name"], set())
            if row["by_itself"]:
                columns.add(row["column"])
    for table, columns in left_out.items():
        columns |= COLUMNS_LEFT_OUT.get(table, frozenset()) | set((without_columns or {}).get(table, ()))
    found = {}
    for table, columns in sorted(left_out.items()):
        rows = await db.fetch(f'SELECT (to_jsonb(t) - $1::text[])::text AS row FROM "{table}" t', sorted(columns))  # noqa: S608
        told = [json.loads(row["row"]) for row in rows]
        for (of_table, column), instead in (retell or {}).items():
            for row in told if of_table == table else ():
                row[column] = instead(row[column])
        found[table] = sorted(json.dumps(row, sort_keys=True) for row in told)
    return found


def differences(found: Mapping[str, list[str]], expected: Mapping[str, list[str]]) -> list[str]:
    """What one state has and the other has not, row by row and in the columns that differ."""
    told = []
    for table in sorted(found.keys() | expected.keys()):
        extra = [row for row in found.get(table, []) if row not in expected.get(table, [])]
        missing = [row for row in expected.get(table, []) if row not in found.get(table, [])]
        for one, other in zip(extra, missing, strict=False):
            ours, theirs = json.loads(one), json.loads(other)
            columns = {name: (ours.get(name), theirs.get(name)) for name in ours if ours.get(name) != theirs.get(name)}
            told.append(f"{table}: " + ", ".join(f"{name} {_where_apart(a, b)}" for name, (a, b) in columns.items()))
        told += [f"{table}: unexpected {row[:200]}" for row in extra[len(missing) :]]
        told += [f"{table}: missing {row[:200]}" for row in missing[len(extra) :]]
    return told


def _where_apart(ours: Any, theirs: Any) -> str:
    """Both values from a little before where they part."""
    one, other = str(ours), str(theirs)
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    begin = max(0, same - 30)
    return f"{one[begin : begin + 90]} instead of {other[begin : begin + 90]}"


def digest_of(state: Mapping[str, list[str]]) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


class RepeatedIds:
    """Ids that come again when the same work is done again: the n-th id of one piece of work is always the same."""

    def __init__(self) -> None:
        self._before = _ids_of("")
        self._drawn: ContextVar[Iterator[UUID]] = ContextVar("drawn")

    def begin(self, work: str) -> None:
        """From here on, in this task and those it starts, ids are those of `work`, from the first."""
        self._drawn.set(_ids_of(work))

    def new(self) -> UUID:
        return next(self._drawn.get(self._before))


def _ids_of(work: str) -> Iterator[UUID]:
    return (derived_id("test", work, str(count)) for count in itertools.count(1))
