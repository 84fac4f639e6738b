"""One small service as a process of its own, to be killed: `python -m tests.sample.process DSN BOOTSTRAP NAME`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from shared.clock import SystemClock
from shared.ids import TimeOrderedIds
from shared.kafka import Cluster
from shared.runtime import Running
from shared.service import OffLoop, Surroundings
from shared.settings import KitSettings
from shared.telemetry.setup import Telemetry
from shared.vault import MasterKey
from tests.sample.newsroom import Newsroom


async def main(dsn: str, bootstrap: str, name: str) -> None:
    around = Surroundings(
        settings=KitSettings(home=Path.cwd(), session_timeout_ms=6_000),
        server_dsn=dsn,
        cluster=Cluster(bootstrap),
        ids=TimeOrderedIds(),
        clock=SystemClock(),
        master=MasterKey(b"a key that opens only test seals"),
        telemetry=lambda service: Telemetry.of(service, level="ERROR"),
        off_loop=OffLoop(),
        encoder=lambda: None,
    )
    running = Running(Newsroom(name).sheet_maker, around)
    await running.prepare()
    await running.start()
    print("started", flush=True)
    print(await running.fatal, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
