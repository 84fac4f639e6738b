"""The archive of fact checks, imported and our own, and the vectors they are found by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.verification.model import FactCheck, Rating
from services.verification.store.codec import citations_from, rows_json
from shared.events import Version
from shared.postgres import Row, Sql

_COLUMNS = """f.fact_check_id, f.site_id, f.epoch, f.counter, f.own, f.claim, f.title, f.claimant, f.url, f.publisher,
    f.publisher_url, f.rating, f.rating_label, f.reviewed_at, f.language, f.withdrawn, f.article_id, f.claim_id"""
# Our own verdict counts through the citations it stands on: those of its latest version.
_CITED = """(SELECT COALESCE(jsonb_agg(jsonb_build_object('evidence_id', x.evidence_id, 'start', x.start_at,
        'end', x.end_at, 'exact', x.exact, 'stance', x.stance) ORDER BY x.position), '[]')
    FROM verdict_citation x WHERE f.own AND x.claim_id = f.claim_id
      AND x.version = (SELECT max(version) FROM verdict WHERE claim_id = f.claim_id)) AS citations"""
_SAVE = """
INSERT INTO fact_check (fact_check_id, site_id, epoch, counter, own, claim, title, claimant, url, publisher, publisher_url,
                        rating, rating_label, reviewed_at, language, withdrawn, article_id, claim_id, changed_at)
SELECT fact_check_id, $1, epoch, counter, own, claim, title, claimant, url, publisher, publisher_url, rating,
       rating_label, reviewed_at, language, withdrawn, article_id, claim_id, clock_timestamp()
FROM jsonb_to_recordset($2::jsonb) AS f (fact_check_id text, epoch bigint, counter bigint, own boolean, claim text,
    title text, claimant text, url text, publisher text, publisher_url text, rating text, rating_label text,
    reviewed_at timestamptz, language text, withdrawn boolean, article_id text, claim_id text)
ON CONFLICT (fact_check_id) DO UPDATE SET epoch = excluded.epoch, counter = excluded.counter, claim = excluded.claim,
    title = excluded.title, claimant = excluded.claimant, url = excluded.url, publisher = excluded.publisher,
    publisher_url = excluded.publisher_url, rating = excluded.rating, rating_label = excluded.rating_label,
    reviewed_at = excluded.reviewed_at, language = excluded.language, withdrawn = excluded.withdrawn,
    article_id = excluded.article_id, changed_at = clock_timestamp()
WHERE (fact_check.epoch, fact_check.counter) < (excluded.epoch, excluded.counter) AND fact_check.site_id = $1
"""
_OF_IDS = f"SELECT {_COLUMNS}, {_CITED} FROM fact_check f WHERE f.fact_check_id = ANY ($1::text[]) AND f.site_id = $2"  # noqa: S608
_LOCKED = f"SELECT {_COLUMNS}, {_CITED} FROM fact_check f WHERE f.fact_check_id = ANY ($1::text[]) FOR UPDATE OF f"  # noqa: S608
_LOCK_AFTER = f"""
SELECT {_COLUMNS}, '[]'::jsonb AS citations FROM fact_check f
WHERE f.fact_check_id > $1 ORDER BY f.fact_check_id LIMIT $2 FOR UPDATE
"""  # noqa: S608
_PAGE = f"""
SELECT {_COLUMNS}, '[]'::jsonb AS citations, v.vectors
FROM fact_check f
LEFT JOIN fact_check_vector v
    ON v.fact_check_id = f.fact_check_id AND v.model_sha256 = $1 AND (v.epoch, v.counter) = (f.epoch, f.counter)
