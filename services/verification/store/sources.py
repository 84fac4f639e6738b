"""How a site rates its sources, version by version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.verification.engine.addresses import domains_above
from services.verification.model.source import Credibility, RatedSource, SourceRating
from shared.postgres import Row, Sql

COLUMNS = "domain, version, credibility, note, provenance, recorded_by, valid_from, recorded_at, recorded_by_name, link"
_AS_OF = f"""
SELECT DISTINCT ON (domain) {COLUMNS} FROM source_rating
WHERE site_id = $1 AND recorded_at <= $2 AND valid_from <= $2 AND domain > $3
ORDER BY domain, version DESC LIMIT $4
"""  # noqa: S608
_LISTED = f"""
WITH rated AS (
    SELECT DISTINCT ON (domain) {COLUMNS} FROM source_rating
    WHERE site_id = $1 AND recorded_at <= $2 AND valid_from <= $2 ORDER BY domain, version DESC
), used AS (
    SELECT value AS domain, count(*)::integer AS claims FROM claim_basis
    WHERE site_id = $1 AND kind = 'source' AND value <> '' GROUP BY value)
SELECT domain, COALESCE(used.claims, 0) AS claims, version, credibility, note, provenance, recorded_by, valid_from,
       recorded_at, recorded_by_name, link
FROM rated FULL JOIN used USING (domain)
WHERE domain > $3 AND position($4 IN domain) > 0 ORDER BY domain LIMIT $5
"""  # noqa: S608
_HISTORY = f"SELECT {COLUMNS} FROM source_rating WHERE site_id = $1 AND domain = $2 ORDER BY version"  # noqa: S608
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))"
_ADD = f"INSERT INTO source_rating (site_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"  # noqa: S608
_UNRELIABLE = """
SELECT domain FROM (
    SELECT DISTINCT ON (domain) domain, credibility FROM source_rating
    WHERE site_id = $1 AND valid_from <= $2 AND recorded_at <= $2 ORDER BY domain, version DESC) latest
WHERE credibility = 'unreliable'
"""
_OF_ADDRESS = f"""
SELECT {COLUMNS} FROM source_rating WHERE site_id = $1 AND domain = ANY ($2::text[]) AND recorded_at <= $3
    AND valid_from <= $3 ORDER BY length(domain) DESC, version DESC LIMIT 1
"""  # noqa: S608


async def of_address(sql: Sql, site_id: UUID, url: str, at: datetime) -> SourceRating | None:
    """How the source of an address was rated at a moment; None where nobody had rated it."""
    domains = domains_above(url)
    row = await sql.fetchrow(_OF_ADDRESS, site_id, domains, at) if domains else None
    return _rating(row) if row is not None and row["credibility"] != Credibility.UNRATED else None


async def as_of(sql: Sql, site_id: UUID, at: datetime, after: str, size: int) -> list[SourceRating]:
    """How sources were rated at a moment, by domain, those after `after`."""
    return [_rating(row) for row in await sql.fetch(_AS_OF, site_id, at, after, size)]


async def listed(sql: Sql, site_id: UUID, at: datetime, query: str, after: str, size: int) -> list[RatedSource]:
    """Sources that were rated and sources that checks stood on, by domain, those after `after`."""
    rows = await sql.fetch(_LISTED, site_id, at, after, query, size)
    return [RatedSource(row["domain"], row["claims"], _rating(row) if row["version"] else None) for row in rows]


async def history(sql: Sql, site_id: UUID, domain: str) -> list[SourceRating]:
    """Every version of one source's rating, first to last."""
    return [_rating(row) for row in await sql.fetch(_HISTORY, site_id, domain)]


async def locked(sql: Sql, site_id: UUID, domain: str) -> list[SourceRating]:
    """The history of one source; nobody else rates it until this transaction ends."""
    await sql.execute(_LOCK, str(site_id), domain)
    return await history(sql, site_id, domain)


async def add(sql: Sql, site_id: UUID, rating: SourceRating) -> None:
    """A further version; versions are never changed."""
    await sql.execute(
        _ADD,
        site_id,
        rating.domain,
        rating.version,
        rating.credibility.value,
        rating.note,
        rating.provenance,
        rating.recorded_by,
        rating.valid_from,
        rating.recorded_at,
        rating.recorded_by_name,
        rating.link,
    )


async def unreliable(sql: Sql, site_id: UUID, at: datetime) -> frozenset[str]:
    """Domains whose pages are no evidence at a moment."""
    return frozenset(row["domain"] for row in await sql.fetch(_UNRELIABLE, site_id, at))


def _rating(row: Row | Mapping[str, Any]) -> SourceRating:
    return SourceRating(
        domain=row["domain"],
        version=row["version"],
        credibility=Credibility(row["credibility"]),
        note=row["note"],
        provenance=row["provenance"],
        recorded_by=row["recorded_by"],
        valid_from=row["valid_from"],
        recorded_at=row["recorded_at"],
        recorded_by_name=row["recorded_by_name"],
        link=row["link"],
    )


def rating_in(body: dict[str, Any]) -> SourceRating:
    """The rating in a row that came as JSON."""
    moments = {name: datetime.fromisoformat(body[name]) for name in ("valid_from", "recorded_at")}
    return _rating({**body, **moments})
