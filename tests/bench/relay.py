"""What does it cost to publish an outbox? Ours: the relay as services run it, one span for each hundred rows, marks kept.

Floor: `DELETE ... RETURNING` 500 rows, send each with the same producer settings, wait for all, commit. Same rows, same
broker. Beside it, open loop at 200 events a second: how old an event is when the relay has published it.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import asyncpg

from services.claim_extraction import contract
from services.claim_extraction.app import SPEC
from shared.events import Outgoing, Version
from shared.ids import DEFAULT_SITE
from shared.kafka import Cluster, KafkaSender
from shared.loop import run
from shared.outbox import pack_headers, unpack_headers
from shared.relay import Relay, Sender
from shared.runtime import Running
from shared.telemetry import names
from tests.bench.perf import bare
from tests.bench.perf.cpu import Look, Watch
from tests.bench.perf.ground import Ground, ground
from tests.bench.perf.outcome import outcome_of
from tests.bench.perf.pairs import Pairs, Run, describe, interleaved, percentile
from tests.bench.perf.services import surroundings
from tests.bench.perf.stories import story
from tests.bench.report import arguments, publish

BARS = {"ratio_median": ">= .5", "oldest_p99_ms": "<= 60"}
KEYS = 400
PER_SECOND = 200
WARM = 40
"""Events told before ages are counted: the writers' sessions open with the first, which is no matter of the relay."""

_FILL_OURS = """
INSERT INTO outbox (event_id, topic, key, type, headers, value)
SELECT gen_random_uuid(), $1, 'subject-' || n % $2, 'plumbline.events.v1.ClaimSheet', $3, $4 FROM generate_series(1, $5) n
"""
_FILL_FLOOR = """
INSERT INTO told (topic, key, headers, value) SELECT $1, 'subject-' || n % $2, $3, $4 FROM generate_series(1, $5) n
"""
_AGES = "SELECT extract(epoch FROM published_at - created_at)::float8 FROM outbox WHERE published_at IS NOT NULL"