WHERE f.fact_check_id > $2 ORDER BY f.fact_check_id LIMIT $3
"""  # noqa: S608
_CHANGED = """
SELECT now() AS looked_at, f.fact_check_id, f.epoch, f.counter
FROM (SELECT true) one LEFT JOIN fact_check f ON f.changed_at > $1
"""
_NOW = "SELECT now()"
_SOME = f"""
SELECT {_COLUMNS}, '[]'::jsonb AS citations, v.vectors
FROM fact_check f
LEFT JOIN fact_check_vector v
    ON v.fact_check_id = f.fact_check_id AND v.model_sha256 = $1 AND (v.epoch, v.counter) = (f.epoch, f.counter)
WHERE f.fact_check_id = ANY ($2::text[])
"""  # noqa: S608
_SAVE_VECTORS = """
INSERT INTO fact_check_vector (fact_check_id, model_sha256, epoch, counter, vectors)
SELECT fact_check_id, $1, epoch, counter, vectors
FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bytea[]) AS v (fact_check_id, epoch, counter, vectors)
ON CONFLICT (fact_check_id, model_sha256) DO UPDATE SET epoch = excluded.epoch, counter = excluded.counter,
    vectors = excluded.vectors
WHERE (fact_check_vector.epoch, fact_check_vector.counter) <= (excluded.epoch, excluded.counter)
"""
_NEWEST = f"""
SELECT {_COLUMNS}, '[]'::jsonb AS citations FROM fact_check f
WHERE f.site_id = $1 AND NOT f.withdrawn AND ($2 = '' OR f.language = $2) AND ($3 = '' OR f.publisher = $3)
  AND (cardinality($7::text[]) = 0 OR f.rating = ANY ($7::text[]))
  AND ($8::timestamptz IS NULL OR f.reviewed_at >= $8) AND ($9::timestamptz IS NULL OR f.reviewed_at < $9)
  AND (COALESCE(f.reviewed_at, timestamptz 'epoch'), f.fact_check_id) < ($4, $5)
ORDER BY COALESCE(f.reviewed_at, timestamptz 'epoch') DESC, f.fact_check_id DESC LIMIT $6
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Archived:
    """A fact check as the archive holds it. `vectors` are half-precision bytes, None when they are still to be made."""

    item: FactCheck
    site_id: str
    version: Version
    vectors: bytes | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a search is narrowed to; the default lets everything in that was not withdrawn."""

    language: str = ""
    publisher: str = ""
    ratings: tuple[str, ...] = ()
    reviewed_from: datetime | None = None
    reviewed_before: datetime | None = None

    @property
    def written(self) -> list[str]:
        dated = [at.isoformat() if at else "" for at in (self.reviewed_from, self.reviewed_before)]
        return [self.language, self.publisher, ",".join(self.ratings), *dated]

    def lets_in(self, item: FactCheck | None) -> bool:
        if item is None or item.withdrawn:
            return False
        if self.language not in ("", item.language) or self.publisher not in ("", item.publisher):
            return False
        if self.ratings and (item.rating is None or item.rating.value not in self.ratings):
            return False
        at = item.reviewed_at
        if self.reviewed_from is not None and (at is None or at < self.reviewed_from):
            return False
        return self.reviewed_before is None or (at is not None and at < self.reviewed_before)


async def save(sql: Sql, site_id: str, items: Iterable[tuple[FactCheck, Version]]) -> None:
    """Keeps each where it is newer than what is held."""
    rows = [_row(item, version) for item, version in items]
    if rows:
        await sql.execute(_SAVE, UUID(site_id), rows_json(rows))


async def save_vectors(sql: Sql, model: str, made: Sequence[tuple[str, Version, bytes]]) -> None:
    """Keeps vectors made by a model, each for the version of the fact check it was made from."""
    if made:
        ids, versions = [each[0] for each in made], [each[1] for each in made]
        epochs, counters = [v.epoch for v in versions], [v.counter for v in versions]
        await sql.execute(_SAVE_VECTORS, model, ids, epochs, counters, [each[2] for each in made])


async def of_ids(sql: Sql, site_id: str, ids: Iterable[str]) -> dict[str, FactCheck]:
    """Fact checks of one site by id, our own with the citations they stand on."""
    rows = await sql.fetch(_OF_IDS, sorted(set(ids)), UUID(site_id))
    return {row["fact_check_id"]: _fact_check(row) for row in rows}


async def locked(sql: Sql, ids: Sequence[str]) -> dict[str, Archived]:
    """What is held under these ids, locked until the transaction ends."""
    rows = await sql.fetch(_LOCKED, sorted(set(ids)))
    return {row["fact_check_id"]: _archived(row) for row in rows}


async def lock_after(sql: Sql, fact_check_id: str, limit: int) -> list[Archived]:
    """A page of the archive of all sites, by id, locked until the transaction ends."""
    return [_archived(row) for row in await sql.fetch(_LOCK_AFTER, fact_check_id, limit)]


async def page(sql: Sql, model: str, after: str, size: int) -> list[Archived]:
    """The whole archive of all sites in pages, by id; for building the index at start."""
    return [_archived(row, row["vectors"]) for row in await sql.fetch(_PAGE, model, after, size)]


async def database_now(sql: Sql) -> datetime:
    """The database's clock, by which changes are told apart."""
    at: datetime = await sql.fetchval(_NOW)
    return at


