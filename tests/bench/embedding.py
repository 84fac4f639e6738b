"""What does a vector cost through the product's encoder? Ours: engine thread, cache by content, sorted batches.

Floor: onnxruntime on one thread with the same file, the same sentences article by article, sorted batches of eight. The
cache is empty at the start of a run, and no sentence comes twice. Beside it: how near the vectors are to those of the
full-precision graph, how many sentences of an article are embedded again after one paragraph was rewritten, and how
long a process takes from nothing to its first vector.
"""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.claim_extraction.engine import Extractor
from services.claim_extraction.model import Block
from shared.loop import run
from shared.retrieval import encoder_graph
from shared.retrieval.encoder import DEFAULT_FOLDER, TOKENIZER, Encoder, EncoderCache, ensure_encoder
from shared.retrieval.errors import EncoderDamaged, EncoderUnavailable
from shared.service import OffLoop
from tests.bench.perf.bare_models import BareEncoder
from tests.bench.perf.child import Child
from tests.bench.perf.cpu import Watch
from tests.bench.perf.pairs import Pairs, Run, describe, interleaved
from tests.bench.perf.stories import Story, stories
from tests.bench.report import arguments, could_not_measure, publish

BARS = {
    "ratio_median": "<= 1.15 (1.05)",
    "cold_start_s": "<= 1",
    "min_cosine": ">= .97",
    "reembedded_share": "<= .05",
}
STARTS = 3


@dataclass(slots=True)
class Sides:
    """Both sides over the same articles. An operation is a token."""

    told: list[Story]
    encoder: Encoder
    floor_encoder: BareEncoder
    off_loop: OffLoop
    tokens: int = 0

    async def ours(self) -> Run:
        cache = EncoderCache(self.encoder)
        watch = Watch()
        start = watch.look()
        for each in self.told:
            await self.off_loop(cache.encode, [sentence.text for sentence in each.sentences])
        return Run(watch.since(start), self.tokens or 1)

    async def floor(self) -> Run:
        before = self.floor_encoder.tokens
        watch = Watch()
        start = watch.look()
        for each in self.told:
            self.floor_encoder.encode([sentence.text for sentence in each.sentences])
        usage = watch.since(start)
        self.tokens = self.floor_encoder.tokens - before
        return Run(usage, self.tokens)


def min_cosine(told: Story, encoder: Encoder, folder: Path) -> float:
    """The worst cosine between a sentence's vector and the one of the full-precision graph, built for this."""
    texts = [sentence.text for sentence in told.sentences]
    with tempfile.TemporaryDirectory() as work:
        full = Path(work) / "fp32.onnx"
        encoder_graph.write_graph(encoder_graph.installed_weights(), full)
        wanted = BareEncoder(full, folder / TOKENIZER).encode(texts)
    return float((encoder.encode(texts) * wanted).sum(axis=1).min())


def reembedded_share(told: list[Story], encoder: Encoder) -> float:
    """Sentences embedded again after one paragraph of an article was rewritten, as a share of its sentences."""
    shares = []
    for each in told:
        cache = EncoderCache(encoder)
        extractor = Extractor.load(embedder=cache, syntax=False)
        _read(extractor, each)
        before = cache.misses
        _read(extractor, each.revised())
        shares.append((cache.misses - before) / len(each.sentences))
    return statistics.mean(shares)


def _read(extractor: Extractor, told: Story) -> None:
    blocks = [Block(f"b{at}", text) for at, text in enumerate(told.blocks)]
    extractor.extract(blocks, published_at=datetime(2026, 3, 2, tzinfo=UTC), language="en")


async def cold_start(folder: Path) -> float:
    """Seconds from a new process's first line to its first vector; the median of three."""
    seconds = []
    with tempfile.TemporaryDirectory() as work:
        for _ in range(STARTS):
            child = await Child.start("tests.bench.perf.cold_start", str(folder), log=Path(work) / "log")
            seconds.append(float(child.ready["seconds"]))
            await child.stop()
    return statistics.median(seconds)


async def measure(pairs: int, articles: int, seed: int, folder: Path) -> tuple[Pairs, dict[str, float], int]:
    told = list(stories(articles, seed))
    encoder = Encoder(folder)
    off_loop = OffLoop()
    sides = Sides(told, encoder, BareEncoder.of(folder), off_loop)
    await sides.floor()  # counts the tokens
    taken = await interleaved(sides.ours, sides.floor, pairs)
    beside = {
        "cold_start_s": await cold_start(folder),
        "min_cosine": min_cosine(told[0], encoder, folder),
        "reembedded_share": reembedded_share(told[:5], encoder),
    }
    off_loop.close()
    return taken, beside, sides.tokens


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--articles", type=int, default=10, help="articles of 36 sentences in one run of one side")
    parser.add_argument("--encoder", default=str(DEFAULT_FOLDER), help="folder of the sentence encoder")
    options = parser.parse_args()
    folder = Path(options.encoder)
    try:
        ensure_encoder(folder)
        taken, beside, tokens = run(measure(options.pairs, options.articles, options.seed, folder))
    except (EncoderUnavailable, EncoderDamaged) as missing:
        could_not_measure(str(missing))
    publish(
        "embedding",
        {
            **taken.ratios(lambda pair: pair.ours.cpu_us / pair.floor.cpu_us),
            "ours_cpu_us_per_token": taken.median(lambda pair: pair.ours.cpu_us),
            "floor_cpu_us_per_token": taken.median(lambda pair: pair.floor.cpu_us),
            **beside,
        },
        n=options.pairs * tokens,
        seed=options.seed,
        bars=BARS,
        notes=[
            taken.note(),
            describe("ours", {"cache": "by content, empty at first", "thread": "engine", "batches": "sorted, 8"}),
            describe("floor", {"session": "onnxruntime, 1 thread, same int8 file", "batches": "sorted, 8"}),
        ],
        only_json=options.json,
    )


if __name__ == "__main__":
    main()
