"""How much a sentence asks to be checked: a calibrated probability with its reasons, from weights pinned by hash."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from services.claim_extraction.engine.features import CUES, Floats, Vocabulary, cues
from services.claim_extraction.engine.limits import encodable
from services.claim_extraction.model import CheckWorthiness

WEIGHTS = Path(__file__).parent / "weights"
ARRAYS = "check_worthiness.npz"
MANIFEST = "check_worthiness.json"
REASONS = 4
UNSURE = (0.1, 0.8)  # between these the plain judge leaves it to the full one
SPEAKS = 0.05  # log-odds under which a cue is not worth telling
UNSPOKEN = frozenset({"length", "long sentence", "short sentence"})

Places = npt.NDArray[np.int64]


class Embedder(Protocol):
    """Sentences to unit vectors; the encoder of `shared.retrieval` is one, and its cache is another."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Float32 vectors (n, 384) of unit length."""
        ...


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores from which a sentence is a claim. They stand in the manifest and change by a person's hand alone.

    A number lowers the bar, for a missed figure costs a newsroom more than one too many; what leans to opinion needs more.
    """

    plain: float = 0.5
    with_quantity: float = 0.3
    opinion: float = 0.75


class WeightsDamaged(RuntimeError):
    """The weights on disk are not the ones their manifest names."""


@dataclass(frozen=True)
class Weights:
    """Everything a score depends on. Two judges share it.

    The plain one is linear over terms and cues. The full one adds a kernel over sentence vectors and cues:
    f(x) = terms . w + sum_i a_i exp(-gamma |z(x) - z_i|^2) + b, then a sigmoid fitted on held-out folds.
    """

    vocabulary: Vocabulary
    cue_mean: Floats
    cue_scale: Floats
    plain_terms: Floats
    plain_cues: Floats
    plain: Floats  # slope, intercept, of the fitted sigmoid; the judge's own intercept comes first
    full_terms: Floats
    support: Floats  # (m, 384 + cues)
    support_weight: Floats
    full: Floats  # intercept, gamma, cue factor, sigmoid slope, sigmoid intercept


class CheckWorthinessModel:
    """Scores sentences. The plain judge reads every one; where it is unsure and an embedder is at hand, the full judge
    decides. On the training data out of fold a third of the sentences needs a vector, and no accuracy is lost.
    """

    def __init__(self, weights: Weights, sha256: str, thresholds: Thresholds = Thresholds()) -> None:
        self.weights = weights
        self.sha256 = sha256
        self.thresholds = thresholds
        self._support_squares = squares(weights.support)

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> CheckWorthinessModel:
        """Reads the weights and compares their hash with the manifest. Raises WeightsDamaged when they differ."""
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        raw = (folder / ARRAYS).read_bytes()
        sha256 = hashlib.sha256(raw).hexdigest()
        if sha256 != manifest["sha256"]:
            raise WeightsDamaged(f"{ARRAYS} has sha256 {sha256}, its manifest says {manifest['sha256']}")
        return cls(unpack(raw), sha256, Thresholds(**manifest["thresholds"]))

    def score(
        self, sentences: Sequence[str], embedder: Embedder | None = None, *, reasons_from: float = 0.0
    ) -> list[CheckWorthiness]:
        """One calibrated score per sentence; equal sentences are embedded once. Scores of at least `reasons_from` come
        with their reasons."""
        if not sentences:
            return []
        weighed = [self.weights.vocabulary.weigh(sentence) for sentence in sentences]
        raw = np.array([cues(sentence) for sentence in sentences], np.float32)
        cue_rows = (raw - self.weights.cue_mean) / self.weights.cue_scale
        chances = self._plain(weighed, cue_rows)
        unsure = [] if embedder is None else [at for at, chance in enumerate(chances) if UNSURE[0] < chance < UNSURE[1]]
        if embedder is not None and unsure:
            vectors = _vectors([sentences[at] for at in unsure], embedder)
            chances[unsure] = self._full([weighed[at] for at in unsure], cue_rows[unsure], vectors)
        return [
            CheckWorthiness(
                round(float(chance), 4),
                self._reasons(places, values, row) if chance >= reasons_from else (),
                self.sha256,
            )
            for chance, (places, values), row in zip(chances, weighed, raw, strict=True)
        ]

    def _plain(self, weighed: Sequence[tuple[Places, Floats]], cue_rows: Floats) -> Floats:
        intercept, slope, shift = self.weights.plain
        linear = np.array([float(values @ self.weights.plain_terms[places]) for places, values in weighed], np.float32)
        return sigmoid(slope * (linear + cue_rows @ self.weights.plain_cues + intercept) + shift)

    def _full(self, weighed: Sequence[tuple[Places, Floats]], cue_rows: Floats, vectors: Floats) -> Floats:
        intercept, gamma, factor, slope, shift = self.weights.full
        linear = np.array([float(values @ self.weights.full_terms[places]) for places, values in weighed], np.float32)
        rows = np.hstack([vectors, cue_rows * factor]).astype(np.float32)
        kernel = rbf(rows, self.weights.support, float(gamma), self._support_squares)
        return sigmoid(slope * (linear + kernel @ self.weights.support_weight + intercept) + shift)

    def _reasons(self, places: Places, values: Floats, raw: Floats) -> tuple[str, ...]:
        """What speaks most for the sentence: cues it shows and words it says, by the linear judge, strongest first."""
        weights = (raw - self.weights.cue_mean) / self.weights.cue_scale * self.weights.plain_cues
        speaks = [(float(weights[at]), cue) for at, cue in enumerate(CUES) if raw[at] > 0 and cue not in UNSPOKEN]
        words = (values * self.weights.plain_terms[places]).astype(np.float64)
        for at in np.flatnonzero(words > SPEAKS).tolist():
            term = self.weights.vocabulary.words[places[at]]
            if term.startswith("w:"):
                speaks.append((float(words[at]), f'says "{term[2:]}"'))
        return tuple(reason for weight, reason in sorted(speaks, reverse=True)[:REASONS] if weight > SPEAKS)


def _vectors(sentences: Sequence[str], embedder: Embedder) -> Floats:
    distinct = list(dict.fromkeys(sentences))
    place = {sentence: at for at, sentence in enumerate(distinct)}
    return embedder.encode([encodable(sentence) for sentence in distinct])[[place[sentence] for sentence in sentences]]


def squares(rows: Floats) -> Floats:
    """|a|^2 of every row."""
    return np.asarray((rows**2).sum(1), np.float32)


def rbf(rows: Floats, others: Floats, gamma: float, other_squares: Floats | None = None) -> Floats:
    """exp(-gamma |a - b|^2) for every row against every other, whose `squares` may be known already."""
    known = squares(others) if other_squares is None else other_squares
    square = squares(rows)[:, None] + known[None] - 2 * rows @ others.T
    return np.asarray(np.exp(-gamma * np.maximum(square, 0)), np.float32)


def sigmoid(values: Any) -> Floats:
    """1 / (1 + exp(-v)), safe for large values."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))), np.float32)


