"""The whole platform in a process of its own, run as `plumbline run all` runs it, for a bench to load and to measure.

Arguments: a folder that holds `models/encoder`, the Postgres server, the broker (empty: the embedded one, in this
process), `on` or `off` for telemetry, and a saved corpus for the archive (or an empty string).
"""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from services.__main__ import all_specs, spec
from services.ingest.sources import add_source
from shared.host import Host
from shared.local.process import free_port
from shared.loop import run
from shared.operating import operator
from shared.retrieval.encoder import Manifest
from shared.service import OffLoop
from shared.settings import KitSettings
from tests.bench.perf import corpus
from tests.bench.perf.child import serve

T = TypeVar("T")
SOURCE = "bench-cms"
STAGES = ("_read", "match", "assess", "_read_all", "_encode", "_like")


class CountedOffLoop(OffLoop):
    """The engine's thread, with the CPU seconds of each kind of work beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[str, float] = defaultdict(float)

    async def __call__(self, work: Callable[..., T], *arguments: Any) -> T:
        inner = work.func if isinstance(work, functools.partial) else work
        return await super().__call__(functools.partial(self._timed, inner.__name__, work), *arguments)

    def _timed(self, name: str, work: Callable[..., T], *arguments: Any) -> T:
        started = time.thread_time()
        try:
            return work(*arguments)
        finally:
            self.seconds[name] += time.thread_time() - started


class Platform:
    """One host at a time over the same databases."""

    def __init__(self, settings: KitSettings) -> None:
        self._settings = settings
        self._off_loop = CountedOffLoop()
        self.host: Host

    async def start(self) -> dict[str, float]:
        """Start every service and wait until all are ready; the seconds and CPU seconds it took."""
        wall, cpu = time.monotonic(), time.process_time()
        log = (self._settings.home / "log").open("a", buffering=1 << 16)
        self.host = Host(all_specs(), self._settings, log_to=log)
        self.host._off_loop = self._off_loop
        await self.host.start()
        await self.host.until_ready(seconds=600)
        return {"wall_s": time.monotonic() - wall, "cpu_s": time.process_time() - cpu}

    async def restart(self) -> dict[str, float]:
        """Stop, and start again."""
        await self.host.stop()
        self._off_loop = CountedOffLoop()
        return await self.start()

    async def introduce(self) -> None:
        """Let the bench's CMS write to Kafka."""
        ingest = self.host.running["ingest"].resources
        await add_source(ingest.outbox, ingest.master, ingest.clock, SOURCE, kind="kafka", person="bench")

    def spent(self) -> dict[str, float]:
        """CPU seconds of this process so far: whole, this loop's thread, and each kind of engine work."""
        engine = self._off_loop.seconds
        return {
            "process": time.process_time(),
            "loop": time.thread_time(),
            **{f"engine{name}": engine[name] for name in STAGES},
            "engine_rest": sum(seconds for name, seconds in engine.items() if name not in STAGES),
        }


async def main() -> None:
    home, dsn, bootstrap, telemetry, archive = sys.argv[1:]
    settings = KitSettings(
        home=Path(home),
        database_url=dsn,
        kafka_bootstrap_servers=bootstrap,
        telemetry=telemetry == "on",
        http_port=free_port(),
        partner_port=free_port(),
        staff_port=free_port(),
        ops_port=free_port(),
        otlp_port=free_port(),
    )
    # Reading aloud is no part of a panel and costs seconds of CPU an article.
    os.environ["PLUMBLINE_PUBLISH_AUDIO"] = "false"
    async with operator(spec("verification"), settings, dsn) as found:
        database = found.db.dsn
    if archive:
        model = Manifest.read(settings.home / "models" / "encoder").model_sha256
        await corpus.fill_archive(database, await asyncio.to_thread(corpus.load, archive), model)
    platform = Platform(settings)
    took = await platform.start()
    await platform.introduce()
    assert platform.host.parts is not None
    ready = {
        "http": f"http://127.0.0.1:{settings.http_port}",
        "bootstrap": platform.host.parts.cluster.bootstrap_servers,
        "embedded": platform.host.parts.cluster.embedded,
        "took": took,
    }

    async def answer(question: dict[str, Any]) -> dict[str, Any]:
        if question["what"] == "restart":
            return await platform.restart()
        return platform.spent()

    await serve(ready, answer)
    await platform.host.stop()


if __name__ == "__main__":
    run(main())
