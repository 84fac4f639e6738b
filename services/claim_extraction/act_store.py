"""Every SQL statement about what people did with claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.claim_extraction.model import ClaimSheet
from shared.postgres import Sql

_WRITE = """
INSERT INTO claim_act (subject_id, site_id, act, claim_id, others, person_id, person, note, epoch, counter, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_LATEST = """
SELECT act, claim_id, others, person_id, person, note, at FROM claim_act WHERE subject_id = $1 ORDER BY act_id DESC LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a person did with a claim. `others` are the parts of a split, or what a claim was merged into."""

    act: str
    claim_id: str
    person_id: str
    person: str
    at: datetime
    note: str = ""
    others: tuple[str, ...] = ()


async def write(sql: Sql, sheet: ClaimSheet, act: Act) -> None:
    """Write an act down, with the version of the sheet it made."""
    version, said = sheet.version, (act.person_id, act.person, act.note)
    ids = UUID(sheet.subject_id), UUID(sheet.site_id)
    about = (act.act, act.claim_id, list(act.others))
    await sql.execute(_WRITE, *ids, *about, *said, version.epoch, version.counter, act.at)


async def latest(sql: Sql, subject_id: str, limit: int) -> list[Act]:
    """What was done to a subject's claims, newest first."""
    rows = await sql.fetch(_LATEST, UUID(subject_id), limit)
    return [
        Act(
            row["act"],
            row["claim_id"],
            row["person_id"],
            row["person"],
            row["at"],
            row["note"],
            tuple(row["others"]),
        )
        for row in rows
    ]
