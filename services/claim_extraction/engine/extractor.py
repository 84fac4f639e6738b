"""The brain: blocks in, claims out. Nothing here waits, stores or asks the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from services.claim_extraction.engine.assembly import Candidate, candidates_of
from services.claim_extraction.engine.attribution import AttributionReader, SpacyParser
from services.claim_extraction.engine.findings import Gathered, claim_of, unread_claim
from services.claim_extraction.engine.language import UNKNOWN, LanguageDetector, is_supported
from services.claim_extraction.engine.limits import MAX_SENTENCE, TextTooLong, check_sentence
from services.claim_extraction.engine.names import counts_people, speakers_of
from services.claim_extraction.engine.opinions import leans_to_opinion, not_a_statement
from services.claim_extraction.engine.quotations import find_quotations
from services.claim_extraction.engine.sentences import split_sentences
from services.claim_extraction.engine.shadows import without_shadows
from services.claim_extraction.engine.syntax import Parser
from services.claim_extraction.engine.worthiness import WEIGHTS, CheckWorthinessModel, Embedder
from services.claim_extraction.model import (
    Attribution,
    Block,
    CheckWorthiness,
    ClaimKind,
    Findings,
    FoundClaim,
    SourceKind,
    anchor_at,
)

MIN_WORDS = 4


class Extractor:
    """Finds the claims of a text. Slow: call it in a thread, never on the event loop. Safe to share between threads."""

    def __init__(
        self,
        worthiness: CheckWorthinessModel,
        *,
        parser: Parser | None = None,
        embedder: Embedder | None = None,
        languages: LanguageDetector | None = None,
    ) -> None:
        self.worthiness = worthiness
        self._parser = parser
        self._attribution = AttributionReader(parser)
        self._embedder = embedder
        self._languages = languages or LanguageDetector()

    @classmethod
    def load(cls, *, embedder: Embedder | None = None, syntax: bool = True, weights: Path = WEIGHTS) -> Extractor:
        """The shipped weights, checked against their hash. Without an embedder the plain judge scores; without syntax
        speech is read by word order alone, which spares 150 MB and finds about two thirds as much.

        Give an `EncoderCache` so that sentences an edit left alone are not embedded again. Raises WeightsDamaged.
        """
        parser = SpacyParser() if syntax else None
        return cls(CheckWorthinessModel.load(weights), parser=parser, embedder=embedder)

    def extract(self, blocks: Sequence[Block], *, published_at: datetime, language: str = "") -> Findings:
        """The claims worth checking, in reading order, with who said them, numbers, dates and exact places.

        Never raises for any text: a language that is not English or a text that is too long comes back without claims
        and with a note that says so.
        """
        detected = self._languages.detect(blocks, language)
        if not is_supported(detected):
            reads = "is in no language that can be told" if detected == UNKNOWN else f"reads as {detected!r}"
            note = f"Claims are found in English texts only; this one {reads}."
            return Findings(language=detected, note=note)
        try:
            sentences = split_sentences(blocks)
        except TextTooLong as refusal:
            return Findings(language=detected, note=f"No claims were looked for: {refusal}.")
        quotations = find_quotations(blocks)
        readable = [sentence for sentence in sentences if len(sentence.text) <= MAX_SENTENCE]
        everything = self._attribution.of_sentences(blocks, readable, quotations)
        reports = [report for report in everything if report.speaks and not counts_people(report, blocks)]
        candidates = candidates_of(blocks, readable, reports, speakers_of(reports, blocks))
        claims, taken = self._claims(candidates, published_at.date())
        return Findings(claims, detected, sentences=len(sentences), passed_over=len(candidates) - taken)

    def score(self, sentence: str) -> CheckWorthiness:
        """How much one sentence asks to be checked."""
        return self.worthiness.score([sentence], self._embedder)[0]

    def claim_at(self, block: Block, start: int, end: int, *, published_at: datetime) -> FoundClaim:
        """The claim in words a person selected: any words are one. Raises ValueError for a span outside the block, and
        TextTooLong for more than a sentence may hold."""
        anchor = anchor_at(block, start, end)
        candidate = Candidate(anchor.exact, (anchor,), Attribution(SourceKind.AUTHOR))
        return claim_of(candidate, ClaimKind.STATEMENT, self.score(anchor.exact), published_at.date())

    def read_claim(self, block: Block, *, published_at: datetime, language: str = "", claimant: str = "") -> Findings:
        """A whole block that somebody calls one claim. In another language than English it is kept without a score and
        without numbers, and the note says so. Raises TextTooLong for more than a sentence may hold."""
        detected = self._languages.detect([block], language)
        if is_supported(detected):
            found, note = self.claim_at(block, 0, len(block.text), published_at=published_at), ""
        else:
            check_sentence(block.text)
            anchor = anchor_at(block, 0, len(block.text))
            found, note = unread_claim(anchor), _unread(detected)
        if claimant:
            found = replace(found, attribution=Attribution(SourceKind.NAMED, claimant))
        return Findings((found,), detected, note, sentences=1)

    def _claims(self, candidates: Sequence[Candidate], published: date) -> tuple[tuple[FoundClaim, ...], int]:
        """The claims and how many of the candidates they were made from."""
        stated = [each for each in candidates if len(each.text.split()) >= MIN_WORDS and not not_a_statement(each.text)]
        judged = [each.judged for each in stated]
        scores = self.worthiness.score(judged, self._embedder, reasons_from=self._lowest)
        gathered, taken = Gathered(published), 0
        for candidate, score in zip(stated, scores, strict=True):
            if score.score < self._lowest:
                continue
            claim = claim_of(candidate, ClaimKind.STATEMENT, score, published)
            if score.score >= self._bar(claim):
                gathered.add(candidate, claim)
                taken += 1
        if self._parser is not None:
            gathered.divide(self._parser)
        return without_shadows(gathered.claims()), taken

    @property
    def _lowest(self) -> float:
        """Under every bar, so that nothing is read for nothing."""
        thresholds = self.worthiness.thresholds
        return min(thresholds.plain, thresholds.with_quantity, thresholds.opinion)

    def _bar(self, claim: FoundClaim) -> float:
        thresholds = self.worthiness.thresholds
        if any(each.dimension not in ("rank", "age") for each in claim.quantities):
            return thresholds.with_quantity
        return thresholds.opinion if leans_to_opinion(claim.text) else thresholds.plain


def _unread(language: str) -> str:
    if language == UNKNOWN:
        return "Kept for people: it is too short to tell its language; state it."
    return f"Kept for people: numbers are read in English only, not in {language!r}."
