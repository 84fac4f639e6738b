"""What operators' commands stand on: one service's database and outbox, whether the service runs or not.

Events told here are published by the running service's relay, or by the next start.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from shared.clock import SystemClock
from shared.ids import TimeOrderedIds
from shared.kafka import Cluster
from shared.local.folder import FolderInUse
from shared.local.postgres import EmbeddedPostgres
from shared.runtime import Running
from shared.service import OffLoop, Resources, ServiceSpec, Surroundings
from shared.settings import KitSettings
from shared.telemetry.setup import Telemetry
from shared.vault import MasterKey


@contextlib.asynccontextmanager
async def server(settings: KitSettings) -> AsyncIterator[str]:
    """DSN of the Postgres server: the given one, the embedded one a running process owns, or one started for this."""
    if settings.database_url:
        yield settings.database_url
        return
    postgres = EmbeddedPostgres(settings.home / "postgres")
    try:
        await postgres.start()
    except FolderInUse:
        yield postgres.attach()
        return
    try:
        yield postgres.dsn()
    finally:
        await postgres.stop()


@contextlib.asynccontextmanager
async def operator(spec: ServiceSpec, settings: KitSettings, dsn: str) -> AsyncIterator[Resources]:
    """The resources of one service, migrated, without its consumers and doors."""
    off_loop = OffLoop()
    running = Running(
        spec,
        Surroundings(
            settings=settings,
            server_dsn=dsn,
            cluster=Cluster(""),
            ids=TimeOrderedIds(),
            clock=SystemClock(),
            master=MasterKey.open(settings.home, settings.master_key.get_secret_value()),
            telemetry=lambda name: Telemetry.of(name, level="ERROR"),
            off_loop=off_loop,
            encoder=lambda: None,
        ),
    )
    await running.connect()
    try:
        yield running.resources
    finally:
        off_loop.close()
        await running.resources.db.close()
