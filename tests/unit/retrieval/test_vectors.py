from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.retrieval.vectors import VectorIndex, Vectors


def unit(*shape: int, seed: int = 7) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    unit_rows: Vectors = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return unit_rows


def test_each_vector_finds_its_own_id_first() -> None:
    index, vectors = VectorIndex(64), unit(500, 64)
    index.put_many([f"t{n}" for n in range(500)], vectors)
    assert [hits[0].id for hits in index.search(vectors, 3)] == [f"t{n}" for n in range(500)]


def test_the_scan_keeps_the_exact_ten_best_of_many() -> None:
    topics = unit(60, 384, seed=3)
    rng = np.random.default_rng(5)
    rows = topics[rng.integers(0, 60, 20_000)] + rng.normal(scale=0.05, size=(20_000, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = VectorIndex(384)
    index.put_many([str(n) for n in range(20_000)], rows)
    queries = rows[:50]
    kept = 0
    for query, hits in zip(queries, index.search(queries, 10), strict=True):
        exact = {str(n) for n in np.argsort(-(rows @ query))[:10]}
        kept += len(exact & {hit.id for hit in hits})
    assert kept / 500 >= 0.95


def test_an_id_scores_as_its_best_vector_and_appears_once() -> None:
    index, vectors = VectorIndex(64), unit(4, 64)
    index.put("two", vectors[:2])
    index.put("one", vectors[2])
    found = index.search(vectors[1], 5)[0]
    assert found[0].id == "two"
    assert len(found) == 2
    assert found[0].score == pytest.approx(1.0, abs=2e-3)


def test_put_replaces_and_remove_forgets_at_once() -> None:
    index, vectors = VectorIndex(64), unit(3, 64)
    index.put("a", vectors[0])
    index.put("a", vectors[1])
    assert index.search(vectors[0], 1)[0][0].score < 0.9
    assert index.remove("a")
    assert not index.remove("a")
    assert index.search(vectors[1], 1) == [[]]


def test_scores_are_exact_for_ids_the_scan_did_not_return() -> None:
    index, vectors = VectorIndex(64), unit(6, 64)
    index.put_many(["a", "b", "c"], vectors, per_id=2)
    scores = index.scores(vectors[0], ["b", "c", "unknown"])
    assert set(scores) == {"b", "c"}
    assert scores["b"] == pytest.approx(max(vectors[2] @ vectors[0], vectors[3] @ vectors[0]), abs=2e-3)


def test_vectors_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        VectorIndex(64).put("a", unit(1, 32))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3)), max_size=40))
def test_any_sequence_of_changes_ends_like_a_fresh_index(changes: list[tuple[int, int]]) -> None:
    index, held, rows = VectorIndex(16), dict[str, Vectors](), unit(200, 16)
    for step, (name, count) in enumerate(changes):
        if count:
            held[str(name)] = rows[step : step + count]
            index.put(str(name), held[str(name)])
        else:
            held.pop(str(name), None)
            index.remove(str(name))
    fresh = VectorIndex(16)
    for id, vectors in held.items():
        fresh.put(id, vectors)
    assert len(index) == len(fresh)
    mine, theirs = index.search(rows[199], 10)[0], fresh.search(rows[199], 10)[0]
    assert [hit.id for hit in mine] == [hit.id for hit in theirs]
    assert [hit.score for hit in mine] == pytest.approx([hit.score for hit in theirs], abs=1e-5)


def test_searches_beside_changes_never_see_a_torn_row() -> None:
    index, rows, wrong = VectorIndex(64), unit(400, 64), list[str]()
    index.put_many([str(n) for n in range(200)], rows[:200])

    def churn() -> None:
        for n in range(200, 400):
            index.put(str(n), rows[n])
            index.remove(str(n - 100))

    def look() -> None:
        for n in range(100):
            best = index.search(rows[n], 1)[0][0]
            if best.id != str(n):
                wrong.append(best.id)

    threads = [threading.Thread(target=churn), *(threading.Thread(target=look) for _ in range(3))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
