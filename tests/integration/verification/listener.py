"""A web server on loopback that counts, for tests of the fetcher."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web as aioweb

from services.verification.fetcher import Fetcher
from services.verification.sandbox import FetchFailed, FetchProblem

PAGE = "<html><head><title>Quiet page</title></head><body><article><p>{}</p></article></body></html>"
WORDS = "The wreck lies at a depth of about 3,800 metres, as two surveys found. " * 5

Answer = Callable[[aioweb.Request], Awaitable[aioweb.StreamResponse]]


class Listener:
    """A web server on loopback, and every connection and request it saw."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.answers: dict[str, Answer] = {}
        self.port = 0

    async def answer(self, request: aioweb.Request) -> aioweb.StreamResponse:
        self.requests.append(request.path)
        if request.path in self.answers:
            return await self.answers[request.path](request)
        return aioweb.Response(text=PAGE.format(WORDS), content_type="text/html")

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def sends(self, path: str, body: bytes, kind: str = "text/html", **headers: str) -> str:
        """Answer with these bytes at a path; returns its address."""

        async def answer(request: aioweb.Request) -> aioweb.StreamResponse:
            return aioweb.Response(body=body, headers={"Content-Type": kind, **headers})

        self.answers[path] = answer
        return self.url(path)

    def redirects(self, path: str, to: str, status: int = 302) -> str:
        async def answer(request: aioweb.Request) -> aioweb.StreamResponse:
            return aioweb.Response(status=status, headers={"Location": to})

        self.answers[path] = answer
        return self.url(path)


async def problem_of(fetcher: Fetcher, url: str) -> FetchProblem:
    with pytest.raises(FetchFailed) as failed:
        await fetcher.page(url)
    return failed.value.problem
