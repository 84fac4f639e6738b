"""Subjects, their claims and the outcomes of these."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.verification.model import Outcome, Verdict
from services.verification.model.subject import ClaimState, Run, Sheet, SheetClaim, Subject
from services.verification.store import verdicts
from services.verification.store.codec import outcome_from, outcome_json, rows_json
from shared.events import Version
from shared.postgres import Row, Sql

# A statement of its own: what a joined read returns after waiting for this lock would be as old as the wait.
# Before its first sheet a subject has no row to hold, and two first sheets would both write it: they stand in line.
_LOCK = """
WITH line AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('subject ' || $1, 0)))
SELECT true FROM line, subject WHERE subject_id = $1 FOR UPDATE OF subject
"""
_LOCK_AFTER = "SELECT subject_id FROM subject WHERE subject_id > $1 ORDER BY subject_id LIMIT $2 FOR UPDATE"
_OF_CLAIM = "SELECT subject_id FROM claim WHERE claim_id = $1 AND site_id = $2"
_LOAD = f"""
SELECT s.subject_id, s.site_id, s.article_id, s.claims_epoch, s.claims_counter, s.epoch, s.counter, s.body AS sheet,
       s.run_id, s.run_every, s.run_claims, s.run_started_at, s.run_attempt, s.last_run_id, s.checked_at,
       c.claim_id, c.text, c.text_hash, c.state, c.source_kind, c.source_name, c.verbatim, c.report, c.part_of,
       o.body AS outcome, v.*
FROM subject s
LEFT JOIN claim c USING (subject_id)
LEFT JOIN outcome o USING (claim_id)
LEFT JOIN LATERAL ({verdicts.LATEST}) v ON true
WHERE s.subject_id = $1
ORDER BY c.position
"""  # noqa: S608  only a constant is put in
_SAVE_SHEET = """
WITH kept AS (
    INSERT INTO subject (subject_id, site_id, article_id, claims_epoch, claims_counter, epoch, counter, body, run_id,
                         run_every, run_started_at, run_attempt, run_claims)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $16)
    ON CONFLICT (subject_id) DO UPDATE SET article_id = $3, claims_epoch = $4, claims_counter = $5, epoch = $6,
        counter = $7, body = $8, run_id = $9, run_every = $10, run_started_at = $11, run_attempt = $12, run_claims = $16,
        updated_at = now()
), claims AS (
    INSERT INTO claim (claim_id, subject_id, site_id, position, text, text_hash, state, source_kind, source_name,
                       verbatim, report, part_of)
    SELECT claim_id, $1, $2, position, text, text_hash, state, source_kind, source_name, verbatim, report,
           COALESCE(part_of, '')
    FROM jsonb_to_recordset($13::jsonb) AS c (claim_id text, position integer, text text, text_hash text, state text,
        source_kind text, source_name text, verbatim boolean, report boolean, part_of text)
    ON CONFLICT (claim_id) DO UPDATE SET position = excluded.position, text = excluded.text,
        text_hash = excluded.text_hash, state = excluded.state, source_kind = excluded.source_kind,
        source_name = excluded.source_name, verbatim = excluded.verbatim, report = excluded.report,
        part_of = excluded.part_of
), words AS (
    INSERT INTO claim_words (claim_id, site_id, text, text_hash, state, recorded_at)
    SELECT c.claim_id, $2, c.text, c.text_hash, c.state, $17
    FROM jsonb_to_recordset($13::jsonb) AS c (claim_id text, text text, text_hash text, state text)
    LEFT JOIN claim known USING (claim_id)
    WHERE (known.text, known.text_hash, known.state) IS DISTINCT FROM (c.text, c.text_hash, c.state)
), forgotten AS (
    DELETE FROM outcome WHERE claim_id = ANY ($14::text[])
)
INSERT INTO outcome (claim_id, site_id, text_hash, status, body)
SELECT claim_id, $2, text_hash, status, body
FROM jsonb_to_recordset($15::jsonb) AS o (claim_id text, text_hash text, status text, body jsonb)
ON CONFLICT (claim_id) DO UPDATE SET text_hash = excluded.text_hash, status = excluded.status, body = excluded.body,
    updated_at = now()
"""
_SAVE_VERSION = "UPDATE subject SET claims_epoch = $2, claims_counter = $3, updated_at = now() WHERE subject_id = $1"
_SAVE_RUN = """
UPDATE subject SET epoch = $2, counter = $3, run_id = $4, run_every = $5, run_started_at = $6, run_attempt = $7,
    last_run_id = $8, checked_at = $9, run_claims = $10, updated_at = now()
WHERE subject_id = $1
"""
_SAVE_OUTCOMES = """
INSERT INTO outcome (claim_id, site_id, text_hash, status, body, machine)
SELECT claim_id, $1, text_hash, status, body, machine
FROM jsonb_to_recordset($2::jsonb) AS o (claim_id text, text_hash text, status text, body jsonb, machine jsonb)
ON CONFLICT (claim_id) DO UPDATE SET text_hash = excluded.text_hash, status = excluded.status, body = excluded.body,
    machine = COALESCE(excluded.machine, outcome.machine), updated_at = now()
