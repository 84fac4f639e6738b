"""A directory on a real Postgres, as every service keeps it, and telemetry that can be read."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.clock import SystemClock
from shared.directory import Directory
from shared.postgres import PLATFORM, Database, migrate
from shared.testing.kit import Observed


@pytest.fixture
def observed() -> Observed:
    return Observed("door")


@pytest_asyncio.fixture
async def db(database: str) -> AsyncIterator[Database]:
    opened = await Database.connect(database, size=2)
    await migrate(opened, ("platform", PLATFORM))
    yield opened
    await opened.close()


@pytest.fixture
def directory(db: Database) -> Directory:
    return Directory(db, SystemClock())
