"""Reviews: what waits for people, and how far each has come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.verification.model import Outcome, Person, Priority, Review, ReviewState
from services.verification.store.codec import decision_from, decision_json, outcome_from, rows_json
from shared.postgres import Row, Sql

_COLUMNS = """r.claim_id, r.text_hash, r.state, r.version, r.decision, r.proposed_by_id, r.proposed_by, r.assigned_to,
    r.assigned_name, r.priority, r.came_from, r.opened_at, r.due_at, r.returned_note, r.verdict_version, r.seen"""
_OF_CLAIMS = f"SELECT {_COLUMNS} FROM review r WHERE r.claim_id = ANY ($1::text[]) FOR UPDATE OF r"  # noqa: S608
_FIELDS = _COLUMNS.replace("r.", "")
_SAVE = f"""
INSERT INTO review (site_id, {_FIELDS})
SELECT $1, {_FIELDS}
FROM jsonb_to_recordset($2::jsonb) AS r (claim_id text, text_hash text, state text, version integer, decision jsonb,
    proposed_by_id text, proposed_by text, assigned_to text, assigned_name text, priority smallint, came_from text,
    opened_at timestamptz, due_at timestamptz, returned_note text, verdict_version integer, seen text)
ON CONFLICT (claim_id) DO UPDATE SET text_hash = excluded.text_hash, state = excluded.state, version = excluded.version,
    decision = excluded.decision, proposed_by_id = excluded.proposed_by_id, proposed_by = excluded.proposed_by,
    assigned_to = excluded.assigned_to, assigned_name = excluded.assigned_name, priority = excluded.priority,
    came_from = excluded.came_from, due_at = excluded.due_at, returned_note = excluded.returned_note,
    opened_at = excluded.opened_at, verdict_version = excluded.verdict_version, seen = excluded.seen
"""  # noqa: S608
# A claim no person was asked about has no review row; it is listed all the same, under the state `machine`.
_SHOWN = f"""
SELECT {_COLUMNS}, c.claim_id AS of_claim, c.text_hash AS words, c.state AS claim_state, c.text, c.source_name,
       c.subject_id, s.article_id, s.body ->> 'title' AS title, o.body AS outcome, o.machine, o.updated_at
FROM claim c
JOIN subject s USING (subject_id)
LEFT JOIN review r USING (claim_id)
LEFT JOIN outcome o USING (claim_id)
"""  # noqa: S608
_ONE = f"{_SHOWN} WHERE c.claim_id = $2 AND c.site_id = $1"
# No score or status of the machine hides a claim; what the article no longer says is listed when all is asked for. A claim
# of a draft is listed once somebody began with it.
_LIST = f"""
SELECT * FROM (
    SELECT shown.*, CASE $4
        WHEN 'due' THEN COALESCE(extract(epoch FROM due_at), 1e12)
        WHEN 'priority' THEN extract(epoch FROM opened) - 1e11 * COALESCE(priority, 1)
        ELSE extract(epoch FROM opened) END::float8 AS rank
    FROM (SELECT found.*, COALESCE(opened_at, updated_at, 'epoch') AS opened FROM ({_SHOWN}
        WHERE c.site_id = $1 AND (r.claim_id IS NOT NULL OR (s.body ->> 'kind') <> 'draft') AND ($3 OR c.state = 'active') AND COALESCE(r.state, 'machine') = ANY ($2::text[])
          AND ($5 = '' OR ($5 = 'nobody' AND COALESCE(r.assigned_to, '') = '') OR r.assigned_to = $5)
          AND ($6 = '' OR s.article_id = $6)
          AND ($7 = '' OR strpos(lower(concat_ws(' ', c.text, c.source_name, s.body ->> 'title')), lower($7)) > 0)
          AND ($8::timestamptz IS NULL OR r.due_at < $8)
          AND COALESCE(r.priority, 1) >= $9) found) shown) ranked