class FirstSend:
    """A producer that notes the moment of the first row, so that connecting is not measured."""

    def __init__(self, sender: KafkaSender, watch: Watch) -> None:
        self._sender, self._watch = sender, watch
        self.start: Look | None = None

    async def send(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Awaitable[Any]:
        if self.start is None:
            self.start = self._watch.look()
        return await self._sender.send(topic, key, value, headers)  # type: ignore[no-any-return]

    async def close(self) -> None:
        await self._sender.close()


@dataclass(slots=True)
class Sides:
    """Both sides over one ground."""

    on: Ground
    cluster: Cluster
    dsn: str
    postmaster: int
    endpoint: str
    rows: int
    value: bytes
    headers: bytes
    numbers: itertools.count[int]
    ages: list[float]

    async def _outbox(self) -> Running:
        around = surroundings(self.on.folder("home"), self.dsn, self.cluster, endpoint=self.endpoint)
        spec = SPEC.__class__(f"relay_{next(self.numbers)}", SPEC.settings, SPEC.build, SPEC.migrations)
        running = Running(spec, around)
        await running.connect()
        return running

    async def ours(self) -> Run:
        service = await self._outbox()
        found = service.resources
        await found.db.execute(_FILL_OURS, contract.CLAIM_TOPIC, KEYS, self.headers, self.value, self.rows)
        watch = Watch(postmaster=self.postmaster)
        sender = FirstSend(await KafkaSender.open(self.cluster, "bench-relay"), watch)
        relay = Relay(found.outbox, _given(sender), found.telemetry)
        task = asyncio.create_task(relay.run())
        try:
            await _published(service, self.rows)
            await asyncio.to_thread(found.telemetry.tracing.provider.force_flush, 5000)
            assert sender.start is not None
            usage = watch.since(sender.start)
            self.ages += await self._paced(service)
            return Run(usage, self.rows)
        finally:
            await relay.stop()
            await task
            found.telemetry.shutdown()
            await found.db.close()

    async def floor(self) -> Run:
        connection = await bare.open_database(self.dsn)
        producer = await bare.open_producer(self.cluster)
        try:
            await connection.execute(
                _FILL_FLOOR, contract.CLAIM_TOPIC, KEYS, self.headers, self.value, self.rows, timeout=120
            )
            await producer.client.add_topic(contract.CLAIM_TOPIC)
            watch = Watch(postmaster=self.postmaster)
            start = watch.look()
            done = 0
            while done < self.rows:
                done += await bare.publish(connection, producer, unpack_headers)
            return Run(watch.since(start), self.rows)
        finally:
            await producer.stop()
            await connection.close()

    async def _paced(self, service: Running) -> list[float]:
        """Poisson arrivals at 200 a second for one second, each a transaction of its own; ages at publication."""
        chance, outbox = random.Random(len(self.ages)), service.resources.outbox
        await asyncio.gather(*(_tell(outbox, number) for number in range(WARM)))
        await _published(service, self.rows + WARM)
        await service.resources.db.execute("DELETE FROM outbox")
        loop = asyncio.get_running_loop()
        due, tasks = loop.time(), []
        for number in range(PER_SECOND):
            due += chance.expovariate(PER_SECOND)
            await asyncio.sleep(max(0.0, due - loop.time()))
            tasks.append(asyncio.create_task(_tell(outbox, number)))
        await asyncio.gather(*tasks)
        await _published(service, self.rows + WARM + PER_SECOND)
        connection = await asyncpg.connect(service.resources.db.dsn)
        try:
            return [row[0] for row in await connection.fetch(_AGES)]
        finally:
            await connection.close()


def _given(sender: Sender) -> Any:
    async def open_sender() -> Sender:
        return sender

    return open_sender


async def _tell(outbox: Any, number: int) -> None:
    from plumbline.events.v1.claim_pb2 import ClaimSheet

    wire = ClaimSheet(subject_id=f"subject-{number}", site_id=str(DEFAULT_SITE))
    async with outbox.transaction() as unit:
        unit.emit(
            Outgoing(contract.CLAIM_TOPIC, wire.subject_id, wire.subject_id, DEFAULT_SITE, Version(1, number + 1), wire)
        )


async def _published(service: Running, count: int) -> None:
    registry = service.resources.telemetry.metrics.registry
    labels = {"service": service.spec.group, "topic": contract.CLAIM_TOPIC}
    async with asyncio.timeout(300):
        while (registry.get_sample_value(names.PUBLISHED.name, labels) or 0) < count:
            await asyncio.sleep(0.005)


async def measure(pairs: int, rows: int, seed: int) -> tuple[Pairs, list[float], str]:
    async with ground() as on:
        server, broker, sink = await asyncio.gather(on.postgres(), on.broker(), on.child("tests.bench.perf.span_sink"))
        outcome = outcome_of(story(f"relay-{seed}", seed))
        sides = Sides(
            on,
            broker.cluster,
            server.dsn(),
            server.pid or 0,
            sink.ready["endpoint"],
            rows,
            outcome.event,
            pack_headers(outcome.headers),
            itertools.count(),
            [],
        )
        return await interleaved(sides.ours, sides.floor, pairs), sides.ages, broker.name


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--rows", type=int, default=6000, help="rows in one run of one side")
    options = parser.parse_args()
    taken, ages, broker = run(measure(options.pairs, options.rows, options.seed))
    publish(
        "relay",
        {
            **taken.ratios(lambda pair: pair.ours.per_cpu_second / pair.floor.per_cpu_second),
            "oldest_p99_ms": percentile(ages, 0.99) * 1000,
            "age_p50_ms": percentile(ages, 0.5) * 1000,
            "ours_cpu_us": taken.median(lambda pair: pair.ours.cpu_us),
            "floor_cpu_us": taken.median(lambda pair: pair.floor.cpu_us),
            "ours_postgres_us": taken.median(lambda pair: pair.ours.usage.postgres / pair.ours.operations * 1e6),
            "floor_postgres_us": taken.median(lambda pair: pair.floor.usage.postgres / pair.floor.operations * 1e6),
        },
        n=options.pairs * options.rows,
        seed=options.seed,
        bars=BARS,
        notes=[
            taken.note(),
            describe("ours", {"batch": 500, "marks": "kept", "telemetry": "on", "broker": broker}),
            describe("floor", {"statement": "DELETE ... RETURNING 500", "producer": "acks=all, idempotent, as ours"}),
            f"ages of {len(ages)} events told at {PER_SECOND}/s, each from the start of its transaction to the mark, sessions open",
        ],
        only_json=options.json,
    )


if __name__ == "__main__":
    main()
