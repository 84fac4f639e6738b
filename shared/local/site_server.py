"""A folder of files as a web site on loopback: for demonstrations and tests that must really fetch their pages.

In text files the word `{base}` stands for the server's own address, which is not known before it listens.
A `site.json` in the folder may name collections: one page for every item of a JSON file, rendered by a template of
the folder. Neither it nor anything under a name that starts with `_` or `.` is served.
"""

from __future__ import annotations

import json
import mimetypes
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

BASE = "{base}"
SETTINGS = "site.json"
_TEXT = frozenset({".html", ".json", ".txt", ".xml", ".css", ".js", ".svg", ".md"})


@dataclass(frozen=True, slots=True)
class SitePage:
    """What is answered at one address."""

    body: bytes
    content_type: str
    modified: datetime


class SiteServer:
    """Serves one folder until stopped. `hits` counts answered requests by path, so a test can show what was fetched."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.folder = folder
        self.hits: Counter[str] = Counter()
        self._host = host
        self._port = port
        self._pages: Mapping[str, SitePage] = {}
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`, without a slash at the end."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen, then read the folder. Raises OSError when the port is taken, ValueError for a broken site.json."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
            self._port = int(self._runner.addresses[0][1])
            self._pages = read_site(self.folder, self.base_url)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening; harmless when not started."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _answer(self, request: web.Request) -> web.Response:
        page = self._pages.get(request.path) or self._pages.get(request.path.rstrip("/") + "/index.html")
        if page is None:
            raise web.HTTPNotFound(text="There is no such page here.\n")
        self.hits[request.path] += 1
        headers = {"Last-Modified": format_datetime(page.modified, usegmt=True), "Content-Type": page.content_type}
        since = request.if_modified_since
        if since is not None and page.modified <= since:
            return web.Response(status=304, headers=headers)
        return web.Response(body=page.body, headers=headers)


def read_site(folder: Path, base_url: str) -> dict[str, SitePage]:
    """Every page of the folder by path, collections rendered. Paths are exact, so nothing outside can be reached."""
    pages: dict[str, SitePage] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name.as_posix() != SETTINGS and not any(part[0] in "._" for part in name.parts):
            pages["/" + name.as_posix()] = _read(path, base_url)
    settings = folder / SETTINGS
    if settings.exists():
        environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
        for collection in json.loads(settings.read_text("utf-8"))["collections"]:
            pages.update(_render_collection(folder, base_url, environment, collection))
    return pages


def _read(path: Path, base_url: str) -> SitePage:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix in _TEXT:
        body = body.replace(BASE.encode(), base_url.encode())
        kind += "; charset=utf-8"
    return SitePage(body, kind, _modified(path))


def _render_collection(
    folder: Path, base_url: str, environment: Environment, collection: Mapping[str, str]
) -> Iterator[tuple[str, SitePage]]:
    source = folder / collection["data"]
    content = json.loads(source.read_text("utf-8").replace(BASE, base_url))
    template = environment.get_template(collection["template"])
    modified = max(_modified(source), _modified(folder / collection["template"]))
    for item in _at(content, collection["items"]):
        address = str(_at(item, collection["address"]))
        if not address.startswith(base_url + "/"):
            raise ValueError(f"{SETTINGS}: {address} of {collection['data']} is not an address of this site")
        body = template.render(item=item).encode()
        yield address.removeprefix(base_url), SitePage(body, "text/html; charset=utf-8", modified)


def _at(value: Any, path: str) -> Any:
    """The value at a dotted path; a number picks from a list. Raises ValueError naming the path when it leads nowhere."""
    try:
        for step in path.split("."):
            value = value[int(step)] if isinstance(value, list) else value[step]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ValueError(f"{SETTINGS}: nothing at {path!r}") from error
    return value


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
