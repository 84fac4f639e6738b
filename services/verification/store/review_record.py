"""What people put before a claim, the passages they kept, and every step they took."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.verification.model import Citation, Evidence, Person, Stance
from services.verification.store.evidence import COLUMNS, evidence_of
from shared.postgres import Row, Sql

_SOURCE = """a.source_id, a.claim_id, a.site_id, a.way, a.url, a.own_analysis, a.state, a.problem, a.evidence_id,
    a.added_by_id, a.added_by, a.added_at, COALESCE(e.title, '') AS title, c.text AS claim_text"""
_FROM = "FROM review_source a JOIN claim c USING (claim_id) LEFT JOIN evidence e USING (evidence_id)"
_OF_CLAIM = f"SELECT {_SOURCE} {_FROM} WHERE a.claim_id = $1 AND a.site_id = $2 ORDER BY a.added_at, a.source_id"
_EVIDENCE = f"""
SELECT a.claim_id, {COLUMNS}, s.text
FROM review_source a JOIN evidence e USING (evidence_id) JOIN snapshot s USING (sha256)
WHERE a.claim_id = ANY ($1::text[]) AND a.site_id = $2 AND a.state = 'ready' ORDER BY a.added_at, a.source_id
"""  # noqa: S608
_BY_ID = f"SELECT {_SOURCE} {_FROM} WHERE a.source_id = $1"
_NEWEST = f"""
SELECT {_SOURCE} {_FROM} WHERE a.site_id = $1 AND (a.added_at, a.source_id) < ($2, $3)
ORDER BY a.added_at DESC, a.source_id DESC LIMIT $4
"""
# Asking again for what failed tries again; what is there or under way stays.
_ADD = """
INSERT INTO review_source (source_id, claim_id, site_id, way, url, own_analysis, state, evidence_id, added_by_id,
                           added_by, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (source_id) DO UPDATE SET state = excluded.state, problem = '', added_by_id = excluded.added_by_id,
    added_by = excluded.added_by, added_at = excluded.added_at
WHERE review_source.state = 'failed' RETURNING true
"""
_SETTLE = """
UPDATE review_source SET state = $2, problem = $3, evidence_id = $4 WHERE source_id = $1 AND state = 'fetching'
RETURNING true
"""
_QUOTES = """
SELECT quote_id, evidence_id, start_at, end_at, exact, stance, picked_by FROM review_quote
WHERE claim_id = $1 AND site_id = $2 ORDER BY picked_at, quote_id
"""
_PICK = """
INSERT INTO review_quote (quote_id, claim_id, site_id, evidence_id, start_at, end_at, exact, stance, picked_by_id,
                          picked_by, picked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (quote_id) DO NOTHING RETURNING true
"""
_DROP = "DELETE FROM review_quote WHERE quote_id = $1 AND claim_id = $2 AND site_id = $3 RETURNING evidence_id"
_ACTS = """
SELECT act, person_id, person, note, rating, at FROM review_act
WHERE claim_id = $1 AND site_id = $2 ORDER BY act_id DESC LIMIT $3
"""
_ACT = """
INSERT INTO review_act (claim_id, site_id, act, person_id, person, note, rating, review_version, verdict_version, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


@dataclass(frozen=True, slots=True)
class AddedSource:
    """A source somebody put before a claim; `state` is fetching, ready or failed."""

    source_id: str
    claim_id: str
    site_id: str
    way: str
    url: str
    own_analysis: bool
    state: str
    added_by: Person
    added_at: datetime
    problem: str = ""
    evidence_id: str = ""
    title: str = ""
    claim_text: str = ""


@dataclass(frozen=True, slots=True)
class KeptQuote:
    """A passage somebody kept for the decision."""

    quote_id: str
    citation: Citation
    picked_by: str


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a person did with a claim."""

    act: str
    person: Person
    at: datetime
    note: str = ""
    rating: str = ""
    review_version: int = 0
    verdict_version: int = 0


async def sources_of(sql: Sql, claim_id: str, site_id: UUID) -> list[AddedSource]:
    """What was put before a claim, in the order it was."""
    return [_source(row) for row in await sql.fetch(_OF_CLAIM, claim_id, site_id)]


async def evidence_before(sql: Sql, claim_ids: Collection[str], site_id: UUID) -> dict[str, list[Evidence]]:
    """What people put before these claims and could be read, by claim, in the order it was."""
    found: dict[str, list[Evidence]] = {}
    for row in await sql.fetch(_EVIDENCE, sorted(claim_ids), site_id):
        found.setdefault(row["claim_id"], []).append(evidence_of(row))
    return found


async def source(sql: Sql, source_id: str) -> AddedSource | None:
    row = await sql.fetchrow(_BY_ID, source_id)
    return None if row is None else _source(row)


async def newest_sources(sql: Sql, site_id: UUID, before: tuple[datetime, str], size: int) -> list[AddedSource]:
    """What was put before any claim of the site, newest first."""
    return [_source(row) for row in await sql.fetch(_NEWEST, site_id, *before, size)]


async def add_source(sql: Sql, added: AddedSource) -> bool:
    """False when it was there already, ready or on its way."""
    values = (added.way, added.url, added.own_analysis, added.state, added.evidence_id or None)
    by = (added.added_by.person_id, added.added_by.name, added.added_at)
    return bool(await sql.fetchval(_ADD, added.source_id, added.claim_id, UUID(added.site_id), *values, *by))


async def settle_source(sql: Sql, source_id: str, *, evidence_id: str = "", problem: str = "") -> bool:
    """What came of fetching it; False when that was settled before."""
    state = "ready" if evidence_id else "failed"
    return bool(await sql.fetchval(_SETTLE, source_id, state, problem, evidence_id or None))


async def quotes_of(sql: Sql, claim_id: str, site_id: UUID) -> list[KeptQuote]:
    return [
        KeptQuote(
            row["quote_id"],
            Citation(row["evidence_id"], row["start_at"], row["end_at"], row["exact"], Stance(row["stance"])),
            row["picked_by"],
        )
        for row in await sql.fetch(_QUOTES, claim_id, site_id)
    ]


async def keep_quote(
    sql: Sql, claim_id: str, site_id: UUID, quote_id: str, citation: Citation, by: Person, at: datetime
) -> bool:
    """False when the same passage was kept already. The database refuses words that are not in the snapshot."""
    place = (citation.evidence_id, citation.start, citation.end, citation.exact, citation.stance.value)
    return bool(await sql.fetchval(_PICK, quote_id, claim_id, site_id, *place, by.person_id, by.name, at))


async def drop_quote(sql: Sql, claim_id: str, site_id: UUID, quote_id: str) -> str | None:
    """The evidence it was from; None when there was no such passage."""
    found: str | None = await sql.fetchval(_DROP, quote_id, claim_id, site_id)
    return found


async def acts_of(sql: Sql, claim_id: str, site_id: UUID, most: int = 200) -> list[Act]:
    """What people did with a claim, newest first."""
    return [
        Act(row["act"], Person(row["person_id"], row["person"]), row["at"], row["note"], row["rating"])
        for row in await sql.fetch(_ACTS, claim_id, site_id, most)
    ]


async def record(sql: Sql, claim_id: str, site_id: UUID, act: Act) -> None:
    who = (act.act, act.person.person_id, act.person.name, act.note, act.rating)
    await sql.execute(_ACT, claim_id, site_id, *who, act.review_version, act.verdict_version, act.at)


def _source(row: Row) -> AddedSource:
    return AddedSource(
        source_id=row["source_id"],
        claim_id=row["claim_id"],
        site_id=str(row["site_id"]),
        way=row["way"],
        url=row["url"],
        own_analysis=row["own_analysis"],
        state=row["state"],
        added_by=Person(row["added_by_id"], row["added_by"]),
        added_at=row["added_at"],
        problem=row["problem"],
        evidence_id=row["evidence_id"] or "",
        title=row["title"],
        claim_text=row["claim_text"],
    )
