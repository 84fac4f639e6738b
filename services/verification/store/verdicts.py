"""Verdicts and assessments: written once, never changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.verification.model import Basis, Outcome, Rating, Verdict
from services.verification.store.codec import Case, case_from, citations_from, outcome_from, outcome_json, rows_json
from shared.postgres import Row, Sql

_COLUMNS = """
    d.version AS verdict_version, d.text_hash AS verdict_text_hash, d.rating, d.explanation, d.basis, d.decided_by,
    d.reviewed_by, d.decided_at, d.recorded_at, d.fact_check_id, d.note, d.settings_version, d.claim_id AS verdict_claim_id,
    (SELECT COALESCE(jsonb_agg(jsonb_build_object('evidence_id', x.evidence_id, 'start', x.start_at, 'end', x.end_at,
                                                  'exact', x.exact, 'stance', x.stance) ORDER BY x.position), '[]')
     FROM verdict_citation x WHERE x.claim_id = d.claim_id AND x.version = d.version) AS citations
"""
LATEST = f"SELECT {_COLUMNS} FROM verdict d WHERE d.claim_id = c.claim_id ORDER BY d.version DESC LIMIT 1"  # noqa: S608
_HISTORY = f"SELECT {_COLUMNS} FROM verdict d WHERE d.claim_id = $1 AND d.site_id = $2 ORDER BY d.version"  # noqa: S608
_APPEND = """
WITH decided AS (
    INSERT INTO verdict (claim_id, version, site_id, text_hash, rating, explanation, basis, decided_by, reviewed_by,
                         decided_by_id, reviewed_by_id, decided_at, recorded_at, fact_check_id, note, settings_version)
    SELECT claim_id, version, $1, text_hash, rating, explanation, basis, decided_by, reviewed_by, decided_by_id,
           reviewed_by_id, decided_at, recorded_at, fact_check_id, note, settings_version
    FROM jsonb_to_recordset($2::jsonb) AS d (claim_id text, version integer, text_hash text, rating text,
        explanation text, basis text, decided_by text, reviewed_by text, decided_by_id text, reviewed_by_id text,
        decided_at timestamptz, recorded_at timestamptz, fact_check_id text, note text, settings_version integer)
)
INSERT INTO verdict_citation (claim_id, version, site_id, position, evidence_id, start_at, end_at, exact, stance)
SELECT claim_id, version, $1, position, evidence_id, start_at, end_at, exact, stance
FROM jsonb_to_recordset($3::jsonb) AS x (claim_id text, version integer, position integer, evidence_id text,
    start_at integer, end_at integer, exact text, stance text)
"""
_LATEST_ASSESSMENTS = """
SELECT assessment_id, run_id, outcome, inputs -> 'case' AS recorded_case, inputs -> 'evidence' AS evidence
FROM assessment WHERE inputs ? 'case' ORDER BY assessment_id DESC LIMIT $1
"""
_AUDITED = "SELECT entry FROM audit WHERE entry::jsonb ->> 'run' = ANY ($1::text[])"
_ASSESS = """
INSERT INTO assessment (claim_id, site_id, text_hash, run_id, outcome, inputs, recorded_at)
SELECT claim_id, $1, text_hash, $2, outcome, inputs, $4
FROM jsonb_to_recordset($3::jsonb) AS a (claim_id text, text_hash text, outcome jsonb, inputs jsonb)
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An assessment with all it was made on."""

    assessment_id: int
    run_id: str
    outcome: Outcome
    case: Case
    evidence_ids: tuple[str, ...]


async def latest_assessments(sql: Sql, count: int) -> list[Recorded]:
    """The latest of all sites, newest first."""
    return [
        Recorded(
            row["assessment_id"],
            row["run_id"],
            outcome_from(row["outcome"]),
            case_from(row["recorded_case"]),
            tuple(json.loads(row["evidence"])),
        )
        for row in await sql.fetch(_LATEST_ASSESSMENTS, count)
    ]


async def audited(sql: Sql, run_ids: Collection[str]) -> dict[tuple[str, str], str]:
    """The digest of what was found, by run and claim, as the audit has it."""
    found: dict[tuple[str, str], str] = {}
    for row in await sql.fetch(_AUDITED, sorted(run_ids)):
        entry = json.loads(row["entry"])
        found |= {(entry["run"], claim_id): said["found"] for claim_id, said in entry["claims"].items()}
    return found


async def append(sql: Sql, site_id: str, verdicts: Iterable[tuple[Verdict, str, str]]) -> None:
    """Adds verdicts, each with the ids of who decided and who seconded (empty for a machine).

    The database refuses citations that are not word for word in stored evidence, and refutations without two people.
    """
    rows: list[dict[str, Any]] = []
    cited: list[dict[str, Any]] = []
    for verdict, decided_by_id, reviewed_by_id in verdicts:
        rows.append(_verdict_row(verdict) | {"decided_by_id": decided_by_id, "reviewed_by_id": reviewed_by_id})
        cited.extend(_citation_rows(verdict))
    if rows:
        await sql.execute(_APPEND, UUID(site_id), rows_json(rows), rows_json(cited))


async def history(sql: Sql, claim_id: str, site_id: UUID) -> list[Verdict]:
    """Every version of the verdict on a claim, first to last."""
    return [verdict_of(row) for row in await sql.fetch(_HISTORY, claim_id, site_id)]


async def keep_assessments(
    sql: Sql, site_id: str, run_id: str, found: Iterable[tuple[Outcome, dict[str, Any]]], *, at: datetime
) -> None:
    """What the machine found in a run, each with what it was given (evidence, fact checks, model and policy)."""
    rows = [
        {
            "claim_id": outcome.claim_id,
            "text_hash": outcome.text_hash,
            "outcome": json.loads(outcome_json(outcome)),
            "inputs": inputs,
        }
        for outcome, inputs in found
    ]
    await sql.execute(_ASSESS, UUID(site_id), run_id, rows_json(rows), at)


def verdict_of(row: Row) -> Verdict:
    """The verdict in a row of LATEST or of the history."""
    return Verdict(
        claim_id=row["verdict_claim_id"],
        text_hash=row["verdict_text_hash"],
        version=row["verdict_version"],
        rating=Rating(row["rating"]),
        explanation=row["explanation"],
        citations=citations_from(row["citations"]),
        basis=Basis(row["basis"]),
        decided_by=row["decided_by"],
        reviewed_by=row["reviewed_by"],
        decided_at=row["decided_at"],
        recorded_at=row["recorded_at"],
        fact_check_id=row["fact_check_id"],
        note=row["note"],
        settings_version=row["settings_version"],
    )


def _verdict_row(verdict: Verdict) -> dict[str, Any]:
    return {
        "claim_id": verdict.claim_id,
        "version": verdict.version,
        "text_hash": verdict.text_hash,
        "rating": verdict.rating.value,
        "explanation": verdict.explanation,
        "basis": verdict.basis.value,
        "decided_by": verdict.decided_by,
        "reviewed_by": verdict.reviewed_by,
        "decided_at": verdict.decided_at,
        "recorded_at": verdict.recorded_at,
        "fact_check_id": verdict.fact_check_id,
        "note": verdict.note,
        "settings_version": verdict.settings_version,
    }


def _citation_rows(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {
            "claim_id": verdict.claim_id,
            "version": verdict.version,
            "position": position,
            "evidence_id": citation.evidence_id,
            "start_at": citation.start,
            "end_at": citation.end,
            "exact": citation.exact,
            "stance": citation.stance.value,
        }
        for position, citation in enumerate(verdict.citations)
    ]
