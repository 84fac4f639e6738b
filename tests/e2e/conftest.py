"""A whole newsroom for the tests of this folder: all services in one process, on a real Kafka, after one morning's work."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.__main__ import all_specs, prepare, services_of
from services.demo import DEMO, Kept, Newsroom, Report
from shared.host import Host
from shared.local.kafka import RealKafka
from shared.local.process import free_port
from shared.local.site_server import SiteServer
from shared.retrieval.encoder import ensure_encoder
from shared.settings import KitSettings
from shared.testing.patience import PATIENCE

ENCODER = Path(".plumbline/models/encoder")


@dataclass(slots=True)
class Newsstand:
    """The running platform, what the demonstration reported, and where its doors are."""

    home: Path
    settings: KitSettings
    site: SiteServer
    kept: Kept = field(default_factory=Kept)
    host: Host | None = None
    report: Report | None = None
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.http_port}"

    @property
    def ops(self) -> str:
        return f"http://127.0.0.1:{self.settings.ops_port}"

    @property
    def partner(self) -> str:
        return f"127.0.0.1:{self.settings.partner_port}"

    @property
    def running(self) -> Host:
        assert self.host is not None, "the platform is down"
        return self.host

    async def open(self) -> None:
        self.host = Host(
            all_specs(), self.settings, say=self.said.append, log_to=(self.home / "log").open("a", buffering=1)
        )
        await self.host.start()
        await self.host.until_ready(seconds=5 * PATIENCE)

    async def close(self) -> None:
        if self.host is not None:
            await self.host.stop()
            self.host = None

    async def morning(self) -> Report:
        await prepare(self.running, self.kept, self.site.base_url)
        newsroom = Newsroom(self.url, self.kept, self.site.base_url, self.said.append)
        return await newsroom.morning(lambda trace_id: services_of(self.running, trace_id))


def ports() -> dict[str, Any]:
    names = ("http_port", "partner_port", "staff_port", "ops_port", "otlp_port")
    return {name: free_port() for name in names}


@pytest_asyncio.fixture(scope="session")
async def newsstand(real_kafka: RealKafka, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Newsstand]:
    """The platform after one morning. Tests may read everything and post more; the main article stays as it is."""
    home = tmp_path_factory.mktemp("newsstand")
    ensure_encoder(ENCODER)
    shutil.copytree(ENCODER, home / "models" / "encoder")
    settings = KitSettings(home=home, kafka_bootstrap_servers=real_kafka.bootstrap, **ports())
    site = SiteServer(DEMO / "site")
    await site.start()
    staff = f"127.0.0.1:{settings.staff_port}"
    changed = {
        "PLUMBLINE_VERIFICATION_FETCH_ALLOW": json.dumps([site.base_url.removeprefix("http://")]),
        "PLUMBLINE_CONSOLE_REVIEW_TARGET": staff,
        "PLUMBLINE_CONSOLE_MODERATION_TARGET": staff,
        "PLUMBLINE_CONSOLE_CLAIMS_TARGET": staff,
    }
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    stand = Newsstand(home, settings, site)
    try:
        await _apply_topics(real_kafka)
        await stand.open()
        stand.report = await stand.morning()
        yield stand
    finally:
        await stand.close()
        await site.stop()
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


async def _apply_topics(kafka: RealKafka) -> None:
    from shared.host import TOPICS
    from shared.kafka import Cluster, Topics, read_topics

    await Topics(Cluster(kafka.bootstrap)).apply(read_topics(TOPICS))
