"""What outcomes cite, and how the sources of that were rated when each outcome came about; one statement for both."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.verification.model import Evidence, Outcome
from services.verification.model.source import Counted
from services.verification.store import evidence, sources
from services.verification.store.codec import rows_json
from shared.postgres import Sql

# A person's verdict counts from when it was decided, a machine's outcome from its last look at these words. The nearest
# domain speaks for an address: a rating of news.example.org before one of example.org.
_CITED = f"""
SELECT {evidence.COLUMNS}, '' AS text, told.ratings
FROM evidence e
CROSS JOIN LATERAL (SELECT regexp_replace(regexp_replace(lower(e.url),
    '^[a-z]+://([^/?#]*@)?([^/:?#]*).*$', '\\2'), '^(www[0-9]?|m|mobile|amp)\\.', '') AS host) at_home
CROSS JOIN LATERAL (
    SELECT jsonb_agg(to_jsonb(r) || jsonb_build_object('claim_id', q.claim_id) ORDER BY q.claim_id) AS ratings
    FROM jsonb_to_recordset($3::jsonb) AS q (claim_id text, text_hash text, evidence_id text, at timestamptz)
    CROSS JOIN LATERAL (
        SELECT COALESCE(q.at, (SELECT max(a.recorded_at) FROM assessment a
            WHERE a.claim_id = q.claim_id AND a.site_id = $2 AND a.text_hash = q.text_hash)) AS at) moment
    CROSS JOIN LATERAL (
        SELECT {sources.COLUMNS} FROM source_rating s
        WHERE s.site_id = $2 AND (s.domain = at_home.host OR right(at_home.host, length(s.domain) + 1) = '.' || s.domain)
          AND s.recorded_at <= moment.at AND s.valid_from <= moment.at
        ORDER BY length(s.domain) DESC, s.version DESC LIMIT 1) r
    WHERE q.evidence_id = e.evidence_id AND r.credibility <> 'unrated') told
WHERE e.evidence_id = ANY ($1::text[]) AND e.site_id = $2 ORDER BY e.evidence_id
"""  # noqa: S608


@dataclass(frozen=True)
class Cited:
    """Evidence by id, without its words, and the ratings that counted. What nobody had rated by then is left out."""

    evidence: dict[str, Evidence]
    ratings: tuple[Counted, ...]


async def by_outcomes(sql: Sql, site_id: str, outcomes: Iterable[Outcome], at: datetime | None = None) -> Cited:
    """What these outcomes cite, in a fixed order; with `at` the ratings of that moment instead of each outcome's own."""
    rows = [
        {
            "claim_id": outcome.claim_id,
            "text_hash": outcome.text_hash,
            "evidence_id": evidence_id,
            "at": at or outcome.decided_at,
        }
        for outcome in outcomes
        for evidence_id in dict.fromkeys(citation.evidence_id for citation in outcome.citations)
    ]
    if not rows:
        return Cited({}, ())
    ids = sorted({str(row["evidence_id"]) for row in rows})
    found = await sql.fetch(_CITED, ids, UUID(site_id), rows_json(rows))
    held = {row["evidence_id"]: evidence.evidence_of(row) for row in found}
    ratings = [
        Counted(each["claim_id"], row["evidence_id"], sources.rating_in(each))
        for row in found
        for each in json.loads(row["ratings"] or "[]")
    ]
    return Cited(held, tuple(ratings))
