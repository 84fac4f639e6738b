"""What may be evidence for a claim, and whether a quotation really stands where it says it does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from services.verification.engine.addresses import canonical_url, not_an_article, under_domain
from services.verification.engine.independence import overlap, shingles
from services.verification.model import Citation, Claim, Evidence, EvidenceClass, Origin, PolicySettings, Stance

NEVER = {
    Origin.ARTICLE: "an article under check is not evidence",
    Origin.COMMENT: "a reader's comment is not evidence",
    Origin.MACHINE: "something a model wrote is not evidence",
}
COPY_OF_ARTICLE = 0.5
STUB_LENGTH = 600
STUB = re.compile(
    r"subscribe (now )?to (continue|read|unlock)|(sign|log) in to (continue|read)|already a subscriber|"
    r"create (a free|an) account to|this (article|content) is (only )?for subscribers|enable javascript|access denied|"
    r"verify you are (a )?human|404 not found|page not found|to continue reading",
    re.IGNORECASE,
)


def inadmissible(evidence: Evidence, claim: Claim, settings: PolicySettings) -> str:
    """Why this text may not be evidence for this claim, in words for people; empty when it may."""
    if evidence.origin in NEVER:
        return NEVER[evidence.origin]
    if not evidence.text.strip():
        return "the page held no text"
    if evidence.origin is Origin.FETCHED and (reason := not_an_article(evidence.url)):
        return reason
    if len(evidence.text) < STUB_LENGTH and STUB.search(evidence.text):
        return "only a stub of the page could be read"
    if evidence.url and claim.article_url and canonical_url(evidence.url) == canonical_url(claim.article_url):
        return "the article itself"
    if evidence.origin is Origin.FETCHED and under_domain(evidence.url, settings.own_domains):
        return "an article of our own that nobody reviewed as an analysis"
    if evidence.url and under_domain(evidence.url, settings.distrusted_domains):
        return f"a page of a source that {settings.site_name} rates as unreliable"
    if claim.article_text and not _older(evidence, claim) and _copies(evidence, claim):
        return "a copy of the article itself"
    return ""


def _copies(evidence: Evidence, claim: Claim) -> bool:
    return overlap(shingles(evidence.text), shingles(claim.article_text)) >= COPY_OF_ARTICLE


def _older(evidence: Evidence, claim: Claim) -> bool:
    """What stood there on a day before the article is no copy of it: the article may have its words from there."""
    if evidence.published_at is None or claim.published_at is None:
        return False
    return evidence.published_at.date() < claim.published_at.date()


def admissible_ids(evidence: Iterable[Evidence], claim: Claim, settings: PolicySettings) -> frozenset[str]:
    """The evidence that may carry a verdict on this claim."""
    return frozenset(item.evidence_id for item in evidence if not inadmissible(item, claim, settings))


def not_citable(citation: Citation, evidence: Mapping[str, Evidence]) -> str:
    """Why a citation is refused; empty when its words stand at its offsets, character for character."""
    held = evidence.get(citation.evidence_id)
    if held is None:
        return "it names evidence that is not stored"
    if not citation.exact.strip() or citation.start < 0 or citation.end > len(held.text):
        return "its words are not in the source"
    if held.text[citation.start : citation.end] != citation.exact:
        return "its words are not in the source"
    return ""


def place(quote: str, evidence: Evidence, stance: Stance) -> Citation | None:
    """The citation of a passage, where it stands exactly; None when it does not. White space may differ in the asking,
    never in the citation."""
    words = quote.split()
    if not words:
        return None
    start = evidence.text.find(quote)
    if start >= 0:
        return Citation(evidence.evidence_id, start, start + len(quote), quote, stance)
    found = re.search(r"\s+".join(map(re.escape, words)), evidence.text)
    return Citation(evidence.evidence_id, found.start(), found.end(), found[0], stance) if found else None


def independent_of_us(evidence: Evidence) -> bool:
    """Newsroom analysis is citable and labelled, and never the independent ground of a refutation."""
    return evidence.evidence_class is not EvidenceClass.NEWSROOM_ANALYSIS and evidence.origin is not Origin.ANALYSIS
