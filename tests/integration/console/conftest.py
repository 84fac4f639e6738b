"""A console per file of tests; every test finds it empty."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.local.postgres import EmbeddedPostgres
from shared.testing.kit import Stage
from tests.integration.console.house import House, open_house


@contextlib.asynccontextmanager
async def console(server: EmbeddedPostgres, factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    stage = Stage(server, factory.mktemp("console"))
    try:
        async with open_house(stage, uuid.uuid4().hex[:12]) as opened:
            yield opened
    finally:
        await stage.close()


@pytest_asyncio.fixture(scope="module")
async def open_console(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    async with console(postgres_server, tmp_path_factory) as opened:
        yield opened


@pytest_asyncio.fixture
async def house(open_console: House) -> AsyncIterator[House]:
    """Nobody works here yet, nothing was decided, nobody is throttled."""
    yield open_console
    await open_console.empty()


@pytest_asyncio.fixture
async def own_house(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A console of this test alone, which may take its key away."""
    async with console(postgres_server, tmp_path_factory) as opened:
        yield opened
