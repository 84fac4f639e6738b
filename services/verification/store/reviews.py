"""Reviews: what waits for people, and how far each has come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.verification.model import Outcome, Person, Review, ReviewState
from services.verification.store.codec import decision_from, decision_json, outcome_from, rows_json
from shared.postgres import Row, Sql

_COLUMNS = """r.claim_id, r.text_hash, r.state, r.version, r.decision, r.proposed_by_id, r.proposed_by, r.assigned_to,
    r.opened_at, r.due_at, r.returned_note, r.verdict_version, r.seen"""
_OF_CLAIMS = f"SELECT {_COLUMNS} FROM review r WHERE r.claim_id = ANY ($1::text[]) FOR UPDATE OF r"  # noqa: S608
_SAVE = """
INSERT INTO review (claim_id, site_id, text_hash, state, version, decision, proposed_by_id, proposed_by, assigned_to,
                    opened_at, due_at, returned_note, verdict_version, seen)
SELECT claim_id, $1, text_hash, state, version, decision, proposed_by_id, proposed_by, assigned_to, opened_at, due_at,
       returned_note, verdict_version, seen
FROM jsonb_to_recordset($2::jsonb) AS r (claim_id text, text_hash text, state text, version integer, decision jsonb,
    proposed_by_id text, proposed_by text, assigned_to text, opened_at timestamptz, due_at timestamptz,
    returned_note text, verdict_version integer, seen text)
ON CONFLICT (claim_id) DO UPDATE SET text_hash = excluded.text_hash, state = excluded.state, version = excluded.version,
    decision = excluded.decision, proposed_by_id = excluded.proposed_by_id, proposed_by = excluded.proposed_by,
    assigned_to = excluded.assigned_to, due_at = excluded.due_at, returned_note = excluded.returned_note,
    opened_at = excluded.opened_at, verdict_version = excluded.verdict_version, seen = excluded.seen
"""
# Only claims still made by the article wait for people; no score or status of the machine hides one.
_WAITING = f"""
SELECT {_COLUMNS}, c.text, c.source_name, c.subject_id, s.article_id, s.body ->> 'title' AS title, o.body AS outcome,
       o.machine
FROM review r
JOIN claim c USING (claim_id)
JOIN subject s USING (subject_id)
LEFT JOIN outcome o USING (claim_id)
WHERE r.site_id = $1 AND (r.claim_id = $6 OR ($6 = '' AND c.state = 'active' AND r.state = ANY ($2::text[])
  AND (r.opened_at, r.claim_id) > ($3, $4)))
ORDER BY r.opened_at, r.claim_id LIMIT $5
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Kept:
    """A review with a name for what the machine had found when people last decided."""

    review: Review
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A review as the desk shows it. `machine` is what the checks alone say, None before they ran."""

    review: Review
    subject_id: str
    article_id: str
    title: str
    text: str
    source_name: str
    outcome: Outcome | None
    machine: Outcome | None


async def of_claims(sql: Sql, claim_ids: Sequence[str]) -> dict[str, Kept]:
    """The reviews of these claims, locked until the transaction ends."""
    rows = await sql.fetch(_OF_CLAIMS, list(claim_ids))
    return {row["claim_id"]: Kept(_review(row), row["seen"]) for row in rows}


async def save(sql: Sql, site_id: str, kept: Iterable[Kept]) -> None:
    rows = [_row(each) for each in kept]
    if rows:
        await sql.execute(_SAVE, UUID(site_id), rows_json(rows))


async def waiting(
    sql: Sql, site_id: UUID, *, states: Sequence[str], after: tuple[datetime, str], size: int
) -> list[Waiting]:
    """Reviews of a site's present claims in these states, oldest first, strictly after a place in that order."""
    rows = await sql.fetch(_WAITING, site_id, list(states), after[0], after[1], size, "")
    return [_waiting(row) for row in rows]


async def one(sql: Sql, site_id: UUID, claim_id: str) -> Waiting | None:
    """The review of one claim, whatever its state."""
    row = (
        await sql.fetchrow(_WAITING, site_id, [], datetime.min.replace(tzinfo=UTC), "", 1, claim_id)
        if claim_id
        else None
    )
    return None if row is None else _waiting(row)


def _waiting(row: Row) -> Waiting:
    return Waiting(
        review=_review(row),
        subject_id=row["subject_id"],
        article_id=row["article_id"],
        title=row["title"] or "",
        text=row["text"],
        source_name=row["source_name"],
        outcome=None if row["outcome"] is None else outcome_from(row["outcome"]),
        machine=None if row["machine"] is None else outcome_from(row["machine"]),
    )


def _review(row: Row) -> Review:
    return Review(
        claim_id=row["claim_id"],
        text_hash=row["text_hash"],
        state=ReviewState(row["state"]),
        version=row["version"],
        decision=decision_from(row["decision"]),
        proposed_by=Person(row["proposed_by_id"], row["proposed_by"]) if row["proposed_by_id"] else None,
        assigned_to=row["assigned_to"],
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
        "opened_at": review.opened_at,
        "due_at": review.due_at,
        "returned_note": review.returned_note,
        "verdict_version": review.verdict_version,
        "seen": kept.seen,
    }
