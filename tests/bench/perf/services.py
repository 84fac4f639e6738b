"""The product's services inside a bench: built and run as a process builds and runs them, with measured telemetry."""

from __future__ import annotations

import contextlib
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from plumbline.events.v1 import article_pb2

from services.claim_extraction import contract, handlers
from services.claim_extraction.app import SPEC as CLAIM_EXTRACTION
from services.claim_extraction.contract import Article
from services.claim_extraction.model import Findings
from shared.clock import SystemClock
from shared.consumer import Hears, Record
from shared.ids import TimeOrderedIds
from shared.kafka import Cluster
from shared.runtime import Running
from shared.service import OffLoop, Resources, Service, ServiceSpec, Surroundings
from shared.settings import KitSettings
from shared.telemetry.setup import Telemetry
from shared.vault import MasterKey


def stub_extraction(name: str, found: dict[str, Findings]) -> ServiceSpec:
    """Claim extraction as it is, but for its engine: the findings of each article are given."""

    async def extract(article: Article, _heard_at: Any) -> Findings:
        return found[article.article_id]

    def build(_settings: Any, _resources: Resources) -> Service:
        async def on_article(event: Article, work: Any) -> None:
            await handlers.on_article(extract, event, work)

        return Service(
            name=name,
            hears=(Hears(contract.ARTICLE_TOPIC, article_pb2.Article, on_article, contract.article),),
            says=contract.SAYS,
        )

    return ServiceSpec(name, CLAIM_EXTRACTION.settings, build, CLAIM_EXTRACTION.migrations)


def surroundings(
    home: Path,
    dsn: str,
    cluster: Cluster,
    *,
    endpoint: str,
    on_settled: Callable[[str, Record], None] | None = None,
) -> Surroundings:
    """What a process gives its services; telemetry goes to `endpoint`, logs are written and thrown away."""
    return Surroundings(
        settings=KitSettings(home=home, database_url=dsn, kafka_bootstrap_servers=cluster.bootstrap_servers),
        server_dsn=dsn,
        cluster=cluster,
        ids=TimeOrderedIds(),
        clock=SystemClock(),
        master=MasterKey(b"a key that opens only what the bench sealed"[:32]),
        telemetry=lambda service: Telemetry.of(service, endpoint=endpoint, out=io.StringIO()),
        off_loop=OffLoop(),
        encoder=_none,
        on_settled=on_settled,
    )


@contextlib.asynccontextmanager
async def running(spec: ServiceSpec, around: Surroundings) -> AsyncIterator[Running]:
    """A service from start to stop."""
    service = Running(spec, around)
    try:
        await service.prepare()
        await service.start()
        yield service
    finally:
        await service.stop()


def _none() -> Any:
    raise RuntimeError("a stub engine has no encoder")
