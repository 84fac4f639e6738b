from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.retrieval.encoder import EncoderCache, Vectors, text_key


class Counting:
    """Encodes a text as its length; remembers what it was asked."""

    dimensions = 2
    model_hash = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        return np.array([[len(text), 1] for text in texts], np.float32).reshape(len(texts), 2)


def test_a_text_is_encoded_once_whatever_its_case_and_blanks() -> None:
    cache = EncoderCache(encoder := Counting())
    cache.encode(["Rents rose", "rents  rose", "Rents fell"])
    cache.encode(["RENTS ROSE"])
    assert len(encoder.asked) == 2
    assert (cache.hits, cache.misses) == (2, 2)


def test_rows_come_back_in_the_order_asked() -> None:
    cache = EncoderCache(Counting())
    cache.encode(["ccc"])
    assert cache.encode(["a", "ccc", "bb"])[:, 0].tolist() == [1, 3, 2]
    assert cache.encode([]).shape == (0, 2)


def test_the_oldest_text_is_dropped_at_capacity() -> None:
    cache = EncoderCache(encoder := Counting(), capacity=2)
    cache.encode(["a", "bb"])
    cache.encode(["a"])
    cache.encode(["ccc"])
    cache.encode(["a", "bb"])
    assert encoder.asked == ["a", "bb", "ccc", "bb"]


def test_vectors_kept_elsewhere_save_the_model_call() -> None:
    cache = EncoderCache(encoder := Counting())
    cache.remember([(text_key("Rents rose"), np.array([9, 9], np.float32))])
    assert cache.encode(["rents rose"]).tolist() == [[9, 9]]
    assert encoder.asked == []
