"""A handler of requests, served on loopback while a test runs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Protocol, TypeVar

from aiohttp import web as aioweb


class Answering(Protocol):
    port: int

    async def answer(self, request: aioweb.Request) -> aioweb.StreamResponse: ...


T = TypeVar("T", bound=Answering)


@contextlib.asynccontextmanager
async def served(made: T) -> AsyncIterator[T]:
    """Every path of a free port goes to `answer`; `port` is set."""
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
