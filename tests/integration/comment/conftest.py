from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.local.postgres import EmbeddedPostgres
from shared.testing.kit import Stage
from tests.integration.comment.desk import Desk, begin, serve


@pytest_asyncio.fixture(scope="module")
async def open_desk(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    patch = pytest.MonkeyPatch()
    patch.setenv("PLUMBLINE_COMMENT_PER_MINUTE", "600000")
    patch.setenv("PLUMBLINE_COMMENT_NETWORK_PER_MINUTE", "600000")
    stage = Stage(postgres_server, tmp_path_factory.mktemp("comment"))
    try:
        async with serve(stage) as found:
            yield found
    finally:
        await stage.close()
        patch.undo()


@pytest_asyncio.fixture
async def desk(open_desk: Desk) -> Desk:
    """Comment with empty tables and one article."""
    await begin(open_desk)
    return open_desk