WHERE (rank, of_claim) > ($10::float8, $11) ORDER BY rank, of_claim LIMIT $12
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Kept:
    """A review with a name for what the machine had found when people last decided."""

    review: Review
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claim as the desk shows it. `machine` is what the checks alone say, None before they ran. `asked` is false for a
    claim people were never asked about."""

    review: Review
    subject_id: str
    article_id: str
    title: str
    text: str
    source_name: str
    outcome: Outcome | None
    machine: Outcome | None
    claim_state: str = "active"
    asked: bool = True
    rank: float = 0.0


@dataclass(frozen=True, slots=True)
class Filter:
    """Which claims a list shows, in which order. Empty fields ask for any; `overdue_at` for what was due before it."""

    states: Sequence[str]
    inactive: bool = False
    assignee: str = ""
    article_id: str = ""
    query: str = ""
    overdue_at: datetime | None = None
    least_priority: Priority = Priority.LOW
    order: str = "oldest"
    after: tuple[float, str] = field(default=(-1e18, ""))


async def of_claims(sql: Sql, claim_ids: Sequence[str]) -> dict[str, Kept]:
    """The reviews of these claims, locked until the transaction ends."""
    rows = await sql.fetch(_OF_CLAIMS, list(claim_ids))
    return {row["claim_id"]: Kept(_review(row), row["seen"]) for row in rows}


async def save(sql: Sql, site_id: str, kept: Iterable[Kept]) -> None:
    rows = [_row(each) for each in kept]
    if rows:
        await sql.execute(_SAVE, UUID(site_id), rows_json(rows))


async def listed(sql: Sql, site_id: UUID, asked: Filter, size: int) -> list[Waiting]:
    """Claims of a site the filter asks for, strictly after a place in its order."""
    rows = await sql.fetch(
        _LIST,
        site_id,
        list(asked.states),
        asked.inactive,
        asked.order,
        asked.assignee,
        asked.article_id,
        asked.query,
        asked.overdue_at,
        int(asked.least_priority),
        asked.after[0],
        asked.after[1],
        size,
    )
    return [replace(_waiting(row), rank=row["rank"]) for row in rows]


async def one(sql: Sql, site_id: UUID, claim_id: str) -> Waiting | None:
    """One claim with its review, whatever its state."""
    row = await sql.fetchrow(_ONE, site_id, claim_id)
    return None if row is None else _waiting(row)


def _waiting(row: Row) -> Waiting:
    asked = row["claim_id"] is not None
    return Waiting(
        review=_review(row) if asked else _unasked(row),
        subject_id=row["subject_id"],
        article_id=row["article_id"],
        title=row["title"] or "",
        text=row["text"],
        source_name=row["source_name"],
        outcome=None if row["outcome"] is None else outcome_from(row["outcome"]),
        machine=None if row["machine"] is None else outcome_from(row["machine"]),
        claim_state=row["claim_state"],
        asked=asked,
    )


def _unasked(row: Row) -> Review:
    """The review a claim would have if somebody began one: version 0, which no stored review has."""
    at = row["updated_at"] or datetime.fromtimestamp(0, UTC)
    return Review(row["of_claim"], row["words"], version=0, opened_at=at)


def _review(row: Row) -> Review:
    return Review(
        claim_id=row["claim_id"],
        text_hash=row["text_hash"],
        state=ReviewState(row["state"]),
        version=row["version"],
        decision=decision_from(row["decision"]),
        proposed_by=Person(row["proposed_by_id"], row["proposed_by"]) if row["proposed_by_id"] else None,
        assigned_to=row["assigned_to"],
        assigned_name=row["assigned_name"],
        priority=Priority(row["priority"]),
        came_from=ReviewState(row["came_from"]),
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        returned_note=row["returned_note"],
        verdict_version=row["verdict_version"],
    )


def _row(kept: Kept) -> dict[str, Any]:
    review = kept.review
    decision = decision_json(review.decision)
    return {
        "claim_id": review.claim_id,
        "text_hash": review.text_hash,
        "state": review.state.value,
        "version": review.version,
        "decision": None if decision is None else json.loads(decision),
        "proposed_by_id": review.proposed_by.person_id if review.proposed_by else "",
        "proposed_by": review.proposed_by.name if review.proposed_by else "",
        "assigned_to": review.assigned_to,
        "assigned_name": review.assigned_name,
        "priority": int(review.priority),
        "came_from": review.came_from.value,
        "opened_at": review.opened_at,
        "due_at": review.due_at,
        "returned_note": review.returned_note,
        "verdict_version": review.verdict_version,
        "seen": kept.seen,
    }
