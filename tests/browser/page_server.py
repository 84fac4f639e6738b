"""A loopback server for pages under test: they are served with the product's own headers and static files."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from shared.web import Assets, asset_headers, page_headers


class PageServer:
    """Answers `pages` by path, files by path, static files gzipped, and a live stream that tests can speak into."""

    def __init__(
        self, assets: Assets, pages: Mapping[str, Callable[[web.Request], str]], files: Mapping[str, Path]
    ) -> None:
        self.hits: Counter[str] = Counter()
        self.posts: list[dict[str, str]] = []
        self.base_url = ""
        self._assets, self._pages, self._files = assets, pages, files
        self._streams: set[asyncio.Queue[str | None]] = set()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._get)
        app.router.add_post("/{path:.*}", self._post)
        # A page that is closed ends its stream at once: nobody listens any more.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in self._streams:
            stream.put_nowait(None)
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def listening(self) -> int:
        """How many live streams are open."""
        return len(self._streams)

    def tell(self, event: str, data: str) -> int:
        """Send one event to every open stream; returns how many there were."""
        for stream in self._streams:
            stream.put_nowait(f"event: {event}\ndata: {data}\n\n")
        return len(self._streams)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self.hits[request.path] += 1
        if request.path.endswith("/live"):
            return await self._stream(request)
        if asset := self._assets.find(request.path):
            body = asset.gzipped or asset.body
            return web.Response(body=body, headers=asset_headers(asset.content_type, gzipped=asset.gzipped is not None))
        if path := self._files.get(request.path):
            return web.FileResponse(path)
        if page := self._pages.get(request.path):
            answer = web.Response(text=page(request), content_type="text/html", headers=page_headers())
            answer.enable_compression()
            return answer
        raise web.HTTPNotFound

    async def _post(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.posts.append({"path": request.path, **{name: str(value) for name, value in form.items()}})
        raise web.HTTPSeeOther(str(request.headers["referer"]))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "no-store"})
        stream: asyncio.Queue[str | None] = asyncio.Queue()
        self._streams.add(stream)
        try:
            await answer.prepare(request)
            while (text := await stream.get()) is not None:
                await answer.write(text.encode())
        finally:
            self._streams.discard(stream)
        return answer
