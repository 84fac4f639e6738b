"""Snapshots, the evidence they carry, and what came of the last try at each address."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.verification.model import Evidence, EvidenceClass, Origin
from services.verification.store.codec import rows_json
from shared.postgres import Row, Sql

COLUMNS = """e.evidence_id, e.url, e.title, e.publisher, e.published_at, e.published_at_source, e.fetched_at, e.sha256,
    e.evidence_class, e.origin"""
_OF_IDS = f"""
SELECT {COLUMNS}, CASE WHEN $3 THEN s.text ELSE '' END AS text
FROM evidence e JOIN snapshot s USING (sha256) WHERE e.evidence_id = ANY ($1::text[]) AND e.site_id = $2
"""  # noqa: S608
_PAGES = f"""
SELECT p.url AS page_url, p.problem, p.detail, p.tried_at, {COLUMNS}, s.text
FROM page p LEFT JOIN evidence e USING (evidence_id) LEFT JOIN snapshot s USING (sha256)
WHERE p.site_id = $1 AND p.url = ANY ($2::text[])
"""  # noqa: S608
_SAVE = """
WITH words AS (
    INSERT INTO snapshot (sha256, text)
    SELECT DISTINCT ON (sha256) sha256, text FROM jsonb_to_recordset($2::jsonb) AS e (sha256 text, text text)
    ON CONFLICT DO NOTHING
)
INSERT INTO evidence (evidence_id, site_id, sha256, url, title, publisher, published_at, published_at_source, fetched_at,
                      evidence_class, origin, recorded_at)
SELECT evidence_id, $1, sha256, url, title, publisher, published_at, published_at_source, fetched_at, evidence_class,
       origin, COALESCE($3, fetched_at)
FROM jsonb_to_recordset($2::jsonb) AS e (evidence_id text, sha256 text, url text, title text, publisher text,
    published_at timestamptz, published_at_source text, fetched_at timestamptz, evidence_class text, origin text)
ON CONFLICT DO NOTHING
"""
_SAVE_WORDS = """
INSERT INTO snapshot (sha256, text)
SELECT encode(sha256(convert_to(text, 'UTF8')), 'hex'), text FROM unnest($1::text[]) AS t (text) ON CONFLICT DO NOTHING
"""
_WORDS = "SELECT sha256, text FROM snapshot WHERE sha256 = ANY ($1::text[])"
_SAVE_PAGES = """
INSERT INTO page (site_id, url, evidence_id, problem, detail, tried_at)
SELECT $1, url, evidence_id, problem, detail, tried_at
FROM jsonb_to_recordset($2::jsonb) AS p (url text, evidence_id text, problem text, detail text, tried_at timestamptz)
ON CONFLICT (site_id, url) DO UPDATE SET evidence_id = excluded.evidence_id, problem = excluded.problem,
    detail = excluded.detail, tried_at = excluded.tried_at
WHERE page.tried_at <= excluded.tried_at
"""


@dataclass(frozen=True, slots=True)
class Page:
    """The last try at an address: evidence, or the problem there was instead."""

    url: str
    tried_at: datetime
    evidence: Evidence | None = None
    problem: str = ""
    detail: str = ""


async def of_ids(sql: Sql, site_id: str, ids: Collection[str], *, words: bool = True) -> dict[str, Evidence]:
    """Stored evidence by id; without `words` the texts stay in the database. Ids of other sites find nothing."""
    if not ids:
        return {}
    rows = await sql.fetch(_OF_IDS, sorted(ids), UUID(site_id), words)
    return {row["evidence_id"]: evidence_of(row) for row in rows}


async def pages(sql: Sql, site_id: str, urls: Sequence[str]) -> dict[str, Page]:
    """The last try at each address, by address as it was asked for."""
    rows = await sql.fetch(_PAGES, UUID(site_id), list(urls))
    return {
        row["page_url"]: Page(
            row["page_url"],
            row["tried_at"],
            evidence_of(row) if row["evidence_id"] is not None else None,
            row["problem"],
            row["detail"],
        )
        for row in rows
    }


async def save_words(sql: Sql, texts: Sequence[str]) -> None:
    """Keeps texts that are no evidence, named by their hash: the article a claim was judged beside."""
    if texts:
        await sql.execute(_SAVE_WORDS, list(texts))


async def words(sql: Sql, names: Collection[str]) -> dict[str, str]:
    """Kept texts by the SHA-256 of their words."""
    return {row["sha256"]: row["text"] for row in await sql.fetch(_WORDS, sorted(names))}


async def save(sql: Sql, site_id: str, evidence: Iterable[Evidence], *, at: datetime | None = None) -> None:
    """Keeps evidence and its words; what is there already stays as it was first seen. It is known from `at` on, which
    without it is when it was fetched."""
    rows = [_row(each) for each in evidence]
    if rows:
        await sql.execute(_SAVE, UUID(site_id), rows_json(rows), at)


async def save_pages(sql: Sql, site_id: str, tried: Iterable[Page]) -> None:
    """What came of each try; the evidence it names is saved before."""
    rows = [
        {
            "url": page.url,
            "evidence_id": page.evidence.evidence_id if page.evidence else None,
            "problem": page.problem,
            "detail": page.detail,
            "tried_at": page.tried_at,
        }
        for page in tried
    ]
    if rows:
        await sql.execute(_SAVE_PAGES, UUID(site_id), rows_json(rows))


def _row(evidence: Evidence) -> dict[str, Any]:
    return {
        "evidence_id": evidence.evidence_id,
        "sha256": evidence.sha256,
        "text": evidence.text,
        "url": evidence.url,
        "title": evidence.title,
        "publisher": evidence.publisher,
        "published_at": evidence.published_at,
        "published_at_source": evidence.published_at_source,
        "fetched_at": evidence.fetched_at,
        "evidence_class": evidence.evidence_class.value,
        "origin": evidence.origin.value,
    }


def evidence_of(row: Row) -> Evidence:
    """The evidence in a row of COLUMNS and its words."""
    return Evidence(
        evidence_id=row["evidence_id"],
        text=row["text"],
        url=row["url"],
        title=row["title"],
        publisher=row["publisher"],
        published_at=row["published_at"],
        published_at_source=row["published_at_source"],
        fetched_at=row["fetched_at"],
        sha256=row["sha256"],
        evidence_class=EvidenceClass(row["evidence_class"]),
        origin=Origin(row["origin"]),
    )
