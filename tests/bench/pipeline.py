"""What does an article cost, from the CMS's event to the finished panel?

Ours: every service in one process, run as `plumbline run all` runs them, with traces, metrics and logs on. Floor: one
bare process that reads the same articles from Kafka, makes the model calls any engine would have to make, and writes one
row and one outbox row. The calls are a fixed list (`perf.stories.CALLS_VERSION`) that follows from the article and not
from our engine. Recordings are off: they are no part of a panel.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable
from typing import Literal

from shared.loop import run
from tests.bench.perf.ground import ground
from tests.bench.perf.pairs import Pair, Pairs, describe, interleaved
from tests.bench.perf.sides import configuration, grounded
from tests.bench.perf.stories import CALLS_VERSION, story
from tests.bench.report import arguments, publish

BARS = {"ratio_median": "<= 1.35 (1.2)", "cpu_ms": "<= 150"}


async def measure(pairs: int, articles: int, size: int, seed: int) -> tuple[Pairs, dict[str, object], float]:
    """Both sides over `articles` new articles a run, and what they ran on."""
    async with ground() as on, grounded(on) as parts:
        ours, broker = await parts.platform(size, seed)
        floor = await parts.floor(size, seed, ours.cluster, broker)
        seeds = itertools.count(seed)
        taken = await interleaved(
            lambda: ours.articles(articles, next(seeds)), lambda: floor.articles(articles, next(seeds)), pairs
        )
        return taken, configuration(broker, size), statistics.mean(ours.claims)


def _stage(side: Literal["ours", "floor"], name: str) -> Callable[[Pair], float]:
    return lambda pair: (pair.ours if side == "ours" else pair.floor).extra[name]


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--articles", type=int, default=20, help="articles in one run of one side")
    parser.add_argument("--corpus", type=int, default=100_000, help="fact checks in the archive")
    options = parser.parse_args()
    taken, ran_on, claims = run(measure(options.pairs, options.articles, options.corpus, options.seed))
    calls = story("counted", options.seed).calls
    publish(
        "pipeline",
        {
            **taken.ratios(lambda pair: pair.ours.cpu_us / pair.floor.cpu_us),
            "cpu_ms": taken.median(lambda pair: pair.ours.cpu_us) / 1000,
            "floor_cpu_ms": taken.median(lambda pair: pair.floor.cpu_us) / 1000,
            **{f"stage_ms.{name}": taken.median(_stage("ours", name)) for name in taken.every[0].ours.extra},
            **{f"floor_ms.{name}": taken.median(_stage("floor", name)) for name in taken.every[0].floor.extra},
            "claims_shown": claims,
        },
        n=options.pairs * options.articles,
        seed=options.seed,
        bars=BARS,
        notes=[
            taken.note(),
            describe("ours", {"services": "all, one process", "telemetry": "on, spans kept by the console", **ran_on}),
            describe(
                "floor",
                {
                    "calls": f"version {CALLS_VERSION}",
                    "parse": f"{len(calls.parse)} sentences",
                    "embed": f"{len({*calls.embed, *calls.match})} texts",
                    "match": f"{len(calls.match)} claims",
                },
            ),
        ],
        only_json=options.json,
    )


if __name__ == "__main__":
    main()
