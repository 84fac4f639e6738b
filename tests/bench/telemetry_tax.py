"""What do traces, metrics and logs cost an article? The same platform with telemetry on and off, in turns.

On means what it means by default: spans of every service, kept by the console of the same process, metrics, JSON logs.
"""

from __future__ import annotations

import asyncio
import itertools

import asyncpg

from services.console.app import Settings as ConsoleSettings
from shared.loop import run
from shared.postgres import dsn_for
from tests.bench.perf.ground import ground
from tests.bench.perf.pairs import Pairs, describe, interleaved
from tests.bench.perf.sides import configuration, grounded
from tests.bench.report import arguments, publish

BARS = {"ratio_median": "<= 1.10 (1.05)"}


async def measure(pairs: int, articles: int, size: int, seed: int) -> tuple[Pairs, dict[str, object], float]:
    async with ground() as on, grounded(on) as parts:
        with_spans, broker = await parts.platform(size, seed)
        without, _ = await parts.platform(size, seed, telemetry=False)
        seeds = itertools.count(seed)
        before = await _spans(with_spans.dsn)
        taken = await interleaved(
            lambda: with_spans.articles(articles, next(seeds)), lambda: without.articles(articles, next(seeds)), pairs
        )
        await asyncio.sleep(2.0)  # the last batch is sent half a second after its first span
        told = articles * (pairs + 1)
        return taken, configuration(broker, size), (await _spans(with_spans.dsn) - before) / told


async def _spans(dsn: str) -> int:
    connection = await asyncpg.connect(dsn_for(dsn, ConsoleSettings().spans_database))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM span"))
    finally:
        await connection.close()


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--articles", type=int, default=20, help="articles in one run of one side")
    parser.add_argument("--corpus", type=int, default=20_000, help="fact checks in the archive")
    options = parser.parse_args()
    taken, ran_on, spans = run(measure(options.pairs, options.articles, options.corpus, options.seed))
    publish(
        "telemetry_tax",
        {
            **taken.ratios(lambda pair: pair.ours.cpu_us / pair.floor.cpu_us),
            "spans_per_article": spans,
            "on_cpu_ms": taken.median(lambda pair: pair.ours.cpu_us) / 1000,
            "off_cpu_ms": taken.median(lambda pair: pair.floor.cpu_us) / 1000,
        },
        n=options.pairs * options.articles,
        seed=options.seed,
        bars=BARS,
        notes=[
            taken.note(),
            describe("on", {"spans": "all, kept by the console", "metrics": "on", "logs": "JSON, INFO", **ran_on}),
            describe("off", {"spans": "none", "metrics": "none", "logs": "errors alone"}),
        ],
        only_json=options.json,
    )


if __name__ == "__main__":
    main()
