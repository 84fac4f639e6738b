"""The guarded fetcher: the one place that opens a connection to an address somebody else chose.

Each hop's address is vetted at the moment its socket is made, so neither a name that changes its mind between look-up
and connection nor a redirect reaches the inside of a network. Sizes and time are limited before anything is parsed,
and parsing happens in a process of its own.
"""

from __future__ import annotations

import asyncio
import socket
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import AddrInfoType

from services.verification.address_guard import NO_EXCEPTIONS, Allowed, forbidden_address, forbidden_url
from services.verification.sandbox import FetchFailed, FetchProblem, PageText, Sandbox

MOST_REDIRECTS = 3
WIRE_BYTES = 5_000_000
INFLATED_BYTES = 10_000_000
TOTAL_SECONDS = 10.0
AT_ONCE = 8
AT_ONCE_PER_HOST = 2
AGENT = "Plumbline/0.1 (fact-checking; reads pages an article cites)"
READABLE = frozenset({"text/html", "application/xhtml+xml", "text/plain", "application/pdf"})
PAGES = {"Accept": "text/html,application/pdf;q=0.9,text/plain;q=0.8"}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({404, 410, 451})


@dataclass(frozen=True, slots=True)
class Response:
    """A body as received: `url` is where it was found after redirects, `charset` what the server said."""

    url: str
    content_type: str
    charset: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Ask:
    """How to ask: with which headers and body, and whether to stay with one origin."""

    headers: Mapping[str, str]
    body: bytes | None = None
    origin: bool = False


class _Forbidden(OSError):
    """Raised where a socket would be made; an OSError, because that is what a connector passes on untouched."""


