"""The brain: blocks in, claims out. Nothing here waits, stores or asks the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from services.claim_extraction.engine.assembly import Candidate, candidates_of, fold
from services.claim_extraction.engine.attribution import AttributionReader
from services.claim_extraction.engine.dates import read_dates
from services.claim_extraction.engine.language import LanguageDetector, is_supported
from services.claim_extraction.engine.names import speakers_of
from services.claim_extraction.engine.opinions import not_checkable
from services.claim_extraction.engine.quantities import read_quantities
from services.claim_extraction.engine.quotations import find_quotations
from services.claim_extraction.engine.sentences import MAX_SENTENCE, TextTooLong, split_sentences
from services.claim_extraction.engine.worthiness import WEIGHTS, CheckWorthinessModel, Embedder
from services.claim_extraction.model import (
    Block,
    CheckWorthiness,
    ClaimKind,
    ClaimLink,
    Findings,
    FoundClaim,
    LinkKind,
    words_hash,
)

MIN_WORDS = 4


class Extractor:
    """Finds the claims of a text. Slow: call it in a thread, never on the event loop. Safe to share between threads."""

    def __init__(
        self,
        worthiness: CheckWorthinessModel,
        attribution: AttributionReader,
        *,
        embedder: Embedder | None = None,
        languages: LanguageDetector | None = None,
    ) -> None:
        self.worthiness = worthiness
        self._attribution = attribution
        self._embedder = embedder
        self._languages = languages or LanguageDetector()

    @classmethod
    def load(cls, *, embedder: Embedder | None = None, syntax: bool = True, weights: Path = WEIGHTS) -> Extractor:
        """The shipped weights, checked against their hash. Without an embedder the plain judge scores; without syntax
        speech is read by word order alone, which spares 150 MB and finds about two thirds as much.

        Give an `EncoderCache` so that sentences an edit left alone are not embedded again. Raises WeightsDamaged.
        """
        return cls(CheckWorthinessModel.load(weights), AttributionReader.load(syntax=syntax), embedder=embedder)

    def extract(self, blocks: Sequence[Block], *, published_at: datetime, language: str = "") -> Findings:
        """The claims worth checking, in reading order, with who said them, numbers, dates and exact places.

        Never raises for any text: a language that is not English or a text that is too long comes back without claims
        and with a note that says so.
        """
        detected = self._languages.detect(blocks, language)
        if not is_supported(detected):
            return Findings(
                language=detected, note=f"Claims are found in English texts only; this one reads as {detected!r}."
            )
        try:
            sentences = split_sentences(blocks)
        except TextTooLong as refusal:
            return Findings(language=detected, note=f"No claims were looked for: {refusal}.")
        quotations = find_quotations(blocks)
        readable = [sentence for sentence in sentences if len(sentence.text) <= MAX_SENTENCE]
        everything = self._attribution.of_sentences(blocks, readable, quotations)
        reports = [report for report in everything if report.speaks]
        candidates = candidates_of(blocks, readable, reports, speakers_of(reports, blocks))
        checkable = [each for each in candidates if _checkable(each)]
        scores = self.worthiness.score([each.text for each in checkable], self._embedder)
        worth = [
            (each, score)
            for each, score in zip(checkable, scores, strict=True)
            if score.score >= self.worthiness.threshold
        ]
        found = _found(worth, published_at.date())
        return Findings(found, detected, "", sentences=len(sentences), passed_over=len(candidates) - len(worth))

    def score(self, sentence: str) -> CheckWorthiness:
        """How much one sentence asks to be checked."""
        return self.worthiness.score([sentence], self._embedder)[0]


def _checkable(candidate: Candidate) -> bool:
    return len(candidate.text.split()) >= MIN_WORDS and not not_checkable(candidate.text)


def _found(worth: Sequence[tuple[Candidate, CheckWorthiness]], published: date) -> tuple[FoundClaim, ...]:
    """Statements, and beside every reported statement the claim that somebody said it; each pair linked both ways."""
    claims: dict[str, FoundClaim] = {}
    links: dict[str, set[ClaimLink]] = {}
    for candidate, score in worth:
        statement = _claim(candidate, ClaimKind.STATEMENT, score, published)
        claims[statement.key] = fold(claims.get(statement.key), statement)
        if candidate.report is None:
            continue
        report = _claim(candidate.report, ClaimKind.REPORT, score, published)
        claims[report.key] = fold(claims.get(report.key), report)
        links.setdefault(statement.key, set()).add(ClaimLink(LinkKind.REPORTED_BY, report.key))
        links.setdefault(report.key, set()).add(ClaimLink(LinkKind.REPORTS, statement.key))
    return tuple(_linked(claim, links.get(key, set())) for key, claim in claims.items())


def _linked(claim: FoundClaim, links: set[ClaimLink]) -> FoundClaim:
    return replace(claim, links=tuple(sorted(links)))


def _claim(candidate: Candidate, kind: ClaimKind, score: CheckWorthiness, published: date) -> FoundClaim:
    dates = read_dates(candidate.text, published)
    return FoundClaim(
        text=candidate.text,
        text_hash=words_hash(candidate.text),
        kind=kind,
        anchors=candidate.anchors,
        attribution=candidate.attribution,
        quantities=read_quantities(candidate.text, [(each.start, each.end) for each in dates]),
        dates=dates,
        check_worthiness=score,
    )
