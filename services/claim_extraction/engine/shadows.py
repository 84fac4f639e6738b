"""Claims that only repeat another one with more words around it, taken out after all were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.claim_extraction.model import ClaimKind, FoundClaim, LinkKind, SourceKind


def without_shadows(claims: Sequence[FoundClaim]) -> tuple[FoundClaim, ...]:
    """The claims without their shadows, and without links to them.

    A shadow is a sentence taken as the author's own statement although it is the report of somebody's words, or a
    reported statement that holds another statement of the same report inside it ("she asked not to be named, and said
    that P" beside P).
    """
    reports = {claim.text_hash for claim in claims if claim.kind is ClaimKind.REPORT}
    statements = [claim for claim in claims if claim.kind is ClaimKind.STATEMENT]
    of_report: dict[str, list[FoundClaim]] = {}
    for claim in statements:
        for report in _reports(claim):
            of_report.setdefault(report, []).append(claim)
    gone = {
        claim.key
        for claim in statements
        if (claim.attribution.kind is SourceKind.AUTHOR and claim.text_hash in reports)
        or any(_holds(claim, other) for report in _reports(claim) for other in of_report[report])
    }
    return tuple(
        replace(claim, links=tuple(link for link in claim.links if link.claim_id not in gone))
        for claim in claims
        if claim.key not in gone
    )


def _holds(outer: FoundClaim, inner: FoundClaim) -> bool:
    """Whether one statement of a report stands inside another one of it."""
    a, b = outer.anchors[0], inner.anchors[0]
    return a.block_id == b.block_id and a.start <= b.start and b.end <= a.end and (a.start, a.end) != (b.start, b.end)


def _reports(claim: FoundClaim) -> set[str]:
    return {link.claim_id for link in claim.links if link.kind is LinkKind.REPORTED_BY}
