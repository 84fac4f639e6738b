"""The guard as a plain ASGI application: headers, routes, caps."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, Router

from shared.http_guard import SAFE_HEADERS, Guard, route_template
from shared.telemetry.setup import Telemetry
from shared.web.headers import page_headers


async def page(_: Request) -> Response:
    return PlainTextResponse("x", headers=page_headers(cache="no-cache"))


async def item(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


ROUTES = [
    Route("/page", page),
    Route("/articles/{id}", page),
    Route("/articles/{id}/panel", page, methods=["POST"]),
    Mount("/feeds", routes=[Route("/{kind}", page)]),
    Route("/item", item, methods=["POST"]),
]


def scope(path: str, method: str = "GET", headers: list[tuple[bytes, bytes]] | None = None) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers or [],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
        "scheme": "http",
    }


async def ask(asked: dict[str, Any], *pieces: bytes, max_body: int = 100) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of one request through a guard."""
    waiting = [{"type": "http.request", "body": p, "more_body": n + 1 < len(pieces)} for n, p in enumerate(pieces)]
    sent: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    guard = Guard(
        Router(ROUTES, redirect_slashes=False),
        Telemetry.of("door"),
        max_body=max_body,
        body_seconds=5.0,
        render_error=None,
        stopping=asyncio.Event(),
    )
    await guard(asked, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


async def test_S5_safe_headers_stand_on_every_answer_and_never_replace_a_pages_own() -> None:
    _, found, _ = await ask(scope("/nowhere"), b"")
    for name, value in SAFE_HEADERS:
        assert found[name] == value
    _, found, _ = await ask(scope("/page"), b"")
    assert found[b"cache-control"] == b"no-cache"
    assert found[b"content-security-policy"] == page_headers()["content-security-policy"].encode()


def test_a_span_is_named_by_template_never_by_path() -> None:
    expected = {
        "/articles/17": "/articles/{id}",
        "/articles/17/panel": "/articles/{id}/panel",
        "/feeds/rss": "/feeds/{kind}",
        "/articles/17/other": "",
        "/": "",
    }
    assert {path: route_template(list(ROUTES), scope(path)) for path in expected} == expected


async def test_S1_the_cap_counts_what_arrives_not_what_is_announced() -> None:
    post = scope("/item", "POST")
    assert (await ask(post, b"x" * 60, b"y" * 40))[0::2] == (200, b"100")
    assert (await ask(scope("/item", "POST"), b"x" * 60, b"y" * 41))[0] == 413
    for announced, status in ((b"101", 413), (b"9" * 30, 413), (b"ten", 400), (b"-1", 400)):
        asked = scope("/item", "POST", [(b"content-length", announced)])
        assert (await ask(asked, b"x"))[0] == status, announced


async def test_a_client_that_leaves_while_sending_is_answered_nothing() -> None:
    sent: list[Any] = []

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    telemetry = Telemetry.of("door")
    guard = Guard(
        Router(ROUTES), telemetry, max_body=100, body_seconds=5.0, render_error=None, stopping=asyncio.Event()
    )
    await guard(scope("/item", "POST"), gone, send)
    assert sent == []
    labels = {"service": "door", "route": "/item", "method": "POST", "status": "499"}
    assert telemetry.metrics.registry.get_sample_value("plumbline_http_seconds_count", labels) == 1


async def test_an_unheard_of_method_is_one_label() -> None:
    telemetry = Telemetry.of("door")
    guard = Guard(
        Router(ROUTES), telemetry, max_body=100, body_seconds=5.0, render_error=None, stopping=asyncio.Event()
    )

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Any) -> None:
        return None

    for method in ("PURGE", "x" * 50):
        await guard(scope("/page", method), receive, send)
    labels = {"service": "door", "route": "/page", "method": "_OTHER", "status": "405"}
    assert telemetry.metrics.registry.get_sample_value("plumbline_http_seconds_count", labels) == 2
