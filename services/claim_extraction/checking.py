"""`plumbline check`: what the extractor reads from a text, as rows for a table. Nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from services.claim_extraction.engine import Embedder, Extractor
from services.claim_extraction.model import Block, Claim, ClaimKind, FoundClaim, SourceKind

Row = dict[str, str]


def check_text(text: str, encoder_folder: Path) -> list[Row]:
    """One row a claim. A text without claims gives one row that says why."""
    blocks = [Block(f"p{n}", part.strip()) for n, part in enumerate(text.split("\n\n")) if part.strip()]
    found = Extractor.load(embedder=_embedder(encoder_folder)).extract(blocks, published_at=datetime.now(UTC))
    rows = [_row(claim) for claim in found.claims if claim.kind is ClaimKind.STATEMENT]
    if rows:
        return rows
    note = found.note or "no sentence here asks to be checked"
    return [{"claim": "", "who": "", "numbers and dates": "", "worth checking": "", "why": note}]


def _embedder(folder: Path) -> Embedder | None:
    """The built encoder; without one the plain judge scores, which is said in the model card."""
    if not folder.exists():
        return None
    from shared.retrieval.encoder import Encoder

    return Encoder(folder)


def _row(claim: FoundClaim | Claim) -> Row:
    who = claim.attribution
    numbers = [f"{q.exact} ({q.comparator} {q.value:g} {q.unit or q.dimension})" for q in claim.quantities]
    dates = [f"{d.exact} ({d.value})" for d in claim.dates]
    worth = claim.check_worthiness
    named = "the author" if who.kind is SourceKind.AUTHOR else f"{who.source_name or 'not named'} ({who.kind})"
    return {
        "claim": claim.text,
        "who": named,
        "numbers and dates": "; ".join(numbers + dates),
        "worth checking": f"{worth.score:.2f}" if worth else "",
        "why": ", ".join(worth.reasons[:4]) if worth else "",
    }
