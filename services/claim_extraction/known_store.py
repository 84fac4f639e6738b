"""Every SQL statement about what is known to be claimed: statements of articles, fact checks of the archive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record

from services.claim_extraction.contract import FactCheck
from shared.postgres import Sql

_FIELDS = """known_id, site_id, kind, text, subject_id, of_claim, dated, url, publisher, rating_label, withdrawn, model,
    vector, earlier, checked_as, changed_at, epoch, counter"""
_SAVE_FACT_CHECK = """
INSERT INTO known (known_id, site_id, kind, epoch, counter, text, subject_id, of_claim, dated, url, publisher,
                   rating_label, withdrawn, waiting)
VALUES ($1, $2, 'fact_check', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, true)
ON CONFLICT (known_id) DO UPDATE
SET epoch = $3, counter = $4, text = $5, subject_id = $6, of_claim = $7, dated = $8, url = $9, publisher = $10,
    rating_label = $11, withdrawn = $12, waiting = true, model = '', vector = NULL, changed_at = now()
WHERE (known.epoch, known.counter) < ($3, $4)
RETURNING true
"""
_SAVE_CLAIMS = """
INSERT INTO known (known_id, site_id, kind, text, subject_id, dated, url, model, vector)
SELECT c.known_id, c.site_id, 'claim', c.text, c.subject_id, c.dated, c.url, $1, c.vector
FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::bytea[])
     AS c(known_id, site_id, text, subject_id, dated, url, vector)
ORDER BY c.known_id
ON CONFLICT (known_id) DO UPDATE
SET dated = excluded.dated, url = excluded.url, model = $1, vector = excluded.vector, changed_at = now()
WHERE (known.dated, known.url, known.model) IS DISTINCT FROM (excluded.dated, excluded.url, $1)
"""
_SAVE_VECTORS = """
UPDATE known SET model = $1, vector = v.vector, changed_at = now()
FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bytea[]) AS v(known_id, epoch, counter, vector)
WHERE (known.known_id, known.epoch, known.counter) = (v.known_id, v.epoch, v.counter)
"""
_SAVE_LINKS = """
UPDATE known SET earlier = l.earlier, checked_as = l.checked_as, changed_at = now()
FROM unnest($1::text[], $2::text[], $3::text[]) AS l(known_id, earlier, checked_as)
WHERE known.known_id = l.known_id AND (known.earlier, known.checked_as) IS DISTINCT FROM (l.earlier, l.checked_as)
"""
_LEARNED = """
UPDATE known SET waiting = false FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS v(known_id, epoch, counter)
WHERE (known.known_id, known.epoch, known.counter) = (v.known_id, v.epoch, v.counter)
"""
_WAITING = f"SELECT {_FIELDS} FROM known WHERE waiting ORDER BY known_id LIMIT $1"  # noqa: S608
_PAGE = f"SELECT {_FIELDS} FROM known WHERE known_id > $1 ORDER BY known_id LIMIT $2"  # noqa: S608
_SOME = f"SELECT {_FIELDS} FROM known WHERE known_id = ANY($1::text[])"  # noqa: S608
_CHANGED = "SELECT known_id, changed_at FROM known WHERE changed_at > $1"
_POINTING = "SELECT DISTINCT subject_id FROM known WHERE checked_as = ANY($1::text[]) AND kind = 'claim' ORDER BY 1"
_NOW = "SELECT clock_timestamp()"


@dataclass(frozen=True, slots=True)
class Known:
    """A statement of an article, or a fact check. `subject_id` and `of_claim` say which article, and for a fact check of
    our own which claim, it belongs to. `vector` is empty where no encoder read the text."""

    known_id: str
    site_id: str
    fact_check: bool
    text: str
    subject_id: str
    of_claim: str
    dated: datetime
    url: str
    publisher: str
    rating_label: str
    withdrawn: bool
    model: str
    vector: bytes
    earlier: str
    checked_as: str
    changed_at: datetime
    epoch: int
    counter: int

    @property
    def order(self) -> tuple[datetime, str]:
        """Who said it first: the older article, then the smaller id."""
        return self.dated, self.known_id


async def save_fact_check(sql: Sql, item: FactCheck) -> bool:
    """Keep a fact check as unread; False when this or a newer state of it is kept already."""
    return bool(
        await sql.fetchval(
            _SAVE_FACT_CHECK,
            item.fact_check_id,
            UUID(item.site_id),
            item.version.epoch,
            item.version.counter,
            item.claim,
            item.article_id,
            item.claim_id,
            item.reviewed_at,
            item.url,
            item.publisher,
            item.rating_label,
            item.withdrawn,
        )
    )


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement of an article with the article's day and address."""

    claim_id: str
    site_id: UUID
    text: str
    subject_id: str
    dated: datetime
    url: str


async def save_claims(sql: Sql, stated: Sequence[Stated], vectors: Sequence[bytes], *, model: str) -> None:
    """Keep statements of articles; those that are kept already take their article's day and address, and the model."""
    columns = [[getattr(each, name) for each in stated] for name in Stated.__dataclass_fields__]
    await sql.execute(_SAVE_CLAIMS, model, *columns, list(vectors))


async def save_vectors(sql: Sql, model: str, items: Sequence[Known], vectors: Sequence[bytes]) -> None:
    """Keep what `model` made of these texts; a text that changed meanwhile is left for the next time."""
    if items:
        await sql.execute(_SAVE_VECTORS, model, *_versions(items), list(vectors))


async def learned(sql: Sql, items: Sequence[Known]) -> None:
    """These fact checks, as they were, have been compared with all claims."""
    await sql.execute(_LEARNED, *_versions(items))


async def save_links(sql: Sql, links: Sequence[tuple[str, str, str]]) -> None:
    """Keep (claim, the same claim in an older article, its fact check); empty where there is none."""
    await sql.execute(_SAVE_LINKS, *([each[at] for each in links] for at in range(3)))


async def waiting(sql: Sql, limit: int) -> list[Known]:
    """Fact checks that were not compared with the claims yet."""
    return [_known(row) for row in await sql.fetch(_WAITING, limit)]


async def page(sql: Sql, after: str, limit: int) -> list[Known]:
    """A page of everything known, by id."""
    return [_known(row) for row in await sql.fetch(_PAGE, after, limit)]


async def some(sql: Sql, ids: Iterable[str]) -> list[Known]:
    """These, as they stand."""
    return [_known(row) for row in await sql.fetch(_SOME, list(ids))]


async def changed(sql: Sql, since: datetime, look_back: timedelta) -> tuple[datetime, dict[str, datetime]]:
    """The database's time, and what changed since a moment, reaching back for transactions that began before it."""
    now: datetime = await sql.fetchval(_NOW)
    rows = await sql.fetch(_CHANGED, since - look_back)
    return now, {row["known_id"]: row["changed_at"] for row in rows}


async def database_now(sql: Sql) -> datetime:
    now: datetime = await sql.fetchval(_NOW)
    return now


async def pointing_at(sql: Sql, fact_checks: Sequence[str]) -> list[str]:
    """The articles whose claims point to these fact checks."""
    return [row["subject_id"] for row in await sql.fetch(_POINTING, list(fact_checks))]


def _versions(items: Sequence[Known]) -> tuple[list[str], list[int], list[int]]:
    return [each.known_id for each in items], [each.epoch for each in items], [each.counter for each in items]


def _known(row: Record) -> Known:
    values = {name: row[name] for name in Known.__dataclass_fields__ if name != "fact_check"}
    values["site_id"], values["vector"] = str(row["site_id"]), row["vector"] or b""
    return Known(fact_check=row["kind"] == "fact_check", **values)
