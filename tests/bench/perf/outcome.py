"""What claim extraction writes for one seeded article, as bytes, so that a floor can write the same."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from services.claim_extraction import contract
from services.claim_extraction.model import ClaimSheet, settle_claims
from shared.events import Version
from shared.ids import DEFAULT_SITE, TimeOrderedIds, derived_id
from tests.bench.perf.stories import Story
from tests.bench.perf.wire import article_of, envelope_of, findings_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state of one article as stored, and the event that tells it."""

    body: str
    event: bytes
    headers: list[tuple[str, bytes]]


def outcome_of(told: Story) -> Outcome:
    """The sheet of an article after its first extraction."""
    wire = article_of(told)
    article = contract.article(wire)
    sheet = settle_claims(
        ClaimSheet(subject_id=article.article_id, site_id=str(DEFAULT_SITE)),
        findings_of(told),
        article_version=Version(1, 1),
        blocks=article.blocks,
        new_id=lambda key: str(derived_id("claim", article.article_id, key)),
    )
    event = contract.claim_sheet(sheet, article.subject).message.SerializeToString(deterministic=True)
    body = TypeAdapter(ClaimSheet).dump_json(sheet).decode()
    return Outcome(body, event, envelope_of(wire, TimeOrderedIds()).headers())
