"""Seeded fact checks with vectors, put into an archive as if they had been imported long ago.

The words are drawn for every row. The vectors of the first rows are the encoder's own; those behind them are mixtures
of two of these with noise, because encoding a hundred thousand texts would take ten minutes: recall over them means
nothing, cost does.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import asyncpg
import numpy as np
import numpy.typing as npt

from shared.ids import DEFAULT_SITE, derived_id
from tests.bench.perf import phrases

ENCODED = 512
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "fact_check_id", "site_id", "epoch", "counter", "own", "claim", "title", "claimant", "url", "publisher",
    "publisher_url", "rating", "rating_label", "reviewed_at", "language", "withdrawn", "article_id", "claim_id",
    "changed_at",
)  # fmt: skip


class Embeds(Protocol):
    """Texts to unit vectors of 384 numbers."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Corpus:
    """`texts` are (claim, title); `vectors` two half-precision rows each, shape (n, 2, 384)."""

    texts: tuple[tuple[str, str], ...]
    vectors: npt.NDArray[np.float16]

    @property
    def joined(self) -> Iterator[str]:
        return (f"{claim} {title}" for claim, title in self.texts)


def corpus(size: int, seed: int, encoder: Embeds) -> Corpus:
    """`size` fact checks; the first rows are the same whatever the size."""
    texts = tuple(_texts(size, seed))
    first = [text for pair in texts[:ENCODED] for text in pair]
    known = encoder.encode(first).reshape(-1, 2, 384)
    vectors = np.empty((size, 2, 384), np.float16)
    vectors[: len(known)] = known
    draw = np.random.default_rng(seed)
    for start in range(len(known), size, 20_000):
        count = min(20_000, size - start)
        share = draw.uniform(0.3, 0.7, (count, 1, 1)).astype(np.float32)
        one, other = (known[draw.integers(0, len(known), count)] for _ in range(2))
        mixed = share * one + (1 - share) * other + draw.normal(0, 0.02, (count, 2, 384)).astype(np.float32)
        vectors[start : start + count] = mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)
    return Corpus(texts, vectors)


def _texts(size: int, seed: int) -> Iterator[tuple[str, str]]:
    chance = random.Random(seed)
    for _ in range(size):
        cast = phrases.Cast.draw(chance)
        claim, title = (cast.fill(chance.choice(phrases.FACT_CHECKS), chance) for _ in range(2))
        yield claim, title


async def fill_archive(dsn: str, held: Corpus, model_sha256: str) -> None:
    """Copy the corpus into verification's database, changed long ago, with its vectors of this model."""
    connection = await asyncpg.connect(dsn)
    try:
        ids = [str(derived_id("bench-fact-check", str(number))) for number in range(len(held.texts))]
        rows = (
            (
                fact_check_id, DEFAULT_SITE, 1, 1, False, claim, title, "", f"https://checks.example/{number}",
                "The Record", "https://checks.example", "refuted", "False", LONG_AGO, "en", False, "", "", LONG_AGO,
            )
            for number, (fact_check_id, (claim, title)) in enumerate(zip(ids, held.texts, strict=True))
        )  # fmt: skip
        await connection.copy_records_to_table("fact_check", records=rows, columns=_COLUMNS, timeout=600)
        vectors = (
            (fact_check_id, model_sha256, 1, 1, row.tobytes())
            for fact_check_id, row in zip(ids, held.vectors, strict=True)
        )
        await connection.copy_records_to_table(
            "fact_check_vector",
            records=vectors,
            columns=("fact_check_id", "model_sha256", "epoch", "counter", "vectors"),
            timeout=600,
        )
        await connection.execute("ANALYZE fact_check, fact_check_vector")
    finally:
        await connection.close()


def save(held: Corpus, path: str) -> None:
    """As one file, for another process."""
    texts = np.array([f"{claim}\n{title}" for claim, title in held.texts])
    np.savez(path, texts=texts, vectors=held.vectors)


def load(path: str) -> Corpus:
    with np.load(io.FileIO(path), allow_pickle=False) as arrays:
        texts = tuple((claim, title) for claim, _, title in (str(text).partition("\n") for text in arrays["texts"]))
        return Corpus(texts, arrays["vectors"])
