"""Has this been checked before? The archive of fact checks, searched by meaning and by words, compared by code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from services.verification.engine.comparison import FAR, compare_claims
from services.verification.engine.posts import for_meaning, for_words
from services.verification.model import Comparison, FactCheck, Sameness
from shared.retrieval.encoder import SentenceEncoder, Vectors
from shared.retrieval.fusion import fuse
from shared.retrieval.lexical import LexicalIndex
from shared.retrieval.vectors import VectorIndex

DEPTH = 100  # candidates each side contributes before fusion


@dataclass(frozen=True)
class Match:
    """An earlier fact check near a claim. Only `comparison.sameness is SAME` may carry anything over."""

    fact_check_id: str
    score: float  # fused, 0 to 1, for ranking within one query
    similarity: float  # cosine of the claim to the nearer of the fact check's claim and title
    comparison: Comparison

    @property
    def same(self) -> bool:
        return self.comparison.sameness is Sameness.SAME


class FactCheckIndex:
    """Every fact check in memory; one instance per process, fed from the database. Safe to use from several threads.

    A fact check put is found by meaning at once and by words within a second. `encoder=None` searches by words alone.
    """

    def __init__(self, encoder: SentenceEncoder | None) -> None:
        self._encoder = encoder
        self._vectors = VectorIndex(encoder.dimensions) if encoder else None
        self._words = LexicalIndex()
        self._claims: dict[str, tuple[str, str]] = {}

    def __len__(self) -> int:
        return len(self._claims)

    def __contains__(self, fact_check_id: str) -> bool:
        return fact_check_id in self._claims

    def put(self, fact_check: FactCheck, vectors: Vectors | None = None) -> Vectors | None:
        """Adds or replaces a fact check; a withdrawn one leaves. Returns its vectors (claim, title) to be kept."""
        if fact_check.withdrawn:
            self.remove(fact_check.fact_check_id)
            return None
        kept = self.load([(fact_check, vectors)])
        return kept[0] if kept else None

    def load(self, fact_checks: Iterable[tuple[FactCheck, Vectors | None]]) -> list[Vectors]:
        """Many at once, with the vectors kept from earlier where there are any. Returns the vectors in order."""
        held = [(check, vectors) for check, vectors in fact_checks if not check.withdrawn]
        rows = self._encoded(held)
        for check, _ in held:
            self._claims[check.fact_check_id] = (check.claim, check.title)
        self._words.put_many((check.fact_check_id, f"{check.claim} {check.title}") for check, _ in held)
        if self._vectors is not None and held:
            self._vectors.put_many([check.fact_check_id for check, _ in held], np.concatenate(rows), per_id=2)
        return rows

    def remove(self, fact_check_id: str) -> None:
        self._claims.pop(fact_check_id, None)
        self._words.remove(fact_check_id)
        if self._vectors is not None:
            self._vectors.remove(fact_check_id)

    def commit(self) -> None:
        """Makes everything put so far searchable by words too, at once; for rebuilding at start and for tests."""
        self._words.commit()

    def search(self, text: str, k: int = 20) -> list[tuple[str, float]]:
        """(fact check id, score) for a search box: no comparison, best first."""
        return [(id, score) for id, score, _ in self._ranked([text], k)[0]]

    def match(self, texts: Sequence[str], k: int = 5, *, least: float = FAR) -> list[list[Match]]:
        """The k nearest fact checks of each text, best first, each compared with it by code; one of less than `least`
        similarity is too far apart to be read."""
        results = []
        for text, ranked in zip(texts, self._ranked(texts, k), strict=True):
            here = [(id, score, near) for id, score, near in ranked if id in self._claims]
            results.append([self._compared(text, id, score, near, least) for id, score, near in here])
        return results

    def _compared(self, text: str, fact_check_id: str, score: float, similarity: float | None, least: float) -> Match:
        claim, _ = self._claims[fact_check_id]
        comparison = compare_claims(text, claim, similarity, far=least)
        return Match(fact_check_id, score, similarity or 0.0, comparison)

    def _ranked(self, texts: Sequence[str], k: int) -> list[list[tuple[str, float, float | None]]]:
        lexical = [{hit.id: hit.score for hit in self._words.search(for_words(text), DEPTH)} for text in texts]
        if self._vectors is None or self._encoder is None:
            return [[(hit.id, hit.score, None) for hit in fuse({}, words, k=k)] for words in lexical]
        queries = self._encoder.encode([for_meaning(text) for text in texts])
        found = self._vectors.search(queries, DEPTH)
        results = []
        for query, hits, words in zip(queries, found, lexical, strict=True):
            dense = {hit.id: hit.score for hit in hits}
            dense |= self._vectors.scores(query, [id for id in words if id not in dense])
            results.append([(hit.id, hit.score, dense.get(hit.id)) for hit in fuse(dense, words, k=k)])
        return results

    def _encoded(self, held: Sequence[tuple[FactCheck, Vectors | None]]) -> list[Vectors]:
        if self._encoder is None:
            return []
        texts = [
            text for check, vectors in held if vectors is None for text in (check.claim, check.title or check.claim)
        ]
        fresh = iter(self._encoder.encode(texts).reshape(-1, 2, self._encoder.dimensions)) if texts else iter(())
        return [next(fresh) if vectors is None else np.asarray(vectors, np.float32) for _, vectors in held]