"""


async def lock(sql: Sql, subject_id: str) -> None:
    """Hold the subject until this transaction ends, also one that is not there yet."""
    await sql.execute(_LOCK, subject_id)


async def lock_after(sql: Sql, subject_id: str, limit: int) -> list[str]:
    """Hold a page of all subjects, by id, until this transaction ends."""
    return [row["subject_id"] for row in await sql.fetch(_LOCK_AFTER, subject_id, limit)]


async def of_claim(sql: Sql, claim_id: str, site_id: UUID) -> str | None:
    """The subject a claim of this site belongs to."""
    found: str | None = await sql.fetchval(_OF_CLAIM, claim_id, site_id)
    return found


async def load(sql: Sql, subject_id: str) -> Subject | None:
    """A subject with its claims, outcomes and latest verdicts. Lock it first where it will be changed."""
    rows = await sql.fetch(_LOAD, subject_id)
    if not rows:
        return None
    claims = [row for row in rows if row["claim_id"] is not None]
    outcomes = {row["claim_id"]: outcome_from(row["outcome"]) for row in claims if row["outcome"] is not None}
    latest = {row["claim_id"]: verdicts.verdict_of(row) for row in claims if row["verdict_version"] is not None}
    return _subject(rows[0], tuple(_claim(row) for row in claims), outcomes, latest)


async def save_sheet(
    sql: Sql, subject: Subject, changed: Iterable[Outcome], forgotten: Collection[str], *, at: datetime
) -> None:
    """The subject and its claims as they are now; `changed` outcomes replace theirs, `forgotten` claims have none.
    What a claim says from `at` on is kept for good."""
    sheet, run = subject.sheet, subject.run
    await sql.execute(
        _SAVE_SHEET,
        sheet.subject_id,
        UUID(sheet.site_id),
        sheet.article_id,
        sheet.version.epoch,
        sheet.version.counter,
        subject.version.epoch,
        subject.version.counter,
        _sheet_json(sheet),
        run.run_id if run else None,
        run.every if run else False,
        run.started_at if run else None,
        run.attempt if run else 0,
        rows_json([_claim_row(position, claim) for position, claim in enumerate(sheet.claims)]),
        list(forgotten),
        rows_json([outcome_row(each) for each in changed]),
        sorted(run.only) if run else [],
        at,
    )


async def save_version(sql: Sql, sheet: Sheet) -> None:
    """A newer version of a sheet that says the same."""
    await sql.execute(_SAVE_VERSION, sheet.subject_id, sheet.version.epoch, sheet.version.counter)


async def save_run(sql: Sql, subject: Subject) -> None:
    """The run under way, the last one, and the version of the verdict sheet."""
    run = subject.run
    await sql.execute(
        _SAVE_RUN,
        subject.sheet.subject_id,
        subject.version.epoch,
        subject.version.counter,
        run.run_id if run else None,
        run.every if run else False,
        run.started_at if run else None,
        run.attempt if run else 0,
        subject.last_run_id,
        subject.checked_at,
        sorted(run.only) if run else [],
    )


async def save_outcomes(sql: Sql, site_id: str, rows: list[dict[str, Any]]) -> None:
    """Outcomes as `outcome_row` makes them. The database refuses one whose quotations are not in its evidence."""
    await sql.execute(_SAVE_OUTCOMES, UUID(site_id), rows_json(rows))


def outcome_row(outcome: Outcome, machine: Outcome | None = None) -> dict[str, Any]:
    """One outcome as a row; without `machine` the machine's last word stays as it is."""
    return {
        "claim_id": outcome.claim_id,
        "text_hash": outcome.text_hash,
        "status": outcome.status.value,
        "body": json.loads(outcome_json(outcome)),
        "machine": None if machine is None else json.loads(outcome_json(machine)),
    }


def _subject(
    row: Row, claims: tuple[SheetClaim, ...], outcomes: dict[str, Outcome], latest: dict[str, Verdict]
) -> Subject:
    body = json.loads(row["sheet"])
    published = body.pop("published_at")
    sheet = Sheet(
        subject_id=row["subject_id"],
        site_id=str(row["site_id"]),
        version=Version(row["claims_epoch"], row["claims_counter"]),
        claims=claims,
        article_id=row["article_id"],
        published_at=datetime.fromisoformat(published) if published else None,
        links=tuple(body.pop("links")),
        **body,
    )
    run = None
    if row["run_id"]:
        only = frozenset(row["run_claims"])
        run = Run(row["run_id"], row["run_every"], row["run_started_at"], row["run_attempt"], only)
    version = Version(row["epoch"], row["counter"])
    return Subject(sheet, outcomes, latest, version, run, row["last_run_id"], row["checked_at"])


def _sheet_json(sheet: Sheet) -> str:
    return json.dumps(
        {
            "kind": sheet.kind,
            "public": sheet.public,
            "language": sheet.language,
            "url": sheet.url,
            "title": sheet.title,
            "published_at": sheet.published_at.isoformat() if sheet.published_at else None,
            "links": list(sheet.links),
            "owner": sheet.owner,
        }
    )


def _claim(row: Row) -> SheetClaim:
    return SheetClaim(
        claim_id=row["claim_id"],
        text=row["text"],
        text_hash=row["text_hash"],
        state=ClaimState(row["state"]),
        source_kind=row["source_kind"],
        source_name=row["source_name"],
        verbatim=row["verbatim"],
        report=row["report"],
        part_of=row["part_of"],
    )


def _claim_row(position: int, claim: SheetClaim) -> dict[str, Any]:
    return {
        "claim_id": claim.claim_id,
        "position": position,
        "text": claim.text,
        "text_hash": claim.text_hash,
        "state": claim.state.value,
        "source_kind": claim.source_kind,
        "source_name": claim.source_name,
        "verbatim": claim.verbatim,
        "report": claim.report,
        "part_of": claim.part_of,
    }
