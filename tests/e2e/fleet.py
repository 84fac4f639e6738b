"""The six services as six processes on one Postgres and one Kafka of their own, as the composition runs them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import aiohttp

from services.__main__ import NAMES, prepare, services_of, spec
from services.demo import Kept, Newsroom, Report
from shared.host import TOPICS, Host
from shared.kafka import Cluster, Topics, read_topics
from shared.local.kafka import RealKafka
from shared.local.postgres import EmbeddedPostgres
from shared.local.process import tail, until_async
from shared.local.site_server import SiteServer
from shared.operating import operator
from shared.retrieval.encoder import ensure_encoder
from shared.settings import KitSettings
from shared.testing.patience import PATIENCE
from shared.vault import MasterKey
from tests.e2e.conftest import ENCODER, ports

READY_SECONDS = 5 * PATIENCE


class Process:
    """One service by `plumbline run NAME`, on ports of its own."""

    def __init__(self, name: str, home: Path, environment: dict[str, str]) -> None:
        self.name, self._environment = name, environment
        self.ports = {door.removesuffix("_port"): number for door, number in ports().items()}
        self.log = home / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None

    def at(self, door: str) -> str:
        return f"127.0.0.1:{self.ports[door]}"

    async def start(self, **more: str) -> None:
        doors = {f"PLUMBLINE_{door.upper()}_PORT": str(number) for door, number in self.ports.items()}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services", "run", self.name.replace("_", "-"),
                env={**self._environment, **doors, **more}, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    async def problems(self) -> str:
        """Why it is not ready; empty when it is."""
        assert self._process is not None
        if self._process.returncode is not None:
            raise AssertionError(f"{self.name} ended: {tail(self.log)}")
        try:
            async with aiohttp.ClientSession() as client, client.get(f"http://{self.at('ops')}/readyz") as answer:
                return "" if answer.status == 200 else await answer.text()
        except aiohttp.ClientError as error:
            return type(error).__name__

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        async def is_ready() -> bool:
            return not await self.problems()

        if not await until_async(is_ready, seconds, 0.2):
            raise AssertionError(f"{self.name} is not ready: {await self.problems()}; {tail(self.log)}")

    async def stop(self) -> int:
        """A stop as a container gets it; its exit code."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), PATIENCE)
            if self._process.returncode is None:
                self._process.kill()
        return await self._process.wait()


class Fleet:
    """Everything a newsroom needs, and what an operator did first."""

    def __init__(self, home: Path, postgres: EmbeddedPostgres, kafka: RealKafka, site: SiteServer) -> None:
        self.home, self.postgres, self.kafka, self.site = home, postgres, kafka, site
        self.kept = Kept()
        self.said: list[str] = []
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PLUMBLINE_", "KAFKA_"))}
        self._environment = inherited | {
            "PLUMBLINE_HOME": str(home),
            "PLUMBLINE_DATABASE_URL": postgres.dsn(),
            "PLUMBLINE_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "PLUMBLINE_TRUSTED_PROXIES": "127.0.0.1",
            "PLUMBLINE_VERIFICATION_FETCH_ALLOW": json.dumps([site.base_url.removeprefix("http://")]),
        }
        self.services = {name: Process(name, home, self._environment) for name in NAMES}

    @property
    def backends(self) -> dict[str, tuple[str, int]]:
        """Where the front door finds each of its clusters."""
        web = {
            name: ("127.0.0.1", self.services[name].ports["http"])
            for name in ("ingest", "comment", "publish", "console")
        }
        partner = {
            f"{name}_partner": ("127.0.0.1", self.services[name].ports["partner"])
            for name in ("verification", "publish")
        }
        return web | partner

    async def start(self) -> None:
        ensure_encoder(ENCODER)
        shutil.copytree(ENCODER, self.home / "models" / "encoder")
        MasterKey.open(self.home)
        await Topics(Cluster(self.kafka.bootstrap)).apply(read_topics(TOPICS))
        spans = {"PLUMBLINE_OTLP_ENDPOINT": f"http://{self.services['console'].at('otlp')}"}
        desk = {
            "PLUMBLINE_CONSOLE_REVIEW_TARGET": self.services["verification"].at("staff"),
            "PLUMBLINE_CONSOLE_MODERATION_TARGET": self.services["comment"].at("staff"),
            "PLUMBLINE_CONSOLE_CLAIMS_TARGET": self.services["claim_extraction"].at("staff"),
        }
        for name, service in self.services.items():
            await service.start(**(desk if name == "console" else spans))
        await asyncio.gather(*(service.ready() for service in self.services.values()))

    async def stop(self) -> dict[str, int]:
        codes = await asyncio.gather(*(service.stop() for service in self.services.values()))
        return dict(zip(self.services, codes, strict=True))

    async def morning(self, url: str) -> Report:
        """The demonstration's morning, through the given door."""
        dsn = self.postgres.dsn()
        settings = KitSettings(home=self.home, database_url=dsn)
        async with contextlib.AsyncExitStack() as stack:
            found = {
                name: SimpleNamespace(resources=await stack.enter_async_context(operator(spec(name), settings, dsn)))
                for name in ("console", "ingest", "verification")
            }
            host = cast(Host, SimpleNamespace(running=found, parts=SimpleNamespace(server_dsn=dsn)))
            await prepare(host, self.kept, self.site.base_url)

            async def traced(trace_id: str) -> list[str]:
                return await services_of(host, trace_id)

            return await Newsroom(url, self.kept, self.site.base_url, self.said.append).morning(traced)


@contextlib.asynccontextmanager
async def started(home: Path, postgres: EmbeddedPostgres, kafka: RealKafka, site_folder: Path) -> AsyncIterator[Fleet]:
    """A fleet that runs until the block ends."""
    site = SiteServer(site_folder)
    await site.start()
    fleet = Fleet(home, postgres, kafka, site)
    try:
        await fleet.start()
        yield fleet
    finally:
        await fleet.stop()
        await site.stop()
