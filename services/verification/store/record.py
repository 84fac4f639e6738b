"""The record read as of a moment: words, decisions and assessments of one claim, and evidence as it became known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.verification.model import Evidence, Verdict
from services.verification.model.subject import ClaimState
from services.verification.model.timeline import Assessed, Worded
from services.verification.store import evidence as stored
from services.verification.store import verdicts
from services.verification.store.codec import outcome_from
from shared.postgres import Sql

# What is public, and what the partner sent in itself; never a draft.
VISIBLE = """(s.body ->> 'kind') <> 'draft'
    AND ((s.body ->> 'public')::boolean OR (s.body ->> 'owner' <> '' AND s.body ->> 'owner' = $3))"""
_CLAIM = f"""
SELECT c.claim_id, c.text, (s.body ->> 'published_at')::timestamptz AS published_at
FROM claim c JOIN subject s USING (subject_id)
WHERE c.claim_id = $1 AND c.site_id = $2 AND {VISIBLE}
"""  # noqa: S608
_WORDS = """
SELECT text, text_hash, state, recorded_at FROM claim_words
WHERE claim_id = $1 AND site_id = $2 AND recorded_at <= $3 ORDER BY word_id
"""
_ASSESSED = """
SELECT outcome, recorded_at FROM (
    SELECT DISTINCT ON (text_hash) outcome, recorded_at, assessment_id FROM assessment
    WHERE claim_id = $1 AND site_id = $2 AND recorded_at <= $3
    ORDER BY text_hash, assessment_id DESC) latest
ORDER BY assessment_id
"""
# What people uploaded, typed or wrote is shown once a public claim quotes it.
_EVIDENCE = f"""
SELECT {stored.COLUMNS}, e.recorded_at, t.text
FROM evidence e JOIN snapshot t USING (sha256)
WHERE e.evidence_id = $1 AND e.site_id = $2 AND e.recorded_at <= $3
  AND (e.origin = 'fetched' OR EXISTS (
      SELECT FROM verdict_citation x JOIN claim c USING (claim_id) JOIN subject s USING (subject_id)
      WHERE x.evidence_id = e.evidence_id AND (s.body ->> 'public')::boolean AND (s.body ->> 'kind') <> 'draft'))
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class SeenClaim:
    """A claim a caller may see."""

    claim_id: str
    text: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """What was recorded about one claim by a moment, in the order it was recorded."""

    words: list[Worded]
    verdicts: list[Verdict]
    assessments: list[Assessed]


async def claim(sql: Sql, claim_id: str, site_id: UUID, partner_id: str) -> SeenClaim | None:
    """A claim of the site that the partner may see."""
    row = await sql.fetchrow(_CLAIM, claim_id, site_id, partner_id)
    return None if row is None else SeenClaim(row["claim_id"], row["text"], row["published_at"])


async def history(sql: Sql, claim_id: str, site_id: UUID, until: datetime) -> History:
    """Everything recorded about a claim by a moment; of the assessments the last one of each wording."""
    words = await sql.fetch(_WORDS, claim_id, site_id, until)
    decided = await verdicts.history(sql, claim_id, site_id)
    assessed = await sql.fetch(_ASSESSED, claim_id, site_id, until)
    return History(
        [Worded(row["text"], row["text_hash"], ClaimState(row["state"]), row["recorded_at"]) for row in words],
        [verdict for verdict in decided if verdict.recorded_at <= until],
        [Assessed(outcome_from(row["outcome"]), row["recorded_at"]) for row in assessed],
    )


async def evidence(sql: Sql, evidence_id: str, site_id: UUID, until: datetime) -> tuple[Evidence, datetime] | None:
    """A snapshot a partner may see, with the moment it became known; None before that."""
    row = await sql.fetchrow(_EVIDENCE, evidence_id, site_id, until)
    return None if row is None else (stored.evidence_of(row), row["recorded_at"])
