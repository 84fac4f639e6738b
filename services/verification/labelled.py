"""What people decided beside what the machine had said: labelled data, one line a decision.

It holds no name of a reviewer, only a pseudonym that is the same for the same person on the same site. Nothing in the
product reads it back: thresholds change by a person's act alone.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from services.verification.model import Outcome
from services.verification.store.codec import citations_from, outcome_from
from shared.postgres import Row, Sql
from shared.vault import MasterKey

PAGE = 500
# Of the machine, the last word on the same wording before the decision.
_DECISIONS = """
SELECT v.claim_id, v.version, v.site_id, v.text_hash, v.rating, v.explanation, v.note, v.decided_at, v.recorded_at,
       v.decided_by_id, v.reviewed_by_id, v.settings_version, a.outcome AS machine, a.inputs,
       COALESCE((SELECT w.text FROM claim_words w WHERE w.claim_id = v.claim_id AND w.text_hash = v.text_hash
                 ORDER BY w.word_id DESC LIMIT 1), c.text) AS text, s.body ->> 'language' AS language,
       COALESCE((SELECT jsonb_agg(jsonb_build_object('evidence_id', x.evidence_id, 'start', x.start_at, 'end', x.end_at,
                                                     'exact', x.exact, 'stance', x.stance) ORDER BY x.position)
                 FROM verdict_citation x WHERE (x.claim_id, x.version) = (v.claim_id, v.version)), '[]') AS citations
FROM verdict v
JOIN claim c USING (claim_id)
JOIN subject s USING (subject_id)
LEFT JOIN LATERAL (
    SELECT outcome, inputs FROM assessment m
    WHERE m.claim_id = v.claim_id AND m.text_hash = v.text_hash AND m.recorded_at <= v.recorded_at
    ORDER BY m.assessment_id DESC LIMIT 1) a ON true
WHERE v.decided_by_id <> '' AND v.recorded_at >= $1 AND (v.recorded_at, v.claim_id, v.version) > ($2, $3, $4)
  AND ($5::uuid IS NULL OR v.site_id = $5)
ORDER BY v.recorded_at, v.claim_id, v.version LIMIT $6
"""


class Pseudonyms:
    """Names for people that say nothing about them to whoever lacks the master key."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master

    def of(self, site_id: UUID, person_id: str) -> str:
        """Empty for nobody."""
        if not person_id:
            return ""
        key = self._master.derive("reviewer-pseudonym", str(site_id))
        return hmac.digest(key, person_id.strip().casefold().encode(), sha256).hex()[:16]


async def labelled(
    sql: Sql, names: Pseudonyms, *, since: datetime, site_id: UUID | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Every decision of people recorded from `since` on, oldest first."""
    after: tuple[datetime, str, int] = (since, "", 0)
    while rows := await sql.fetch(_DECISIONS, since, *after, site_id, PAGE):
        for row in rows:
            yield _line(row, names)
        last = rows[-1]
        after = (last["recorded_at"], last["claim_id"], last["version"])


async def write_labelled(
    sql: Sql, names: Pseudonyms, file: Path | None, *, since: datetime, site_id: UUID | None = None
) -> int:
    """The same as JSON lines, into a file or to standard output; returns how many."""
    count = 0
    with contextlib.ExitStack() as open_files:
        target = sys.stdout if file is None else open_files.enter_context(file.open("w", encoding="utf-8"))
        async for line in labelled(sql, names, since=since, site_id=site_id):
            print(json.dumps(line, ensure_ascii=False, sort_keys=True), file=target)
            count += 1
    return count


def _line(row: Row, names: Pseudonyms) -> dict[str, Any]:
    machine = outcome_from(row["machine"]) if row["machine"] else None
    return {
        "claim_id": row["claim_id"],
        "claim": row["text"],
        "text_sha256": row["text_hash"],
        "language": row["language"] or "",
        "site_id": str(row["site_id"]),
        "verdict_version": row["version"],
        "decided_at": row["decided_at"].isoformat(),
        "people": {
            "rating": row["rating"],
            "explanation": row["explanation"],
            "note": row["note"],
            "quotes": _quotes(row["citations"]),
            "decided_by": names.of(row["site_id"], row["decided_by_id"]),
            "seconded_by": names.of(row["site_id"], row["reviewed_by_id"]),
        },
        "machine": _machine(machine, json.loads(row["inputs"])) if machine else None,
        "agrees": machine is not None and machine.rating is not None and machine.rating.value == row["rating"],
        "policy_version": row["settings_version"],
    }


def _machine(said: Outcome, inputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": said.status.value,
        "rating": said.rating.value if said.rating else "",
        "abstention": said.abstention_code.value if said.abstention_code else "",
        "basis": said.basis.value,
        "evidence_ids": sorted(inputs.get("evidence", ())),
        "quotes": [
            {"evidence_id": c.evidence_id, "start": c.start, "end": c.end, "exact": c.exact, "stance": c.stance.value}
            for c in said.citations
        ],
        "model_sha256": inputs.get("model_sha256", ""),
    }


def _quotes(body: str) -> list[dict[str, Any]]:
    return [
        {"evidence_id": c.evidence_id, "start": c.start, "end": c.end, "exact": c.exact, "stance": c.stance.value}
        for c in citations_from(body)
    ]
