"""Verification on a real database, with a small web of its own to fetch from."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web as aioweb

from services.verification.address_guard import Allowed
from services.verification.fetcher import Fetcher
from services.verification.sandbox import Sandbox
from shared.local.site_server import SiteServer
from shared.retrieval.encoder import Encoder, EncoderCache, ensure_encoder
from shared.testing.kit import Stage
from shared.testing.patience import PATIENCE
from tests.integration.verification.listener import Listener
from tests.integration.verification.room import Room, open_room
from tests.integration.verification.serving import served
from tests.integration.verification.worlds import ProviderServer

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
    reader = Sandbox(wall_seconds=PATIENCE)
    yield reader
    await reader.close()


@pytest_asyncio.fixture
async def room(stage: Stage, web: SiteServer, encoder: EncoderCache, sandbox: Sandbox) -> AsyncIterator[Room]:
    """Verification, prepared; its jobs run when the test says so."""
    async with open_room(stage, web.base_url, encoder, sandbox) as opened:
        yield opened


@pytest_asyncio.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener()
    app = aioweb.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = aioweb.AppRunner(app)
    await runner.setup()
    site = aioweb.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    try:
        yield made
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture
async def guarded(sandbox: Sandbox, listener: Listener) -> AsyncIterator[Fetcher]:
    """A fetcher that may use the listener's port, but not its address."""
    fetcher = Fetcher(sandbox, allowed=Allowed.parse([f"*:{listener.port}"]), total_seconds=PATIENCE)
    yield fetcher
    await fetcher.close()


@pytest_asyncio.fixture
async def let_in(sandbox: Sandbox, listener: Listener) -> AsyncIterator[Fetcher]:
    """A fetcher that may reach the listener."""
    fetcher = Fetcher(sandbox, allowed=Allowed.parse([f"127.0.0.1:{listener.port}"]), total_seconds=PATIENCE)
    yield fetcher
    await fetcher.close()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ProviderServer]:
    """An outside provider, on loopback."""
    async with served(ProviderServer()) as made:
        yield made


@pytest_asyncio.fixture
async def door(sandbox: Sandbox, server: ProviderServer) -> AsyncIterator[Fetcher]:
    """A fetcher that may reach that provider."""
    fetcher = Fetcher(sandbox, allowed=Allowed.parse([f"127.0.0.1:{server.port}"]), total_seconds=PATIENCE)
    yield fetcher
    await fetcher.close()


@pytest_asyncio.fixture
async def hasty_door(sandbox: Sandbox, server: ProviderServer) -> AsyncIterator[Fetcher]:
    """The same with little time, for a provider that never comes to an end."""
    fetcher = Fetcher(sandbox, allowed=Allowed.parse([f"127.0.0.1:{server.port}"]), total_seconds=0.4)
    yield fetcher
    await fetcher.close()
