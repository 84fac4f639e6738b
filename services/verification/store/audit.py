"""The audit chain: what decided, as ids and hashes, each row hashed over the one before it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from services.verification.store.codec import canonical_json
from shared.postgres import Sql

PAGE = 1_000
START = "0" * 64
_APPEND = "SELECT append_audit($1)"
_READ = "SELECT seq, entry, prev_hash, entry_hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2"
_HEAD = "SELECT seq, entry_hash FROM audit_head"


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """The first row that does not fit the chain, and what is wrong with it."""

    seq: int
    reason: str


async def append(sql: Sql, entry: dict[str, Any]) -> int:
    """Adds an entry and returns its number. Writers queue here until they commit, so this comes late in a transaction."""
    return int(await sql.fetchval(_APPEND, canonical_json(entry)))


async def verify_audit(sql: Sql) -> BrokenRow | None:
    """Recomputes the whole chain. None when it is whole; else the first row that was changed, removed or put in."""
    seq, last = 0, START
    while rows := await sql.fetch(_READ, seq, PAGE):
        for row in rows:
            if row["seq"] != seq + 1:
                return BrokenRow(seq + 1, "the row is missing")
            if row["prev_hash"] != last:
                return BrokenRow(row["seq"], "it does not follow the row before it")
            if row["entry_hash"] != entry_hash(last, row["seq"], row["entry"]):
                return BrokenRow(row["seq"], "its content is not what was recorded")
            seq, last = row["seq"], row["entry_hash"]
    head = await sql.fetchrow(_HEAD)
    if head is None or (head["seq"], head["entry_hash"]) != (seq, last):
        return BrokenRow(seq + 1, "rows are missing at the end")
    return None


def entry_hash(prev_hash: str, seq: int, entry: str) -> str:
    """The hash of a row; the database computes the same when it appends."""
    return hashlib.sha256(f"{prev_hash}\n{seq}\n{entry}".encode()).hexdigest()
