"""Several services in one process: what happens when one of them cannot be prepared."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from shared.host import Host
from shared.local.postgres import EmbeddedPostgres
from shared.service import Resources, Service, ServiceSpec
from shared.settings import KitSettings


class _Settings(BaseSettings):
    pass


class _Broken(Exception):
    pass


async def test_a_service_that_cannot_be_prepared_leaves_nothing_open_behind_it(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    told: list[str] = []
    failed = asyncio.Event()

    def sound(_settings: Any, _resources: Resources) -> Service:
        async def opens() -> None:
            await failed.wait()
            await asyncio.sleep(0.05)
            told.append("opened")

        async def closes() -> None:
            told.append("closed")

        return Service("host_sound", before_start=opens, on_stop=closes)

    def broken(_settings: Any, _resources: Resources) -> Service:
        failed.set()
        raise _Broken

    folder = tmp_path / "migrations"
    folder.mkdir()
    specs = [ServiceSpec("host_sound", _Settings, sound, folder), ServiceSpec("host_broken", _Settings, broken, folder)]
    settings = KitSettings(
        home=tmp_path, database_url=postgres_server.dsn(), kafka_bootstrap_servers="127.0.0.1:1", telemetry=False
    )
    with pytest.raises(_Broken):
        await Host(specs, settings).start()
    assert told == ["opened", "closed"]
