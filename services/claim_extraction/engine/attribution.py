"""Reported speech of a text: by the parser where one is at hand, by word order alone where none is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.claim_extraction.engine.quotations import Quotation, find_quotations
from services.claim_extraction.engine.reports import Report
from services.claim_extraction.engine.sentences import MAX_SENTENCE, Sentence, split_sentences
from services.claim_extraction.engine.speech import read_speech
from services.claim_extraction.engine.turns import join_turns
from services.claim_extraction.model import Block


class AttributionReader:
    """Reads who said what. A text without reported speech never reaches the parser."""

    @classmethod
    def load(cls, *, syntax: bool = True, model: Path | None = None) -> AttributionReader:
        return cls()

    def read(self, blocks: Sequence[Block]) -> list[Report]:
        """All reports of a text in reading order."""
        sentences = [each for each in split_sentences(blocks) if len(each.text) <= MAX_SENTENCE]
        return self.of_sentences(blocks, sentences, find_quotations(blocks))

    def of_sentences(
        self, blocks: Sequence[Block], sentences: Sequence[Sentence], quotations: Sequence[Quotation]
    ) -> list[Report]:
        return join_turns(read_speech(sentences, quotations), quotations, sentences, blocks)
