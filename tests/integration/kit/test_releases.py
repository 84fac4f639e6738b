"""Two releases side by side on one database, in either direction (promise D9; the rule is in docs/runbooks/upgrade.md).

A column is renamed over four releases, as it has to be done: added beside the old one and written twice, read from
the new one alone, and the old one dropped only when no release that may still run needs it.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from plumbline.events.v1.article_pb2 import Article
from pydantic_settings import BaseSettings

from shared.consumer import Hears
from shared.events import version_of
from shared.inbox import EventWork
from shared.kafka import Cluster
from shared.runtime import Running
from shared.service import Resources, Service, ServiceSpec
from shared.testing.kit import Stage
from shared.testing.records import deliver, record
from tests.sample.newsroom import article

TOPIC = "releases.article"
FIRST = "CREATE TABLE story (id text PRIMARY KEY, counter bigint NOT NULL, title text NOT NULL);"
EXPAND = "ALTER TABLE story ADD COLUMN headline text; ALTER TABLE story ALTER COLUMN title SET DEFAULT '';"
CONTRACT = "UPDATE story SET headline = title WHERE headline IS NULL; ALTER TABLE story DROP COLUMN title;"
SCHEMAS = {"0001_init.sql": FIRST, "0002_expand.sql": EXPAND, "0003_contract.sql": CONTRACT}


@dataclass(frozen=True, slots=True)
class Release:
    """What one release writes and reads of a story's words, and how far its migrations go."""

    name: str
    migrations: int
    written: str
    read: str


RELEASES = (
    Release("1", 1, "title = $3", "title"),
    Release("2", 2, "title = $3, headline = $3", "coalesce(headline, title)"),
    Release("3", 2, "headline = $3", "coalesce(headline, title)"),
    Release("4", 3, "headline = $3", "headline"),
)
TOO_SOON = Release("too soon", 3, "headline = $3", "headline")


async def store(release: Release, event: Article, work: EventWork) -> None:
    version = version_of(event.version)
    async with work.once() as tx:
        columns = [assigned.split(" = ")[0] for assigned in release.written.split(", ")]
        await tx.execute(
            f"INSERT INTO story (id, counter, {', '.join(columns)}) VALUES ($1, $2{', $3' * len(columns)})"
            f" ON CONFLICT (id) DO UPDATE SET counter = $2, {release.written} WHERE story.counter < $2",
            event.article_id,
            version.counter,
            event.title,
        )


Start = Callable[[Release], Awaitable[Running]]


@pytest.fixture
def start(stage: Stage, unique_name: str, tmp_path: Path) -> Start:
    """Start an instance of a release on the one database of this test, as a roll-out does: it migrates first."""

    def build(release: Release, _settings: Any, resources: Resources) -> Service:
        hears = (Hears(TOPIC, Article, partial(store, release)),)
        return Service(resources.outbox.service, hears=hears)

    async def begin(release: Release) -> Running:
        folder = tmp_path / f"release-{release.name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in sorted(SCHEMAS)[: release.migrations]:
            (folder / name).write_text(SCHEMAS[name])
        spec = ServiceSpec(f"stories_{unique_name}", BaseSettings, partial(build, release), folder)
        return await stage.prepare(spec, stage.surroundings(Cluster("127.0.0.1:1")))

    return begin


async def tell(running: Running, story: str, counter: int) -> None:
    await deliver(running, [record(TOPIC, article(story, counter), subject=story)])


async def words(running: Running, release: Release) -> dict[str, str]:
    return {
        row["id"]: row["words"]
        for row in await running.resources.db.fetch(f"SELECT id, {release.read} AS words FROM story")
    }


async def side_by_side(start: Start, before: Release, after: Release) -> tuple[Running, int]:
    """Roll out, hand events to both in turn, roll back; returns an instance of `after` and the dead letters."""
    old = await start(before)
    await tell(old, "a", 1)
    new = await start(after)
    for counter in range(2, 10):
        await tell((old, new)[counter % 2], "a", counter)
        await tell((new, old)[counter % 2], "b", counter)
    back = await start(before)
    await tell(back, "c", 1)
    await tell(new, "c", 1)
    return new, await new.resources.db.fetchval("SELECT count(*) FROM dead_letter")


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(RELEASES)), ids=lambda release: release.name)
async def test_D9_two_neighbouring_releases_work_on_one_database(start: Start, before: Release, after: Release) -> None:
    new, dead = await side_by_side(start, before, after)
    assert dead == 0
    assert await new.resources.db.fetchval("SELECT min(counter) FROM story WHERE id <> 'c'") == 9


async def test_D9_a_whole_rename_keeps_every_word(start: Start) -> None:
    for number, release in enumerate(RELEASES, 1):
        running = await start(release)
        await tell(running, f"s{number}", number)
        found = await words(running, release)
        assert found == {f"s{n}": f"s{n} v{n}" for n in range(1, number + 1)}


async def test_D9_a_column_dropped_one_release_too_soon_shows(start: Start) -> None:
    _, dead = await side_by_side(start, RELEASES[1], TOO_SOON)
    assert dead > 0, "this is what the other tests would have to notice"
