"""Records of the sample newsroom brought to their end together."""

from __future__ import annotations

from typing import Any

from shared.consumer import Delivery, GivenBack
from shared.gathering import Gathering
from shared.kafka import Cluster
from shared.runtime import Running
from shared.testing.patience import PATIENCE
from shared.testing.records import Heard, Still, delivery, record, told_by
from tests.sample.newsroom import Newsroom, article

NOWHERE = Cluster("127.0.0.1:1")
COMPANIES = "SELECT count(DISTINCT xmin::text) FROM inbox"


def of_article(newsroom: Newsroom, article_id: str, counter: int = 1, **changed: str) -> Heard:
    return record(newsroom.articles, article(article_id, counter), subject=article_id, changed=changed)


def some(newsroom: Newsroom, count: int = 5) -> list[Heard]:
    return [of_article(newsroom, f"a{number}") for number in range(count)]


async def settle(
    running: Running,
    records: list[Heard],
    to: Delivery | None = None,
    *,
    still: Still | None = None,
    gather_seconds: float = PATIENCE,
) -> list[Heard]:
    """Bring records to their end together; returns those reported as safe, in order."""
    settled: list[Any] = []
    gathering = Gathering(to or delivery(running), running.resources.outbox, gather_seconds=gather_seconds)
    try:
        await gathering.settle(records, still or Still(), settled.append)
    except GivenBack:
        settled.append(GivenBack)
    return settled


async def counted(running: Running, sql: str) -> Any:
    return await running.resources.db.fetchval(sql)


async def versions(running: Running) -> list[tuple[str, str]]:
    return sorted((each.key.decode(), str(each.envelope.version)) for each in await told_by(running) if each.key)
