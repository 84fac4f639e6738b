"""S3: what large, slow and hostile pages cost, and how honest ones are read."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import zlib
from typing import Any

import psutil
import pytest
from aiohttp import web as aioweb

from services.verification.address_guard import Allowed
from services.verification.fetcher import INFLATED_BYTES, Fetcher
from services.verification.page_reader import CPU_SECONDS
from services.verification.sandbox import FetchFailed, FetchProblem, Sandbox
from tests.integration.verification.listener import PAGE, WORDS, Listener, problem_of


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate"])
async def test_S3_compressed_pages_are_read(let_in: Fetcher, listener: Listener, encoding: str) -> None:
    raw = zlib.compressobj(wbits=-15)
    body = PAGE.format(WORDS).encode()
    packed = {
        "gzip": gzip.compress(body[:100]) + gzip.compress(body[100:]),
        "deflate": zlib.compress(body),
        "raw deflate": raw.compress(body) + raw.flush(),
    }[encoding]
    url = listener.sends("/z", packed, **{"Content-Encoding": encoding.split()[-1]})
    assert (await let_in.page(url))[1].title == "Quiet page"


async def test_S3_a_gzip_bomb_stops_at_the_limit_in_little_memory(let_in: Fetcher, listener: Listener) -> None:
    bomb = gzip.compress(b"\0" * 400_000_000, compresslevel=9)
    url = listener.sends("/bomb", bomb, **{"Content-Encoding": "gzip"})
    before = psutil.Process().memory_info().rss
    assert await problem_of(let_in, url) is FetchProblem.TOO_LARGE
    assert psutil.Process().memory_info().rss - before < 3 * INFLATED_BYTES


@pytest.mark.parametrize("declared", [True, False])
async def test_S3_a_large_body_is_refused_declared_or_not(let_in: Fetcher, listener: Listener, declared: bool) -> None:
    async def answer(request: aioweb.Request) -> aioweb.StreamResponse:
        if declared:
            return aioweb.Response(body=b"x" * 6_000_000, content_type="text/html")
        stream = aioweb.StreamResponse(headers={"Content-Type": "text/html"})
        await stream.prepare(request)
        for _ in range(60):
            await stream.write(b"x" * 100_000)
        return stream

    listener.answers["/large"] = answer
    assert await problem_of(let_in, listener.url("/large")) is FetchProblem.TOO_LARGE


async def test_S3_a_slow_drip_ends_when_the_time_is_up(sandbox: Sandbox, listener: Listener) -> None:
    async def answer(request: aioweb.Request) -> aioweb.StreamResponse:
        stream = aioweb.StreamResponse(headers={"Content-Type": "text/html"})
        await stream.prepare(request)
        for _ in range(600):
            await stream.write(b"x")
            await asyncio.sleep(0.05)
        return stream

    listener.answers["/drip"] = answer
    fetcher = Fetcher(sandbox, allowed=Allowed.parse([f"127.0.0.1:{listener.port}"]), total_seconds=0.5)
    try:
        assert await problem_of(fetcher, listener.url("/drip")) is FetchProblem.TIMED_OUT
    finally:
        await fetcher.close()


HOSTILE = {
    "attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x</p>",
    "bare attributes": b"<p " + b" ".join(b"a%d" % n for n in range(200_000)) + b">x</p>",
    "quoted bracket": b'<p t=">" ' + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x</p>",
    "nesting": b"<div>" * 200_000 + b"x",
    "unclosed": b"<b><i>" * 100_000 + b"x",
    "open brackets": b"<" * 2_000_000,
    "entities": b"&lt;" * 500_000,
    "comment": b"<!--" * 300_000,
    "tables": b"<table><tr><td>" * 60_000,
}


REFUSED = ("attributes", "bare attributes", "quoted bracket", "nesting", "unclosed")


@pytest.mark.parametrize("name", HOSTILE)
async def test_S3_a_hostile_page_costs_little_and_hurts_no_later_one(
    let_in: Fetcher, listener: Listener, sandbox: Sandbox, name: str
) -> None:
    await let_in.page(listener.url("/before"))
    assert sandbox._process is not None
    reader = psutil.Process(sandbox._process.pid)
    spent = sum(reader.cpu_times()[:2])
    url = listener.sends("/hostile", HOSTILE[name])
    with contextlib.suppress(FetchFailed):  # refused, or read within its limit: both are fine
        await let_in.page(url)
        assert sum(reader.cpu_times()[:2]) - spent <= CPU_SECONDS + 1.5
    if name in REFUSED:
        assert await problem_of(let_in, url) in (FetchProblem.HOSTILE, FetchProblem.TOO_EXPENSIVE)
    assert (await let_in.page(listener.url("/after")))[1].title == "Quiet page"


async def test_S3_a_page_that_never_ends_in_the_parser_costs_its_limit_and_a_restart(sandbox: Sandbox) -> None:
    reader = Sandbox(wall_seconds=8.0)
    try:
        body = PAGE.format(WORDS).encode()
        ask: dict[str, Any] = {"url": "http://x.example/", "content_type": "text/html", "charset": ""}
        await reader.read(body, **ask)
        assert reader._process is not None
        first = reader._process.pid
        psutil.Process(first).kill()
        with pytest.raises(FetchFailed):
            await reader.read(body, **ask)
        assert (await reader.read(body, **ask)).title == "Quiet page"
        assert reader._process.pid != first
    finally:
        await reader.close()


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("<p>Über 3 €</p>".encode("windows-1252"), "text/html; charset=windows-1252", "Über 3 €"),
        ('<meta charset="iso-8859-15"><p>Über 3 €</p>'.encode("iso-8859-15"), "text/html", "Über 3 €"),
        ("<p>Über 3 €</p>".encode(), "text/html; charset=nonsense", "Über 3 €"),
        ("<p>Über 3 €</p>".encode(), "text/html; charset=ascii", "Über 3 €"),
        ("<p>Über 3 €</p>".encode("utf-16"), "text/html", "Über 3 €"),
        ("Über 3 €".encode(), "text/plain; charset=utf-8", "Über 3 €"),
        (b"<p>nul \0 and \xed\xa0\x80 surrogate</p>", "text/html", "nul"),
    ],
)
async def test_pages_are_read_in_the_characters_they_were_written_in(
    let_in: Fetcher, listener: Listener, body: bytes, kind: str, words: str
) -> None:
    _, page = await let_in.page(listener.sends("/c", body, kind))
    assert words in page.text
    assert "\0" not in page.text
    page.text.encode()


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (404, FetchProblem.GONE),
        (410, FetchProblem.GONE),
        (403, FetchProblem.REFUSED),
        (429, FetchProblem.REFUSED),
        (500, FetchProblem.REFUSED),
    ],
)
async def test_a_status_is_told_apart_from_silence(
    let_in: Fetcher, listener: Listener, status: int, problem: FetchProblem
) -> None:
    async def answer(request: aioweb.Request) -> aioweb.StreamResponse:
        return aioweb.Response(status=status, text="no")

    listener.answers["/s"] = answer
    assert await problem_of(let_in, listener.url("/s")) is problem


async def test_what_is_no_page_is_refused(let_in: Fetcher, listener: Listener) -> None:
    assert await problem_of(let_in, listener.sends("/i", b"\x89PNG", "image/png")) is FetchProblem.UNSUPPORTED
    url = listener.sends("/b", b"x", **{"Content-Encoding": "br"})
    assert await problem_of(let_in, url) is FetchProblem.UNSUPPORTED
    url = listener.sends("/g", b"not gzip", **{"Content-Encoding": "gzip"})
    assert await problem_of(let_in, url) is FetchProblem.UNREADABLE


async def test_nothing_of_one_page_is_told_to_the_next(let_in: Fetcher, listener: Listener) -> None:
    seen: list[dict[str, str]] = []

    async def answer(request: aioweb.Request) -> aioweb.StreamResponse:
        seen.append(dict(request.headers))
        return aioweb.Response(text=PAGE.format(WORDS), content_type="text/html", headers={"Set-Cookie": "id=1"})

    listener.answers["/k"] = answer
    for _ in range(2):
        await let_in.page(listener.url("/k"))
    assert all("Cookie" not in each and "Referer" not in each and "Authorization" not in each for each in seen)
