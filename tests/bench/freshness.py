"""How long until a reader sees the check? Open loop, one article a second, from the moment the CMS's event is due.

Ours: until the first panel in which every claim has its outcome from local sources is published. Floor: the bare process
of `pipeline`, until its row is committed. The platform is warm: its models answered before.
"""

from __future__ import annotations

import itertools

from shared.loop import run
from tests.bench.perf.ground import ground
from tests.bench.perf.pairs import Pairs, describe, interleaved, percentile
from tests.bench.perf.sides import configuration, grounded
from tests.bench.perf.stories import CALLS_VERSION
from tests.bench.report import arguments, publish

BARS = {"p50_ratio": "<= 2.5", "p99_ratio": "<= 4 (2.5)", "p99_s": "<= 1.5"}
PER_SECOND = 1.0


async def measure(pairs: int, articles: int, size: int, seed: int) -> tuple[Pairs, dict[str, object]]:
    async with ground() as on, grounded(on) as parts:
        ours, broker = await parts.platform(size, seed)
        floor = await parts.floor(size, seed, ours.cluster, broker)
        seeds = itertools.count(seed)
        await ours.articles(3, next(seeds))
        await floor.articles(3, next(seeds))
        taken = await interleaved(
            lambda: ours.paced(articles, PER_SECOND, next(seeds)),
            lambda: floor.paced(articles, PER_SECOND, next(seeds)),
            pairs,
            warm=False,
        )
        return taken, configuration(broker, size)


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--articles", type=int, default=9, help="articles in one run of one side, one a second")
    parser.add_argument("--corpus", type=int, default=100_000, help="fact checks in the archive")
    options = parser.parse_args()
    taken, ran_on = run(measure(options.pairs, options.articles, options.corpus, options.seed))
    ours, floor = taken.latencies(lambda pair: pair.ours), taken.latencies(lambda pair: pair.floor)
    publish(
        "freshness",
        {
            **taken.ratios(lambda p: percentile(p.ours.latencies, 0.5) / percentile(p.floor.latencies, 0.5)),
            "p50_ratio": percentile(ours, 0.5) / percentile(floor, 0.5),
            "p99_ratio": percentile(ours, 0.99) / percentile(floor, 0.99),
            "p50_s": percentile(ours, 0.5),
            "p99_s": percentile(ours, 0.99),
            "floor_p50_s": percentile(floor, 0.5),
            "floor_p99_s": percentile(floor, 0.99),
        },
        n=len(ours),
        seed=options.seed,
        bars=BARS,
        notes=[
            taken.note(),
            describe("ours", {"services": "all, one process", "telemetry": "on", **ran_on}),
            describe("floor", {"calls": f"version {CALLS_VERSION}", "until": "its row is committed"}),
            "ratio_* are of the medians of each pair; p99_ratio is over all arrivals",
        ],
        only_json=options.json,
    )


if __name__ == "__main__":
    main()
