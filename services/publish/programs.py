"""What programs and open pages fetch: the panel, its changes as they happen, recordings, files, and Verify now."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from services.publish import presenting, reading, requesting
from services.publish.api import Pages, uuid_of
from services.publish.live import Moment, Watchers
from services.publish.model import Publication
from services.publish.pages import render_panel_fragment
from services.publish.panel_json import panel_json
from shared.errors import NotFound
from shared.pseudonyms import ReaderQuota
from shared.web.assets import Assets
from shared.web.headers import asset_headers

HEARTBEAT_SECONDS = 15.0
AUDIO_TYPES = {"opus": "audio/ogg; codecs=opus", "mp3": "audio/mpeg", "vtt": "text/vtt; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Programs:
    """The routes that answer with data."""

    pages: Pages
    assets: Assets
    watchers: Watchers
    fresh_checks: ReaderQuota

    def routes(self) -> tuple[BaseRoute, ...]:
        return (
            Route("/articles/{article_id}/panel", self.panel),
            Route("/articles/{article_id}/live", self.live),
            Route("/articles/{article_id}/verify", self.verify, methods=["POST"]),
            Route("/articles/{article_id}/audio.{kind}", self.audio),
            Route(f"{self.assets.mount}/{{path:path}}", self.static),
        )

    async def panel(self, request: Request) -> Response:
        publication = await self.pages.publication(request)
        if publication.panel is None:
            raise NotFound("panel")
        etag = f'"{publication.revision}"'
        headers = {"etag": etag, "cache-control": "no-cache", "access-control-allow-origin": "*"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        scheme = presenting.scheme_of(await self.pages.resources.directory.site(UUID(publication.site_id)))
        return JSONResponse(panel_json(publication.panel, publication.revision, scheme), headers=headers)

    async def verify(self, request: Request) -> Response:
        publication = await self.pages.publication(request)
        found, reader = self.pages.resources, self.pages.reader_behind(request)
        asked = await requesting.ask(
            found,
            UUID(publication.article_id),
            UUID(publication.site_id),
            lambda: self.fresh_checks.take(reader, found.clock.monotonic()),
        )
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"/articles/{publication.article_id}?asked=1#fact-checker", status_code=303)
        return JSONResponse({"request_id": str(asked.request_id), "joined": asked.joined}, status_code=202)

    async def audio(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in AUDIO_TYPES:
            raise NotFound("recording")
        found = await reading.audio_bytes(
            self.pages.resources.db, uuid_of(request.path_params["article_id"], "article"), kind
        )
        if found is None:
            raise NotFound("recording")
        body, text_sha256 = found
        headers = {"etag": f'"{text_sha256[:16]}-{kind}"', "cache-control": "public, max-age=3600"}
        return _ranged(request, body, AUDIO_TYPES[kind], headers)

    async def static(self, request: Request) -> Response:
        asset = self.assets.find(request.url.path)
        if asset is None:
            raise NotFound("file")
        zipped = asset.gzipped is not None and "gzip" in request.headers.get("accept-encoding", "")
        body = asset.gzipped if zipped and asset.gzipped is not None else asset.body
        return Response(body, headers=asset_headers(asset.content_type, gzipped=zipped))

    async def live(self, request: Request) -> Response:
        publication = await self.pages.publication(request)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._events(request, publication), media_type="text/event-stream", headers=headers)

    async def _events(self, request: Request, first: Publication) -> AsyncIterator[str]:
        """Panels as they change and the number of new comments; a comment line when nothing happens."""
        article_id = UUID(first.article_id)
        known = Moment(comments=await reading.comment_count(self.pages.resources.db, article_id))
        version = request.query_params.get("version", "")
        yield "retry: 3000\n\n"
        async with self.watchers.watch(article_id) as queue:
            while True:
                try:
                    now = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": nothing new\n\n"
                    continue
                if now.comments > known.comments:
                    yield _event("comments", {"added": now.comments - known.comments})
                moved = (now.revision, now.done, now.total) != (known.revision, known.done, known.total)
                known = now
                publication = await reading.publication(self.pages.resources.db, article_id) if moved else None
                if publication is None:
                    continue
                page = await self.pages.reader_page(request, publication)
                if page.panel.version == version and page.panel.progress is None:
                    continue
                version = page.panel.version
                html = render_panel_fragment(self.pages.environment, page)
                yield _event("panel", {"version": version, "html": html})


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _ranged(request: Request, body: bytes, content_type: str, headers: dict[str, str]) -> Response:
    """The whole body, or the one byte range that was asked for (206); players seek with it."""
    headers = headers | {"accept-ranges": "bytes"}
    unit, _, spec = request.headers.get("range", "").partition("=")
    first, dash, last = spec.partition("-")
    if unit != "bytes" or not dash or "," in spec or not (first.isdecimal() or last.isdecimal()):
        return Response(body, media_type=content_type, headers=headers)
    if first.isdecimal():
        start, end = int(first), min(int(last) if last.isdecimal() else len(body) - 1, len(body) - 1)
    else:
        start, end = max(0, len(body) - int(last)), len(body) - 1
    if start > end:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{len(body)}"})
    headers["content-range"] = f"bytes {start}-{end}/{len(body)}"
    return Response(body[start : end + 1], status_code=206, media_type=content_type, headers=headers)
