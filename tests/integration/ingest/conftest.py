from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.local.postgres import EmbeddedPostgres
from shared.testing.kit import Stage
from tests.integration.ingest.door import Door, begin, serve


@pytest_asyncio.fixture(scope="module")
async def open_door(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    stage = Stage(postgres_server, tmp_path_factory.mktemp("ingest"))
    try:
        async with serve(stage) as found:
            yield found
    finally:
        await stage.close()


@pytest_asyncio.fixture
async def door(open_door: Door) -> Door:
    """Ingest with empty tables and one source, `cms`."""
    await begin(open_door)
    return open_door
