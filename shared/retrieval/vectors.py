"""Nearest texts by meaning: a scan of 1-bit signatures, then an exact rerank of the best rows.

One sign bit per dimension makes a row 48 bytes instead of 1,536; the scan reads all of them (no graph to build, an
addition costs O(1)) and the rerank on one byte per dimension restores the order: scores are exact to about .001.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

FULL = 127.0
SURVIVES = 1_500
TINY = 1e-12  # a vector of zeros has a scale too


class Hit(NamedTuple):
    """One found id with its score; the higher the nearer. A search makes hundreds of them."""

    id: str
    score: float


class VectorIndex:
    """Ids with one or more unit vectors each; an id scores as its best vector. Safe to use from several threads.

    At least `rerank` rows survive the 1-bit scan, and of a large index one in `SURVIVES`: the more there are, the more
    come between a row and its rank by signs alone (`bench match_scale`).
    """

    def __init__(self, dimensions: int, *, rerank: int = 400) -> None:
        if dimensions % 8:
            raise ValueError("dimensions must be a multiple of 8")
        self.dimensions = dimensions
        self._rerank = rerank
        self._lock = threading.Lock()
        self._clear(capacity=1024)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, id: str) -> bool:
        return id in self._rows

    def clear(self) -> None:
        with self._lock:
            self._clear(capacity=1024)

    def put(self, id: str, vectors: Vectors) -> None:
        """Adds an id, or replaces its vectors; shape (n, dimensions) or (dimensions,). Found by the next search."""
        with self._lock:
            self._drop(id)
            self._append([id], np.atleast_2d(vectors), [len(np.atleast_2d(vectors))])

    def put_many(self, ids: Sequence[str], vectors: Vectors, per_id: int = 1) -> None:
        """Bulk load: `vectors` holds `per_id` rows for each id, in the order of `ids`. Replaces known ids."""
        if len(ids) != len(set(ids)) or len(vectors) != len(ids) * per_id:
            raise ValueError("ids must be distinct, each with per_id rows")
        with self._lock:
            for id in ids:
                self._drop(id)
            self._append(list(ids), vectors, [per_id] * len(ids))

    def remove(self, id: str) -> bool:
        """Forgets an id; False when it was not held."""
        with self._lock:
            return self._drop(id)

    def search(self, queries: Vectors, k: int) -> list[list[Hit]]:
        """The k nearest ids of each query row by cosine, best first; equal scores in the order of the ids."""
        queries = np.atleast_2d(np.asarray(queries, np.float32))
        with self._lock:
            if not self._count:
                return [[] for _ in queries]
            rows = self._scan(queries, max(self._rerank, self._count // SURVIVES, 2 * k))
            return [self._ranked(query, found, k) for query, found in zip(queries, rows, strict=True)]

    def scores(self, query: Vectors, ids: Iterable[str]) -> dict[str, float]:
        """The cosine of one query to the best vector of each id given; ids not held are left out."""
        with self._lock:
            held = [id for id in ids if id in self._rows]
            if not held:
                return {}
            counts = [len(self._rows[id]) for id in held]
            cosines = self._cosines(query, [row for id in held for row in self._rows[id]])
            starts = np.cumsum([0, *counts[:-1]])
            return dict(zip(held, np.maximum.reduceat(cosines, starts).tolist(), strict=True))

    def _clear(self, capacity: int) -> None:
        self._count = 0
        self._signs = np.zeros((capacity, self.dimensions // 8), np.uint8)
        self._bytes = np.zeros((capacity, self.dimensions), np.int8)
        self._scales = np.zeros(capacity, np.float32)
        self._owner: list[str] = []
        self._rows: dict[str, list[int]] = {}

    def _append(self, ids: list[str], vectors: Vectors, counts: list[int]) -> None:
        if vectors.shape[1] != self.dimensions:
            raise ValueError(f"vectors have {vectors.shape[1]} dimensions, the index has {self.dimensions}")
        end = self._count + len(vectors)
        if end > len(self._signs):
            self._grow(max(end, 3 * len(self._signs) // 2))
        self._signs[self._count : end] = _sign_bits(vectors)
        scales = np.abs(vectors).max(axis=1) / FULL + TINY
        self._bytes[self._count : end] = np.rint(vectors / scales[:, None])
        self._scales[self._count : end] = scales
        row = self._count
        for id, count in zip(ids, counts, strict=True):
            self._rows[id] = list(range(row, row + count))
            self._owner.extend([id] * count)
            row += count
        self._count = end

    def _grow(self, capacity: int) -> None:
        # in place: the system moves the pages of a large array without copying them, so no addition ever waits
        self._signs.resize((capacity, self._signs.shape[1]), refcheck=False)
        self._bytes.resize((capacity, self.dimensions), refcheck=False)
        self._scales.resize(capacity, refcheck=False)

    def _drop(self, id: str) -> bool:
        rows = self._rows.pop(id, None)
        if rows is None:
            return False
        for row in sorted(rows, reverse=True):
            last = self._count - 1
            if row != last:  # the last row moves into the gap, so the scan never meets a hole
                self._signs[row], self._bytes[row] = self._signs[last], self._bytes[last]
                self._scales[row] = self._scales[last]
                owner = self._owner[row] = self._owner[last]
                moved = self._rows[owner]
                moved[moved.index(last)] = row
            self._owner.pop()
            self._count = last
        return True

    def _scan(self, queries: Vectors, k: int) -> npt.NDArray[np.int64]:
        k = min(k, self._count)
        if k == self._count:
            return np.tile(np.arange(k, dtype=np.int64), (len(queries), 1))
        faiss.omp_set_num_threads(1)  # holds for the calling thread alone; a team of threads costs more than the scan
        return np.asarray(
            faiss.knn_hamming(_sign_bits(queries), self._signs[: self._count], k, variant="mc")[1], np.int64
        )

    def _cosines(self, query: Vectors, rows: npt.NDArray[np.int64] | list[int]) -> Vectors:
        scores: Vectors = (self._bytes[rows].astype(np.float32) @ query) * self._scales[rows]
        return scores

    def _ranked(self, query: Vectors, rows: npt.NDArray[np.int64], k: int) -> list[Hit]:
        scores = self._cosines(query, rows)
        order = np.argsort(-scores, kind="stable")
        best: dict[str, float] = {}
        last = -np.inf
        for row, score in zip(rows[order].tolist(), scores[order].tolist(), strict=True):
            rounded = round(score, 6)
            if len(best) >= k and rounded < last:
                break  # nothing behind is as near; several rows may share an id, and ties are settled by it
            if self._owner[row] not in best:
                best[self._owner[row]] = last = rounded
        return [Hit(id, score) for id, score in sorted(best.items(), key=_nearest_first)[:k]]


def _nearest_first(held: tuple[str, float]) -> tuple[float, str]:
    return -held[1], held[0]


def _sign_bits(vectors: Vectors) -> npt.NDArray[np.uint8]:
    return np.packbits(np.asarray(vectors) > 0, axis=1)
