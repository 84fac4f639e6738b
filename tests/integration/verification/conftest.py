"""Verification on a real database, with a small web of its own to fetch from."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.verification.sandbox import Sandbox
from shared.local.site_server import SiteServer
from shared.retrieval.encoder import Encoder, EncoderCache, ensure_encoder
from shared.testing.kit import Stage
from tests.integration.verification.room import Room, open_room

WEB = Path(__file__).parent / "web"


@pytest.fixture(scope="session")
def encoder() -> EncoderCache:
    """The product's own sentence encoder, built at first use."""
    ensure_encoder()
    return EncoderCache(Encoder())


@pytest_asyncio.fixture
async def web(tmp_path: Path) -> AsyncIterator[SiteServer]:
    """The pages of `web/`, on loopback; a test may change its copy and start it anew."""
    folder = tmp_path / "web"
    shutil.copytree(WEB, folder)
    server = SiteServer(folder)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest_asyncio.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """One reader process for all tests; a test that hurts it costs a restart."""
    reader = Sandbox()
    yield reader
    await reader.close()


@pytest_asyncio.fixture
async def room(stage: Stage, web: SiteServer, encoder: EncoderCache, sandbox: Sandbox) -> AsyncIterator[Room]:
    """Verification, prepared; its jobs run when the test says so."""
    async with open_room(stage, web.base_url, encoder, sandbox) as opened:
        yield opened
