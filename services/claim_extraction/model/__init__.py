"""The service's values and pure decisions: no clock, no id maker, no I/O inside."""

from __future__ import annotations

from services.claim_extraction.model.anchoring import (
    SENTENCE_CONTEXT,
    Fate,
    Reanchored,
    anchor_at,
    normalise,
    reanchor,
    sha256_of,
    words_hash,
)
from services.claim_extraction.model.claim import (
    Anchor,
    Attribution,
    Block,
    CheckWorthiness,
    Claim,
    ClaimKind,
    ClaimLink,
    ClaimOrigin,
    ClaimSheet,
    ClaimState,
    DateMention,
    Findings,
    FoundClaim,
    LinkKind,
    Quantity,
    SourceKind,
    identity_key,
)
from services.claim_extraction.model.settling import settle_claims, withdraw_claims

__all__ = [
    "SENTENCE_CONTEXT",
    "Anchor",
    "Attribution",
    "Block",
    "CheckWorthiness",
    "Claim",
    "ClaimKind",
    "ClaimLink",
    "ClaimOrigin",
    "ClaimSheet",
    "ClaimState",
    "DateMention",
    "Fate",
    "Findings",
    "FoundClaim",
    "LinkKind",
    "Quantity",
    "Reanchored",
    "SourceKind",
    "anchor_at",
    "identity_key",
    "normalise",
    "reanchor",
    "settle_claims",
    "sha256_of",
    "withdraw_claims",
    "words_hash",
]