class Fetcher:
    """Gets pages from the web and reads them. One per process; `close` it."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        allowed: Allowed | None = None,
        resolver: Callable[[], AbstractResolver] | None = None,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._sandbox = sandbox
        self._allowed = allowed or NO_EXCEPTIONS
        self._resolver = resolver
        self._total = total_seconds
        self._session: aiohttp.ClientSession | None = None

    async def page(self, url: str, *, markup: bool = False) -> tuple[str, PageText]:
        """(final address, what the page says). `markup` asks for its ClaimReview objects too. Raises FetchFailed."""
        found = await self.get(url)
        if found.content_type not in READABLE:
            raise FetchFailed(FetchProblem.UNSUPPORTED, f"{found.content_type or 'no type'} is not a page")
        read = await self._sandbox.read(
            found.body, url=found.url, content_type=found.content_type, charset=found.charset, markup=markup
        )
        return found.url, read

    async def read(
        self, body: bytes, *, url: str, content_type: str, charset: str = "", within: str = "page"
    ) -> PageText:
        """What a body says that came another way. Raises FetchFailed."""
        return await self._sandbox.read(body, url=url, content_type=content_type, charset=charset, within=within)

    async def get(self, url: str) -> Response:
        """The body behind an address, at most 5 MB on the wire and 10 MB inflated, within 10 s. Raises FetchFailed."""
        return await self._fetch(url, _Ask(PAGES))

    async def ask(self, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Response:
        """What a provider answers, within the same limits. Keys travel in `headers`, so a redirect to another origin is
        refused. With a `body` it is a POST, which follows no redirect. Raises FetchFailed."""
        return await self._fetch(url, _Ask({"Accept": "*/*", **(headers or {})}, body, origin=True))

    async def _fetch(self, url: str, ask: _Ask) -> Response:
        try:
            async with asyncio.timeout(self._total):
                return await self._hops(url, ask)
        except TimeoutError as error:
            raise FetchFailed(FetchProblem.TIMED_OUT, f"no complete answer within {self._total:g} s") from error
        except aiohttp.ClientError as error:
            raise _failure(error) from error
        except (OSError, ValueError) as error:
            raise FetchFailed(FetchProblem.UNREACHABLE, type(error).__name__) from error

    async def _hops(self, url: str, ask: _Ask) -> Response:
        session, method = self._open(), "GET" if ask.body is None else "POST"
        for _ in range(MOST_REDIRECTS + 1):
            if reason := forbidden_url(url, self._allowed):
                raise FetchFailed(FetchProblem.BAD_ADDRESS, reason)
            async with session.request(
                method, url, headers=ask.headers, data=ask.body, allow_redirects=False
            ) as answer:
                if answer.status not in REDIRECTS:
                    return await self._received(answer)
                to = urljoin(str(answer.url), answer.headers.get("Location", "").strip())
                if ask.origin and (ask.body is not None or _origin(to) != _origin(url)):
                    raise FetchFailed(FetchProblem.REFUSED, "a redirect to another place")
                url = to
        raise FetchFailed(FetchProblem.TOO_MANY_REDIRECTS, f"more than {MOST_REDIRECTS} redirects")

    async def _received(self, answer: aiohttp.ClientResponse) -> Response:
        if answer.status in GONE:
            raise FetchFailed(FetchProblem.GONE, f"status {answer.status}")
        if answer.status != 200:
            wait = _retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC))
            raise FetchFailed(FetchProblem.REFUSED, f"status {answer.status}", wait)
        if (answer.content_length or 0) > WIRE_BYTES:
            raise FetchFailed(FetchProblem.TOO_LARGE, f"more than {WIRE_BYTES // 1_000_000} MB")
        body = bytearray()
        async for piece in _inflated(_counted(answer), answer.headers.get("Content-Encoding", "")):
            body += piece
            if len(body) > INFLATED_BYTES:
                raise FetchFailed(FetchProblem.TOO_LARGE, f"more than {INFLATED_BYTES // 1_000_000} MB inflated")
        return Response(str(answer.url), answer.content_type, answer.charset or "", bytes(body))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(
                resolver=self._resolver() if self._resolver else aiohttp.ThreadedResolver(),
                socket_factory=self._socket,
                use_dns_cache=False,
                force_close=True,
                limit=AT_ONCE,
                limit_per_host=AT_ONCE_PER_HOST,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={
                    "User-Agent": AGENT,
                    "Accept-Encoding": "gzip, deflate",
                },
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=self._total, connect=5.0),
            )
        return self._session

    def _socket(self, address: AddrInfoType) -> socket.socket:
        """The last word: called with the very address a connection is about to be made to, on every hop."""
        family, kind, protocol, _, place = address
        host, port = str(place[0]), int(place[1])
        if reason := forbidden_address(host, port, self._allowed):
            raise _Forbidden(reason)
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """End its connections. The sandbox belongs to whoever made it."""
        if self._session is not None:
            await self._session.close()


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def _retry_after(value: str, now: datetime) -> float | None:
    """Seconds from either form of the header; None when it says nothing that can be used."""
    if value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


def _failure(error: aiohttp.ClientError) -> FetchFailed:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _Forbidden):
            return FetchFailed(FetchProblem.FORBIDDEN_ADDRESS, str(cause))
        cause = cause.__cause__
    if isinstance(error, aiohttp.InvalidURL):
        return FetchFailed(FetchProblem.BAD_ADDRESS, "not a web address")
    return FetchFailed(FetchProblem.UNREACHABLE, type(error).__name__)


async def _counted(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The bytes on the wire. Raises FetchFailed once there are too many."""
    received = 0
    async for piece in answer.content.iter_chunked(64 * 1024):
        received += len(piece)
        if received > WIRE_BYTES:
            raise FetchFailed(FetchProblem.TOO_LARGE, f"more than {WIRE_BYTES // 1_000_000} MB")
        yield piece


async def _inflated(pieces: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """The body's own bytes; never more than 1 MB at a time, so that no bomb goes off in memory."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        async for piece in pieces:
            yield piece
        return
    if name not in ("gzip", "x-gzip", "deflate"):
        raise FetchFailed(FetchProblem.UNSUPPORTED, "an encoding that was not asked for")
    inflate: Any = None
    async for piece in pieces:
        waiting = piece
        while waiting:
            if inflate is None:  # also at the start of each further gzip member
                inflate = zlib.decompressobj(_window(name, waiting))
            try:
                yield inflate.decompress(waiting, 1_000_000)
            except zlib.error as error:
                raise FetchFailed(FetchProblem.UNREADABLE, "broken compression") from error
            waiting = inflate.unconsumed_tail
            if inflate.eof:
                waiting, inflate = inflate.unused_data, None


def _window(encoding: str, first: bytes) -> int:
    if encoding != "deflate":
        return zlib.MAX_WBITS | 16
    # "deflate" is sent both with and without the zlib header; 0x78 is how nearly every header begins
    return zlib.MAX_WBITS if first[:1] == b"\x78" else -zlib.MAX_WBITS
