"""What does one message cost on its way through one service? The engine is a stub; everything around it is the product.

Ours: claim extraction with given findings, from a record on Kafka to its own event published: reading, envelope, inbox,
state, outbox, relay, offsets, spans, metrics. Floor: aiokafka getmany and one statement a message that writes a row and
an outbox row of the same bytes; nothing is published.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from services.claim_extraction import contract
from shared.kafka import Cluster
from shared.loop import run
from shared.outbox import pack_headers
from shared.telemetry import names
from tests.bench.perf import bare
from tests.bench.perf.cpu import Look, Usage, Watch
from tests.bench.perf.ground import Ground, ground
from tests.bench.perf.outcome import outcome_of
from tests.bench.perf.pairs import Pairs, Run, describe, interleaved
from tests.bench.perf.services import running, stub_extraction, surroundings
from tests.bench.perf.stories import Story, stories
from tests.bench.perf.wire import article_of, findings_of, send_articles
from tests.bench.report import arguments, publish

BARS = {"ratio_median": ">= .35 (.5)", "cpu_us_per_hop": "<= 1000"}
WARM = 50
"""Messages handled before the clocks are read for the first time."""


class Section:
    """The measured part of a run: from the WARM-th message to the last."""

    def __init__(self, watch: Watch, count: int) -> None:
        self._watch, self._count = watch, count
        self._start: Look | None = None
        self.over = asyncio.Event()

    def handled(self, number: int) -> None:
        if number == WARM:
            self._start = self._watch.look()
        elif number == self._count:
            self.over.set()

    def usage(self) -> Usage:
        assert self._start is not None
        return self._watch.since(self._start)


@dataclass(slots=True)
class Sides:
    """Both sides over one ground and the same records."""

    on: Ground
    cluster: Cluster
    dsn: str
    postmaster: int
    endpoint: str
    told: list[Story]
    numbers: itertools.count[int]

    def _section(self) -> Section:
        return Section(Watch(postmaster=self.postmaster), len(self.told))

    async def ours(self) -> Run:
        section, seen = self._section(), itertools.count(1)
        around = surroundings(
            self.on.folder("home"),
            self.dsn,
            self.cluster,
            endpoint=self.endpoint,
            on_settled=lambda _group, _record: section.handled(next(seen)),
        )
        found = {article_of(each).article_id: findings_of(each) for each in self.told}
        spec = stub_extraction(f"hop_{next(self.numbers)}", found)
        async with running(spec, around) as service:
            await asyncio.wait_for(section.over.wait(), 300)
            telemetry = service.resources.telemetry
            await _published(telemetry.metrics.registry, spec.group, len(self.told))
            await asyncio.to_thread(telemetry.tracing.provider.force_flush, 5000)
            return Run(section.usage(), len(self.told) - WARM)

    async def floor(self) -> Run:
        section, outcome = self._section(), outcome_of(self.told[0])
        connection = await bare.open_database(self.dsn)
        consumer = await bare.open_consumer(self.cluster, contract.ARTICLE_TOPIC, f"floor-{next(self.numbers)}")
        try:
            await bare.hop(
                consumer,
                connection,
                count=len(self.told),
                body=outcome.body,
                headers=pack_headers(outcome.headers),
                value=outcome.event,
                handled=section.handled,
            )
            return Run(section.usage(), len(self.told) - WARM)
        finally:
            await consumer.stop()
            await connection.close()


async def _published(registry: CollectorRegistry, service: str, count: int) -> None:
    labels = {"service": service, "topic": contract.CLAIM_TOPIC}
    async with asyncio.timeout(60):
        while (registry.get_sample_value(names.PUBLISHED.name, labels) or 0) < count:
            await asyncio.sleep(0.01)


async def measure(pairs: int, messages: int, seed: int) -> tuple[Pairs, dict[str, object]]:
    """Both sides over `messages` articles, and what they ran on."""
    async with ground() as on:
        server, broker, sink = await asyncio.gather(on.postgres(), on.broker(), on.child("tests.bench.perf.span_sink"))
        told = list(stories(messages + WARM, seed))
        await send_articles(broker.cluster, contract.ARTICLE_TOPIC, told)
        sides = Sides(
            on, broker.cluster, server.dsn(), server.pid or 0, sink.ready["endpoint"], told, itertools.count()
        )
        taken = await interleaved(sides.ours, sides.floor, pairs)
        spans = (await sink.ask("count"))["spans"]
        return taken, {"broker": broker.name, "spans": sum(spans.values())}


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--messages", type=int, default=1500, help="messages in one run of one side")
    options = parser.parse_args()
    taken, ran_on = run(measure(options.pairs, options.messages, options.seed))
    publish(
        "hop",
        {
            **taken.ratios(lambda pair: pair.ours.per_cpu_second / pair.floor.per_cpu_second),
            "cpu_us_per_hop": taken.median(lambda pair: pair.ours.cpu_us),
            "ours_program_us": taken.median(lambda pair: pair.ours.usage.program / pair.ours.operations * 1e6),
            "ours_postgres_us": taken.median(lambda pair: pair.ours.usage.postgres / pair.ours.operations * 1e6),
            "floor_cpu_us": taken.median(lambda pair: pair.floor.cpu_us),
            "floor_program_us": taken.median(lambda pair: pair.floor.usage.program / pair.floor.operations * 1e6),
        },
        n=options.pairs * options.messages,
        seed=options.seed,
        bars=BARS,
        notes=[
            taken.note(),
            describe("ours", {"service": "claim_extraction, stub engine, 8 claims", "telemetry": "on", **ran_on}),
            describe("floor", {"consumer": "getmany 500", "statements": "1, autocommit", "fsync": "off on both"}),
        ],
        only_json=options.json,
    )


if __name__ == "__main__":
    main()
