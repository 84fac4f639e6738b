"""One claim against the whole archive in memory: our scan against an exact scan of the same vectors, in turns."""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable, Iterator

import faiss
import numpy as np

from shared.retrieval.encoder import DEFAULT_FOLDER, Encoder, ensure_encoder
from shared.retrieval.lexical import LexicalIndex
from shared.retrieval.vectors import VectorIndex, Vectors
from tests.bench.cases import SHIPPED
from tests.bench.report import Figure, arguments, bootstrap, could_not_measure, publish

PER_CHECK = 2  # a fact check is found by its claim and by its title
TOP = 10
QUERIES = 40
CHUNK = 50_000
GRAPH_ROWS = 20_000  # the peer's index grows no larger here: its build alone would take minutes
ADDED = 200


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--corpus", type=int, default=1_000_000, help="fact checks, two vectors each")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--encoder", default=str(DEFAULT_FOLDER), help="folder of the sentence encoder")
    options = parser.parse_args()
    if options.corpus < 1000:
        could_not_measure("a corpus under 1,000 says nothing about scale")
    texts, seeds = real_sentences(options.encoder)
    index, exact, rebuild = built(options.corpus, seeds, options.seed)
    words_rebuild = lexical_rebuild(options.corpus, texts)
    queries = noisy(seeds, QUERIES, np.random.default_rng(options.seed + 1))
    faiss.omp_set_num_threads(1)
    ratios, ours = in_turns(index, exact, queries, options.pairs)
    metrics: dict[str, Figure | float] = {
        "ratio_median": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "recall_at_10": recall(index, exact, queries, options.seed),
        "ms_median": statistics.median(ours),
        "add_cpu_ratio": add_ratio(index, seeds, options.seed),
        "rebuild_s": rebuild + words_rebuild,
    }
    bars = {"ratio_median": "<= .10 (.06)", "recall_at_10": ">= .95", "add_cpu_ratio": "<= .1", "rebuild_s": "<= 60"}
    notes = [
        f"{options.corpus} fact checks, {PER_CHECK} vectors each, mixed from {len(seeds)} real sentences",
        "ours: 1-bit scan, one-byte rerank of 400 rows or one in 1,500; floor: faiss IndexFlatIP on fp32, one thread each, CPU time",
        f"add: one fact check into ours at full size / into faiss HNSW (M 16, ef 64) at {GRAPH_ROWS} rows",
        "rebuild: vectors from memory and the lexical index, CPU seconds",
    ]
    publish("match_scale", metrics, n=QUERIES, seed=options.seed, bars=bars, notes=notes, only_json=options.json)


def real_sentences(folder: str) -> tuple[list[str], Vectors]:
    """The sentences of the shipped cases and their vectors: what the synthetic archive is mixed from."""
    texts: list[str] = []
    for name, columns in (("match_traps.csv", ("a", "b")), ("numeric_cases.csv", ("claim", "evidence"))):
        with (SHIPPED / name).open(encoding="utf-8", newline="") as file:
            texts += [row[column] for row in csv.DictReader(file) for column in columns]
    texts = list(dict.fromkeys(texts))
    ensure_encoder(folder)
    return texts, Encoder(folder).encode(texts)


def noisy(seeds: Vectors, count: int, rng: np.random.Generator) -> Vectors:
    """Unit vectors between two real ones each, with some noise, so that neighbours are near and not equal."""
    first, second = seeds[rng.integers(0, len(seeds), count)], seeds[rng.integers(0, len(seeds), count)]
    share = np.asarray(rng.uniform(0.55, 0.9, (count, 1)), np.float32)
    noise = rng.normal(scale=0.02, size=first.shape)
    mixed: Vectors = np.asarray(share * first + (1 - share) * second + noise, np.float32)
    unit: Vectors = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return unit


def chunks(corpus: int, seeds: Vectors, seed: int) -> Iterator[tuple[list[str], Vectors]]:
    rng = np.random.default_rng(seed)
    for start in range(0, corpus, CHUNK):
        ids = [f"f{n}" for n in range(start, min(start + CHUNK, corpus))]
        yield ids, noisy(seeds, PER_CHECK * len(ids), rng)


def built(corpus: int, seeds: Vectors, seed: int) -> tuple[VectorIndex, faiss.IndexFlatIP, float]:
    """Both sides over the same rows, and the CPU seconds ours took to take them in."""
    index, exact, spent = VectorIndex(seeds.shape[1]), faiss.IndexFlatIP(seeds.shape[1]), 0.0
    for ids, vectors in chunks(corpus, seeds, seed):
        exact.add(vectors)
        begun = time.process_time()
        index.put_many(ids, vectors, per_id=PER_CHECK)
        spent += time.process_time() - begun
    return index, exact, spent


def lexical_rebuild(corpus: int, texts: list[str]) -> float:
    begun = time.process_time()
    index = LexicalIndex()
    index.put_many((f"f{n}", f"{texts[n % len(texts)]} {texts[(7 * n + 3) % len(texts)]}") for n in range(corpus))
    index.commit()
    return time.process_time() - begun


def in_turns(
    index: VectorIndex, exact: faiss.IndexFlatIP, queries: Vectors, pairs: int
) -> tuple[list[float], list[float]]:
    """CPU of ours / floor per pair, taken ABBA, and our CPU milliseconds per claim."""

    def ours() -> None:
        for query in queries:
            index.search(query, TOP)

    def floor() -> None:
        for query in queries:
            exact.search(query[None], TOP)

    cpu(ours), cpu(floor)
    ratios, own = [], []
    for number in range(pairs):
        order = (ours, floor) if number % 2 == 0 else (floor, ours)
        spent = {side: cpu(side) for side in order}
        ratios.append(spent[ours] / spent[floor])
        own.append(1000 * spent[ours] / len(queries))
    return ratios, own


def cpu(side: Callable[[], None]) -> float:
    begun = time.process_time()
    side()
    return time.process_time() - begun


def recall(index: VectorIndex, exact: faiss.IndexFlatIP, queries: Vectors, seed: int) -> Figure:
    """Share of the exact ten nearest fact checks that ours finds too."""
    kept = []
    for query in queries:
        rows = exact.search(query[None], 4 * TOP)[1][0]
        wanted = list(dict.fromkeys(f"f{row // PER_CHECK}" for row in rows))[:TOP]
        found = {hit.id for hit in index.search(query, TOP)[0]}
        kept.append(len(found & set(wanted)) / TOP)
    values = np.array(kept)

    def mean(rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> float:
        return float(values[rows].mean())

    return bootstrap(mean, len(values), seed=seed)


def add_ratio(index: VectorIndex, seeds: Vectors, seed: int) -> float:
    """CPU to take in one more fact check, searchable at once: ours / a graph index."""
    rng = np.random.default_rng(seed + 2)
    graph = faiss.IndexHNSWFlat(seeds.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = 64
    faiss.omp_set_num_threads(1)
    graph.add(noisy(seeds, GRAPH_ROWS, rng))
    fresh = noisy(seeds, PER_CHECK * ADDED, rng).reshape(ADDED, PER_CHECK, -1)

    def ours() -> None:
        for number, vectors in enumerate(fresh):
            index.put(f"new{number}", vectors)

    def theirs() -> None:
        for vectors in fresh:
            graph.add(np.ascontiguousarray(vectors))

    return cpu(ours) / cpu(theirs)


if __name__ == "__main__":
    main()
