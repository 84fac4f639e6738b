"""What the last check of each claim stood on, and the vectors of claims: how a change finds what it touches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.verification.model.affected import Bases, Basis, Change
from services.verification.store.codec import rows_json
from shared.postgres import Sql

_SAVE = """
WITH asked AS (
    SELECT claim_id, kind, value
    FROM jsonb_to_recordset($2::jsonb) AS b (claim_id text, kind text, value text)
), gone AS (
    DELETE FROM claim_basis b WHERE b.claim_id = ANY ($3::text[]) AND NOT EXISTS (
        SELECT FROM asked a WHERE (a.claim_id, a.kind, a.value) = (b.claim_id, b.kind, b.value))
), kept AS (
    INSERT INTO claim_vector (claim_id, site_id, text_hash, model_sha256, vector)
    SELECT claim_id, $1, text_hash, $4, vector
    FROM unnest($5::text[], $6::text[], $7::bytea[]) AS v (claim_id, text_hash, vector)
    ON CONFLICT (claim_id) DO UPDATE SET text_hash = excluded.text_hash, model_sha256 = excluded.model_sha256,
        vector = excluded.vector
)
INSERT INTO claim_basis (claim_id, site_id, kind, value)
SELECT claim_id, $1, kind, value FROM asked ON CONFLICT DO NOTHING
"""
_TOUCHED = """
SELECT claim_id, kind, value FROM claim_basis
WHERE site_id = $1 AND ((kind = 'fact_check' AND value = ANY ($2::text[])) OR (kind = 'page' AND value = ANY ($3::text[])))
UNION ALL
SELECT claim_id, kind, value FROM claim_basis
WHERE site_id = $1 AND kind = 'source' AND cardinality($4::text[]) > 0
  AND (value = ANY ($4::text[]) OR value LIKE ANY (SELECT '%.' || domain FROM unnest($4::text[]) AS d (domain)))
"""
_VECTORS = """
SELECT v.claim_id, v.vector, c.text, s.article_id
FROM claim_vector v JOIN claim c USING (claim_id) JOIN subject s USING (subject_id)
WHERE v.site_id = $1 AND v.model_sha256 = $2 AND v.claim_id > $3 AND c.state = 'active' AND v.text_hash = c.text_hash
ORDER BY v.claim_id LIMIT $4
"""
_SUBJECTS = """
SELECT subject_id, array_agg(claim_id) AS claims FROM claim
WHERE claim_id = ANY ($1::text[]) AND site_id = $2 AND state = 'active' GROUP BY subject_id ORDER BY subject_id
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """A claim with its vector (half-precision bytes)."""

    claim_id: str
    vector: bytes
    text: str
    article_id: str


async def save(
    sql: Sql, site_id: str, model: str, bases: Mapping[str, Basis], vectors: Mapping[str, tuple[str, bytes]]
) -> None:
    """What these claims stand on now, in place of what they stood on; with (text hash, vector) of those a fact check is
    held against."""
    rows: list[dict[str, Any]] = []
    for claim_id, basis in bases.items():
        for kind, names in (("fact_check", basis.fact_checks), ("page", basis.pages), ("source", basis.sources)):
            rows += [{"claim_id": claim_id, "kind": kind, "value": name} for name in sorted(names)]
    placed = sorted(vectors)
    hashes, made = [vectors[each][0] for each in placed], [vectors[each][1] for each in placed]
    await sql.execute(_SAVE, UUID(site_id), rows_json(rows), sorted(bases), model, placed, hashes, made)


async def touched(sql: Sql, change: Change) -> Bases:
    """The part of all bases that a change can touch."""
    found: dict[str, dict[str, set[str]]] = {"fact_check": {}, "page": {}, "source": {}}
    asked = (sorted(change.fact_checks), sorted(change.pages), sorted(change.sources))
    for row in await sql.fetch(_TOUCHED, UUID(change.site_id), *asked):
        found[row["kind"]].setdefault(row["value"], set()).add(row["claim_id"])
    return Bases(found["fact_check"], found["page"], found["source"])


async def vectors(sql: Sql, site_id: str, model: str, after: str, size: int) -> list[Placed]:
    """A page of the active claims of a site that were checked with this model, by id."""
    rows = await sql.fetch(_VECTORS, UUID(site_id), model, after, size)
    return [Placed(row["claim_id"], row["vector"], row["text"], row["article_id"]) for row in rows]


async def by_subject(sql: Sql, site_id: str, claim_ids: Collection[str]) -> dict[str, list[str]]:
    """The subjects of these claims, without claims that are not made any more."""
    rows = await sql.fetch(_SUBJECTS, sorted(claim_ids), UUID(site_id))
    return {row["subject_id"]: sorted(row["claims"]) for row in rows}