async def changed(sql: Sql, since: datetime) -> tuple[datetime, dict[str, Version]]:
    """When this looked, by the database's clock, and which fact checks changed after `since`, with their versions."""
    rows = await sql.fetch(_CHANGED, since)
    found = {
        row["fact_check_id"]: Version(row["epoch"], row["counter"]) for row in rows if row["fact_check_id"] is not None
    }
    return rows[0]["looked_at"], found


async def some(sql: Sql, model: str, ids: Sequence[str]) -> list[Archived]:
    """Fact checks of any site by id, with their vectors."""
    return [_archived(row, row["vectors"]) for row in await sql.fetch(_SOME, model, list(ids))]


async def newest(
    sql: Sql, site_id: UUID, narrowed: Narrowed, *, before: tuple[datetime, str], size: int
) -> list[FactCheck]:
    """Fact checks of a site, latest review first, strictly after the place `before` names in that order."""
    dated = (narrowed.reviewed_from, narrowed.reviewed_before)
    asked = (narrowed.language, narrowed.publisher, before[0], before[1], size, list(narrowed.ratings), *dated)
    rows = await sql.fetch(_NEWEST, site_id, *asked)
    return [_fact_check(row) for row in rows]


def _archived(row: Row, vectors: bytes | None = None) -> Archived:
    return Archived(_fact_check(row), str(row["site_id"]), Version(row["epoch"], row["counter"]), vectors)


def _fact_check(row: Row) -> FactCheck:
    return FactCheck(
        fact_check_id=row["fact_check_id"],
        claim=row["claim"],
        title=row["title"],
        claimant=row["claimant"],
        url=row["url"],
        publisher=row["publisher"],
        publisher_url=row["publisher_url"],
        rating=Rating(row["rating"]) if row["rating"] else None,
        rating_label=row["rating_label"],
        reviewed_at=row["reviewed_at"],
        language=row["language"],
        own=row["own"],
        withdrawn=row["withdrawn"],
        article_id=row["article_id"],
        claim_id=row["claim_id"],
        citations=citations_from(row["citations"]),
    )


def _row(item: FactCheck, version: Version) -> dict[str, Any]:
    return {
        "fact_check_id": item.fact_check_id,
        "epoch": version.epoch,
        "counter": version.counter,
        "own": item.own,
        "claim": item.claim,
        "title": item.title,
        "claimant": item.claimant,
        "url": item.url,
        "publisher": item.publisher,
        "publisher_url": item.publisher_url,
        "rating": item.rating.value if item.rating else "",
        "rating_label": item.rating_label,
        "reviewed_at": item.reviewed_at,
        "language": item.language,
        "withdrawn": item.withdrawn,
        "article_id": item.article_id,
        "claim_id": item.claim_id,
    }
