"""Domain objects for tests, with only the fields that matter spelled out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.verification.model import (
    Citation,
    Claim,
    Comparison,
    Evidence,
    EvidenceClass,
    Finding,
    Origin,
    PolicySettings,
    Rating,
    Sameness,
    Stage,
    StageResult,
    StageStatus,
    Stance,
)

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SETTINGS = PolicySettings(site_name="The Harbour Post", own_domains=frozenset({"harbourpost.example"}))


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


def claim(text: str = "Rents rose by 12 percent last year.", **fields: Any) -> Claim:
    return Claim(
        claim_id="c1", text=text, text_hash="h1", article_url="https://harbourpost.example/rents-2026", **fields
    )


def evidence(id: str = "e1", text: str = "", **fields: Any) -> Evidence:
    fields.setdefault("url", f"https://{id}.example/2026/03/rents-rose-by-three-percent")
    fields.setdefault("publisher", f"Office {id}")
    words = text or f"The {id} office found that rents rose by 3 percent last year, its statement of number {id} said."
    return Evidence(evidence_id=id, text=words, **fields)


def analysis(id: str = "a1", text: str = "") -> Evidence:
    return evidence(
        id, text, evidence_class=EvidenceClass.NEWSROOM_ANALYSIS, origin=Origin.ANALYSIS, publisher="The Harbour Post"
    )


def cite(item: Evidence, stance: Stance = Stance.SUPPORTS, words: str = "") -> Citation:
    quote = words or item.text
    start = item.text.index(quote)
    return Citation(item.evidence_id, start, start + len(quote), quote, stance)


def finding(
    *items: Evidence,
    stance: Stance = Stance.SUPPORTS,
    rating: Rating | None = None,
    same: bool | None = None,
    **fields: Any,
) -> Finding:
    comparison = None
    if same is not None:
        comparison = Comparison(Sameness.SAME if same else Sameness.DIFFERENT, "" if same else "number", "12 is not 3")
    fields.setdefault("explanation", "The article says one thing, the source another.")
    citations = tuple(cite(item, stance) for item in items)
    return Finding(stance=stance, citations=citations, rating=rating, comparison=comparison, **fields)


def found(stage: Stage, *findings: Finding) -> StageResult:
    return StageResult(stage, StageStatus.FOUND, findings)


def answered(stage: Stage, status: StageStatus) -> StageResult:
    return StageResult(stage, status)


def by_id(*items: Evidence) -> dict[str, Evidence]:
    return {item.evidence_id: item for item in items}