def pack(weights: Weights) -> bytes:
    """Weights as an uncompressed npz without pickles; equal weights give equal bytes."""
    scale = np.abs(weights.support).max(0) / 127 + 1e-12
    arrays: dict[str, npt.NDArray[Any]] = {
        "words": np.frombuffer("\n".join(weights.vocabulary.words).encode(), np.uint8),
        "idf": weights.vocabulary.idf.astype(np.float16),
        "cue_mean": weights.cue_mean,
        "cue_scale": weights.cue_scale,
        "plain_terms": weights.plain_terms.astype(np.float16),
        "plain_cues": weights.plain_cues,
        "plain": weights.plain,
        "full_terms": weights.full_terms.astype(np.float16),
        "support": np.round(weights.support / scale).astype(np.int8),
        "support_scale": scale.astype(np.float32),
        "support_weight": weights.support_weight.astype(np.float32),
        "full": weights.full,
    }
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def unpack(raw: bytes) -> Weights:
    """The reverse of `pack`, up to the rounding it does."""
    with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
        words = bytes(arrays["words"]).decode().split("\n")
        return Weights(
            vocabulary=Vocabulary(words, arrays["idf"].astype(np.float32)),
            cue_mean=arrays["cue_mean"],
            cue_scale=arrays["cue_scale"],
            plain_terms=arrays["plain_terms"].astype(np.float32),
            plain_cues=arrays["plain_cues"],
            plain=arrays["plain"],
            full_terms=arrays["full_terms"].astype(np.float32),
            support=arrays["support"].astype(np.float32) * arrays["support_scale"],
            support_weight=arrays["support_weight"],
            full=arrays["full"],
        )
