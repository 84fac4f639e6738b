"""Nearest texts by words: BM25 over an index in memory, rebuilt at start, searchable within a second of a change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

import tantivy

from shared.retrieval.vectors import Hit

VISIBLE_WITHIN = 0.5  # seconds; a commit costs about ten milliseconds of CPU, so changes wait for company
LONGEST_WORD = 40
FEW_TEXTS = 1_000  # a word of no more texts is looked up however many of all these are
FEW_WORDS = 3  # as many are looked up however common


class LexicalIndex:
    """Ids with one text each. Safe to use from several threads; a put or remove shows in searches within a second.

    Queries are plain words: no character of a query is syntax. Only its `terms` rarest words are looked up, and of a
    large index none that stands in every fourth text: that bounds the cost of a query and costs no accuracy, because
    common words barely move BM25.
    """

    def __init__(self, *, terms: int = 40, heap_bytes: int = 32_000_000, clock: Callable[[], float] = time.monotonic):
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
        builder.add_integer_field("number", fast=True)  # read off a column: a stored id costs a block of text a hit
        builder.add_text_field("text", tokenizer_name="stems", index_option="freq")
        self._schema = builder.build()
        self._analyser = _stemming()
        self._index = tantivy.Index(self._schema)
        self._index.register_tokenizer("stems", self._analyser)
        self._writer = self._index.writer(heap_size=heap_bytes, num_threads=1)
        self._terms = terms
        self._clock = clock
        self._lock = threading.Lock()
        self._changed_at: float | None = None
        self._numbers: dict[str, int] = {}  # an id keeps its number for good: a search may still show what has left
        self._ids: list[str] = []

    def __len__(self) -> int:
        """Texts visible to a search now."""
        return int(self._index.searcher().num_docs)

    def put(self, id: str, text: str) -> None:
        """Adds an id or replaces its text."""
        self.put_many([(id, text)])

    def put_many(self, texts: Iterable[tuple[str, str]]) -> None:
        with self._lock:
            for id, text in texts:
                self._writer.delete_documents_by_term("id", id)
                self._writer.add_document(tantivy.Document(id=id, number=self._number(id), text=text))
            self._touched()

    def remove(self, id: str) -> None:
        """Forgets an id; an id not held is no error."""
        with self._lock:
            self._writer.delete_documents_by_term("id", id)
            self._touched()

    def clear(self) -> None:
        with self._lock:
            self._writer.delete_all_documents()
            self._touched()

    def commit(self) -> None:
        """Makes every change so far visible at once."""
        with self._lock:
            self._commit()

    def search(self, query: str, k: int) -> list[Hit]:
        """The k best ids by BM25 over any of the query's rarest words, best first."""
        self._commit_when_due()
        searcher = self._index.searcher()
        known = self._telling(searcher, query)
        if not known:
            return []
        any_of = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "text", word, index_option="freq"))
            for word in known
        ]
        found = searcher.search(tantivy.Query.boolean_query(any_of), limit=k, count=False).hits
        numbers = searcher.fast_field_values("number", [address for _, address in found])
        return [Hit(self._ids[number], score) for number, (score, _) in zip(numbers, found, strict=True)]

    def _telling(self, searcher: tantivy.Searcher, query: str) -> list[str]:
        """The words to look up, rarest first: what stands in every fourth text costs most and tells next to nothing."""
        frequencies = {word: searcher.doc_freq("text", word) for word in dict.fromkeys(self._analyser.analyze(query))}
        known = sorted((count, word) for word, count in frequencies.items() if count)
        common = max(FEW_TEXTS, searcher.num_docs // 4)
        return [word for at, (count, word) in enumerate(known[: self._terms]) if at < FEW_WORDS or count <= common]

    def _number(self, id: str) -> int:
        number = self._numbers.setdefault(id, len(self._ids))
        if number == len(self._ids):
            self._ids.append(id)
        return number

    def _touched(self) -> None:
        if self._changed_at is None:
            self._changed_at = self._clock()

    def _commit_when_due(self) -> None:
        changed = self._changed_at
        if changed is not None and self._clock() - changed >= VISIBLE_WITHIN:
            self.commit()

    def _commit(self) -> None:
        if self._changed_at is not None:
            self._changed_at = None
            self._writer.commit()
            self._index.reload()


def _stemming() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )
