"""What grows with the archive? The same platform with ten times the fact checks and ten times the comments, in turns.

Articles: CPU an article. Comment pages: the first page of one story's thread, read one after the other. Restart: from the
stop's end until every service is ready again.
"""

from __future__ import annotations

import itertools
import statistics
import time
from dataclasses import dataclass, field
from uuid import UUID

import aiohttp

from services.__main__ import spec
from shared.loop import run
from shared.postgres import dsn_for
from tests.bench.perf.ground import ground
from tests.bench.perf.pairs import Pairs, Run, describe, interleaved, percentile
from tests.bench.perf.sides import Grounded, Platform, configuration, grounded
from tests.bench.perf.threads import fill_threads
from tests.bench.report import arguments, publish

BARS = {"article_ratio": "<= 1.6 (1.3)", "comment_p99_ratio": "<= 1.3", "restart_ratio": "<= 10"}
PAGES = 200


@dataclass(slots=True)
class Grown:
    """One size of everything."""

    platform: Platform
    article_id: UUID
    pages: list[float] = field(default_factory=list)

    @classmethod
    async def of(cls, parts: Grounded, size: int, comments: int, seed: int) -> tuple[Grown, dict[str, object]]:
        platform, broker = await parts.platform(size, seed)
        article_id = await fill_threads(dsn_for(platform.dsn, spec("comment").database), comments)
        return cls(platform, article_id), configuration(broker, size)

    async def both(self, articles: int, seed: int) -> Run:
        """Articles, then pages; only the articles' CPU is in the run."""
        taken = await self.platform.articles(articles, seed)
        url = f"{self.platform.child.ready['http']}/articles/{self.article_id}/comments"
        pages = []
        async with aiohttp.ClientSession() as reader:
            for _ in range(PAGES):
                started = time.perf_counter()
                async with reader.get(url) as answer:
                    assert answer.status == 200, f"the page answered {answer.status}"
                    await answer.read()
                pages.append(time.perf_counter() - started)
        return Run(taken.usage, taken.operations, tuple(pages), taken.extra)


async def measure(
    pairs: int, articles: int, size: int, comments: int, seed: int
) -> tuple[Pairs, dict[str, float], dict[str, object]]:
    async with ground() as on, grounded(on) as parts:
        small, _ = await Grown.of(parts, size, comments, seed)
        large, ran_on = await Grown.of(parts, size * 10, comments * 10, seed)
        seeds = itertools.count(seed)
        taken = await interleaved(
            lambda: large.both(articles, next(seeds)), lambda: small.both(articles, next(seeds)), pairs
        )
        again = [await one.platform.child.ask("restart") for one in (large, small)]
        starts = {
            "restart_ratio": again[0]["wall_s"] / again[1]["wall_s"],
            "restart_cpu_ratio": again[0]["cpu_s"] / again[1]["cpu_s"],
            "restart_s": again[0]["wall_s"],
        }
        return taken, starts, ran_on


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--articles", type=int, default=10, help="articles in one run of one side")
    parser.add_argument("--corpus", type=int, default=10_000, help="fact checks of the smaller side")
    parser.add_argument("--comments", type=int, default=10_000, help="comments of the smaller side, under 20 articles")
    options = parser.parse_args()
    taken, starts, ran_on = run(
        measure(options.pairs, options.articles, options.corpus, options.comments, options.seed)
    )
    ratios = taken.ratios(lambda pair: pair.ours.cpu_us / pair.floor.cpu_us)
    publish(
        "growth",
        {
            **ratios,
            "article_ratio": ratios["ratio_median"],
            "article_cpu_ms": taken.median(lambda pair: pair.ours.cpu_us) / 1000,
            "small_article_cpu_ms": taken.median(lambda pair: pair.floor.cpu_us) / 1000,
            "comment_p99_ratio": taken.median(
                lambda pair: percentile(pair.ours.latencies, 0.99) / percentile(pair.floor.latencies, 0.99)
            ),
            "comment_p50_ratio": taken.median(
                lambda pair: statistics.median(pair.ours.latencies) / statistics.median(pair.floor.latencies)
            ),
            **starts,
        },
        n=options.pairs * options.articles,
        seed=options.seed,
        bars=BARS,
        notes=[
            taken.note(),
            describe("x10", {"comments": f"{options.comments * 10:,}", **ran_on}),
            describe("x1", {"comments": f"{options.comments:,}", "fact checks": f"{options.corpus:,}"}),
        ],
        only_json=options.json,
    )


if __name__ == "__main__":
    main()
