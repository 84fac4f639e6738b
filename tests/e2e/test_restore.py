"""D12: a fresh installation, filled from a backup and by its own services, ends in the same panels."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.__main__ import NAMES, all_specs, spec
from shared.backup import backup
from shared.local.kafka import RealKafka
from shared.local.postgres import EmbeddedPostgres
from shared.republish import republish
from shared.restore import restore
from shared.settings import KitSettings
from shared.testing.kit import eventually
from shared.testing.patience import PATIENCE
from tests.e2e.conftest import ENCODER, Newsstand, _apply_topics, ports

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

LOST = "publish"
WITH_TIME = ("version", "updated_at", "revision")
_ARTICLES = "SELECT article_id FROM publication WHERE article IS NOT NULL ORDER BY article_id"
_COMMENTS = "SELECT comment_id, status, parent_id, author_name, body_html FROM comment ORDER BY comment_id"
_FACT_CHECKS = "SELECT fact_check_id, own, withdrawn, rating, claim FROM fact_check ORDER BY fact_check_id"


async def panels(stand: Newsstand) -> dict[str, dict[str, Any]]:
    """What readers' programs get for every article, without when it was told."""
    found = {}
    async with aiohttp.ClientSession() as reader:
        for row in await stand.running.running[LOST].resources.db.fetch(_ARTICLES):
            async with reader.get(f"{stand.url}/articles/{row['article_id']}/panel") as answer:
                panel = await answer.json() if answer.status == 200 else {}
            found[str(row["article_id"])] = {name: value for name, value in panel.items() if name not in WITH_TIME}
    return found


async def rows(stand: Newsstand, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await stand.running.running[LOST].resources.db.fetch(statement)]


def differing(found: dict[str, dict[str, Any]], wanted: dict[str, dict[str, Any]]) -> list[str]:
    """Where two sets of panels differ, for the message of a failure."""
    return [
        f"{article} {name}: {json.dumps(found.get(article, {}).get(name))[:200]} is not {json.dumps(value)[:200]}"
        for article, panel in wanted.items()
        for name, value in panel.items()
        if found.get(article, {}).get(name) != value
    ] + sorted(found.keys() - wanted.keys())


async def test_D12_a_fresh_installation_ends_in_the_same_panels(
    newsstand: Newsstand,
    own_postgres: EmbeddedPostgres,
    own_kafka: RealKafka,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The hardest case: Kafka is new, and the service readers see has lost its database altogether."""
    await newsstand.running.until_ready(seconds=PATIENCE)
    wanted = await panels(newsstand)
    assert newsstand.kept.article_id in wanted
    assert wanted[newsstand.kept.article_id]["complete"]
    comments, fact_checks = await rows(newsstand, _COMMENTS), await rows(newsstand, _FACT_CHECKS)
    assert comments
    assert newsstand.running.parts is not None
    await backup(all_specs(), newsstand.running.parts.server_dsn, tmp_path / "backup")

    home = tmp_path / "home"
    shutil.copytree(ENCODER, home / "models" / "encoder")
    shutil.copy(newsstand.home / "master.key", home)
    kept = [name for name in NAMES if name != LOST]
    await restore(all_specs(), own_postgres.dsn(), tmp_path / "backup", person="operator:test", only=kept)
    await _apply_topics(own_kafka)
    settings = KitSettings(
        home=home, database_url=own_postgres.dsn(), kafka_bootstrap_servers=own_kafka.bootstrap, **ports()
    )
    staff = f"127.0.0.1:{settings.staff_port}"
    monkeypatch.setenv("PLUMBLINE_CONSOLE_REVIEW_TARGET", staff)
    monkeypatch.setenv("PLUMBLINE_CONSOLE_MODERATION_TARGET", staff)
    monkeypatch.setenv("PLUMBLINE_CONSOLE_CLAIMS_TARGET", staff)
    fresh = Newsstand(home, settings, newsstand.site, newsstand.kept)
    try:
        await fresh.open()
        assert await panels(fresh) == {}
        for name in ("ingest", "claim_extraction", "verification", "comment"):
            resources = fresh.running.running[name].resources
            assert await republish(resources, spec(name).tells_again, person="operator:test") > 0

        async def same() -> bool:
            return not differing(await panels(fresh), wanted)

        try:
            await eventually(same, every=0.5)
        except AssertionError:
            raise AssertionError(differing(await panels(fresh), wanted)) from None
        await eventually(lambda: _equal(fresh, _COMMENTS, comments))
        await eventually(lambda: _equal(fresh, _FACT_CHECKS, fact_checks))
        versions = await fresh.running.running[LOST].resources.db.fetch(
            "SELECT article_epoch, panel_epoch FROM publication"
        )
        assert all(row["article_epoch"] == 2 for row in versions), "told in the new epoch"
        await fresh.running.until_ready(seconds=PATIENCE)
    finally:
        await fresh.close()


async def _equal(stand: Newsstand, statement: str, wanted: list[tuple[Any, ...]]) -> bool:
    return await rows(stand, statement) == wanted
