"""The archive in memory: one index a site, filled from the database at start and kept within a second of it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np

from services.verification.engine.comparison import FAR
from services.verification.engine.matching import FactCheckIndex, Match
from services.verification.engine.posts import for_meaning
from services.verification.model import FactCheck
from services.verification.store import fact_checks
from services.verification.store.fact_checks import Archived
from shared.events import Version
from shared.postgres import Database
from shared.retrieval.encoder import SentenceEncoder, Vectors

PAGE = 2_000
FRESH = 64  # fact checks encoded at a time, so that searches get their turn in between
FOLLOW_SECONDS = 0.7
LOOK_BACK = timedelta(seconds=120)  # longer than any transaction that writes fact checks may last

OffLoop = Callable[..., Any]


class ArchiveIndex:
    """Search and matching over every site's fact checks. A site never meets another's.

    Vectors are kept in the database, so a start reads them and encodes only what never was.
    """

    def __init__(self, db: Database, off_loop: OffLoop, encoder: Callable[[], SentenceEncoder], log: Any) -> None:
        self._db, self._off_loop, self._make_encoder, self._log = db, off_loop, encoder, log
        self._encoder: SentenceEncoder | None = None
        self._sites: dict[str, FactCheckIndex] = {}
        self._held: dict[str, Version] = {}
        self._looked_at: datetime | None = None
        self._missing: set[str] = set()
        self.encoded = 0
        self.loaded = False
        self._wake = asyncio.Event()

    @property
    def model_hash(self) -> str:
        assert self._encoder is not None
        return self._encoder.model_hash

    async def load(self) -> None:
        """Everything in the archive, in pages, off the event loop."""
        self._encoder = await self._off_loop(self._make_encoder)
        self._looked_at = await fact_checks.database_now(self._db)
        after = ""
        while page := await fact_checks.page(self._db, self.model_hash, after, PAGE):
            await self._take(page)
            after = page[-1].item.fact_check_id
        for index in self._sites.values():
            await self._off_loop(index.commit)
        self.loaded = True

    async def follow(self) -> None:
        """For ever: take in what changed. Errors of the database pass; the next look sees the same again."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), FOLLOW_SECONDS)
            self._wake.clear()
            try:
                await self.catch_up()
            except Exception as error:
                self._log.warning("archive.behind", error=type(error).__name__)
                await asyncio.sleep(FOLLOW_SECONDS)

    async def catch_up(self) -> None:
        """Take in every change committed so far.

        Each look reaches back before the one before it: a transaction begun earlier may have committed since. What
        could not be taken in stays wanted.
        """
        assert self._looked_at is not None
        looked_at, changed = await fact_checks.changed(self._db, self._looked_at - LOOK_BACK)
        self._missing |= {each for each, version in changed.items() if self._held.get(each) != version}
        self._looked_at = looked_at
        while self._missing:
            part = sorted(self._missing)[:PAGE]
            await self._take(await fact_checks.some(self._db, self.model_hash, part))
            self._missing -= set(part)

    def wake(self) -> None:
        """Something was just committed here: look at once."""
        self._wake.set()

    async def match(self, site_id: str, texts: Sequence[str], k: int = 5, *, least: float = FAR) -> list[list[Match]]:
        """The nearest fact checks of each text, compared with it by code where they are of `least` similarity."""
        index = self._sites.get(site_id)
        if index is None or not texts:
            return [[] for _ in texts]
        found: list[list[Match]] = await self._off_loop(partial(index.match, least=least), list(texts), k)
        return found

    async def search(self, site_id: str, text: str, k: int) -> list[Match]:
        """The nearest fact checks of one text, best first."""
        return (await self.match(site_id, [text], k))[0]

    def claim_vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of claims as they are searched with, one row each. Runs in a thread."""
        assert self._encoder is not None
        return self._encoder.encode([for_meaning(text) for text in texts])

    def vectors_of(self, items: Sequence[FactCheck]) -> dict[str, Vectors]:
        """Unit vectors (claim, title) of fact checks, by id. Runs in a thread."""
        assert self._encoder is not None
        texts = [text for item in items for text in (item.claim, item.title or item.claim)]
        made = self._encoder.encode(texts).reshape(-1, 2, self._width)
        return {item.fact_check_id: pair for item, pair in zip(items, made, strict=True)}

    async def _take(self, page: Sequence[Archived]) -> None:
        size = FRESH if any(each.vectors is None for each in page) else PAGE
        for start in range(0, len(page), size):
            made = await self._off_loop(self._put, page[start : start + size])
            await fact_checks.save_vectors(self._db, self.model_hash, made)

    def _put(self, page: Sequence[Archived]) -> list[tuple[str, Version, bytes]]:
        """Runs in a thread. Returns the vectors that had to be made."""
        by_site: dict[str, list[Archived]] = {}
        for each in page:
            by_site.setdefault(each.site_id, []).append(each)
        made: list[tuple[str, Version, bytes]] = []
        for site_id, part in by_site.items():
            index = self._sites.setdefault(site_id, FactCheckIndex(self._encoder))
            for gone in (each for each in part if each.item.withdrawn):
                index.remove(gone.item.fact_check_id)
            kept = [each for each in part if not each.item.withdrawn]
            vectors = index.load([(each.item, self._floats(each.vectors)) for each in kept])
            fresh = [
                (each.item.fact_check_id, each.version, np.asarray(made_now, np.float16).tobytes())
                for each, made_now in zip(kept, vectors, strict=True)
                if each.vectors is None
            ]
            self.encoded += len(fresh)
            made += fresh
        self._held.update({each.item.fact_check_id: each.version for each in page})
        return made

    @functools.cached_property
    def _width(self) -> int:
        assert self._encoder is not None
        return self._encoder.dimensions

    def _floats(self, stored: bytes | None) -> Vectors | None:
        if stored is None:
            return None
        return np.frombuffer(stored, np.float16).reshape(2, self._width).astype(np.float32)
