"""A directory on a real Postgres, as every service keeps it, and telemetry that can be read."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.clock import SystemClock
from shared.directory import Directory
from shared.local.postgres import EmbeddedPostgres
from shared.postgres import PLATFORM, Database, migrate
from shared.testing.kit import Observed


@pytest.fixture
def observed() -> Observed:
    return Observed("door")


@pytest_asyncio.fixture(scope="module")
async def db(postgres_server: EmbeddedPostgres) -> AsyncIterator[Database]:
    """Shared by the tests of a file: each makes its own keys and signers."""
    name = f"doors_{uuid.uuid4().hex[:10]}"
    opened = await Database.connect(await postgres_server.create_database(name), size=2)
    await migrate(opened, ("platform", PLATFORM))
    yield opened
    await opened.close()
    await postgres_server.drop_database(name)


@pytest.fixture
def directory(db: Database) -> Directory:
    return Directory(db, SystemClock())
