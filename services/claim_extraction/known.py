"""What is known to be claimed, in memory: filled from the database at start and brought up to it before each look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from services.claim_extraction import known_store
from services.claim_extraction.engine.likeness import Particulars, particulars_of, same_claim
from services.claim_extraction.known_store import Known
from shared.postgres import Database
from shared.retrieval.encoder import SentenceEncoder, Vectors
from shared.retrieval.vectors import VectorIndex

PAGE = 2_000
NEAREST = 20
ENCODED_AT_ONCE = 64  # so that other work gets its turn of the one engine thread in between
FOLLOW_SECONDS = 1.0
LOOK_BACK = timedelta(seconds=30)  # longer than a transaction here lasts

OffLoop = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Alike:
    """Something known that is like a text; `same` when it claims the same."""

    known: Known
    similarity: float
    same: bool


class _Site:
    """What one site knows. A site never meets another's."""

    def __init__(self, dimensions: int) -> None:
        self.entries: dict[str, Known] = {}
        self.particulars: dict[str, Particulars] = {}
        self.by_words: dict[str, set[str]] = {}
        self.index = VectorIndex(dimensions) if dimensions else None


class KnownClaims:
    """Statements of published articles and fact checks of the archive, found again by meaning.

    Without an encoder only equal words are found.
    """

    def __init__(
        self, db: Database, off_loop: OffLoop, encoder: Callable[[], SentenceEncoder] | None, log: Any
    ) -> None:
        self._db, self._off_loop, self._make_encoder, self._log = db, off_loop, encoder, log
        self._encoder: SentenceEncoder | None = None
        self._sites: dict[str, _Site] = {}
        self._held: dict[str, datetime] = {}
        self._looked_at: datetime | None = None
        self._lock = asyncio.Lock()

    @property
    def model(self) -> str:
        """What the stored vectors are named after; "words" without an encoder."""
        return self._encoder.model_hash if self._encoder else "words"

    async def load(self) -> None:
        """Everything known, in pages; texts another model read are read again."""
        if self._make_encoder is not None:
            self._encoder = await self._off_loop(self._make_encoder)
        self._looked_at = await known_store.database_now(self._db)
        after = ""
        while page := await known_store.page(self._db, after, PAGE):
            old = [each for each in page if each.model not in ("", self.model)]
            for start in range(0, len(old), ENCODED_AT_ONCE):
                await self.read(old[start : start + ENCODED_AT_ONCE])
            current = [each for each in page if each.model == self.model]
            await self._off_loop(self._take, current)
            after = page[-1].known_id

    async def follow(self) -> None:
        """For ever: take in what changed, for partners who ask. Errors of the database pass; the next look sees it."""
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                await self.catch_up()
            except Exception as error:
                self._log.warning("known.behind", error=type(error).__name__)

    async def catch_up(self) -> None:
        """Take in every change committed so far."""
        assert self._looked_at is not None, "load() runs first"
        async with self._lock:
            looked_at, changed = await known_store.changed(self._db, self._looked_at, LOOK_BACK)
            missing = [each for each, moment in changed.items() if self._held.get(each) != moment]
            for start in range(0, len(missing), PAGE):
                await self._off_loop(self._take, await known_store.some(self._db, missing[start : start + PAGE]))
            self._looked_at = looked_at

    async def vectors(self, texts: Sequence[str]) -> list[bytes]:
        """A stored vector for each text; empty ones without an encoder."""
        found: list[bytes] = await self._off_loop(self._encode, list(texts))
        return found

    async def read(self, items: Sequence[Known]) -> None:
        """Make and keep the vectors of these."""
        vectors = await self.vectors([each.text for each in items])
        await known_store.save_vectors(self._db, self.model, items, vectors)

    async def like(self, site_id: str, texts: Sequence[str]) -> list[list[Alike]]:
        """What is known and like each text, most alike first; withdrawn fact checks are left out."""
        found: list[list[Alike]] = await self._off_loop(self._like, site_id, list(texts))
        return found

    def _like(self, site_id: str, texts: list[str]) -> list[list[Alike]]:
        site = self._sites.get(site_id)
        if site is None or not texts:
            return [[] for _ in texts]
        hits: list[dict[str, float]] = [{} for _ in texts]
        if site.index is not None and self._encoder is not None:
            rows = site.index.search(self._encoder.encode(texts), NEAREST)
            hits = [{hit.id: hit.score for hit in row} for row in rows]
        return [self._ranked(site, text, near) for text, near in zip(texts, hits, strict=True)]

    def _ranked(self, site: _Site, text: str, near: dict[str, float]) -> list[Alike]:
        mine = particulars_of(text)
        equal = site.by_words.get(mine.bare, set()) if mine.bare else set()
        found = []
        for known_id in {*near, *equal}:
            likeness = 1.0 if known_id in equal else max(0.0, min(1.0, near[known_id]))
            same = same_claim(mine, site.particulars[known_id], likeness)
            found.append(Alike(site.entries[known_id], round(likeness, 4), same))
        return sorted(found, key=lambda each: (-each.similarity, each.known.known_id))

    def _encode(self, texts: list[str]) -> list[bytes]:
        if self._encoder is None:
            return [b"" for _ in texts]
        return [np.asarray(row, np.float16).tobytes() for row in self._encoder.encode(texts)]

    def _take(self, page: Sequence[Known]) -> None:
        """Runs in a thread."""
        dimensions = self._encoder.dimensions if self._encoder else 0
        for each in page:
            site = self._sites.setdefault(each.site_id, _Site(dimensions))
            self._forget(site, each.known_id)
            self._held[each.known_id] = each.changed_at
            if each.withdrawn or each.model != self.model:
                continue
            site.entries[each.known_id] = each
            particulars = site.particulars[each.known_id] = particulars_of(each.text)
            site.by_words.setdefault(particulars.bare, set()).add(each.known_id)
            if site.index is not None and len(each.vector) == 2 * dimensions:
                site.index.put(each.known_id, _floats(each.vector))

    def _forget(self, site: _Site, known_id: str) -> None:
        if site.entries.pop(known_id, None) is None:
            return
        site.by_words[site.particulars.pop(known_id).bare].discard(known_id)
        if site.index is not None:
            site.index.remove(known_id)


def _floats(stored: bytes) -> Vectors:
    vector: Vectors = np.frombuffer(stored, np.float16).astype(np.float32)
    return vector
