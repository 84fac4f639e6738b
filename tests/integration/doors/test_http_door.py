"""The HTTP door on a real socket: what a client meets when anything goes wrong, and when the door stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Route

from shared.http import HttpDoor
from shared.testing.kit import Observed
from shared.testing.patience import PATIENCE
from tests.integration.doors.failing_routes import ANSWERS, ROUTES, SECRET, Held, opened, slow


@pytest.mark.parametrize("how", ANSWERS)
async def test_S7_every_error_is_a_problem_without_internal_text(observed: Observed, how: str) -> None:
    async with opened(observed) as door, aiohttp.ClientSession(door.url) as http, http.get(f"/fail/{how}") as answer:
        said = await answer.json(content_type="application/problem+json")
        assert (answer.status, said["status"]) == (ANSWERS[how], ANSWERS[how])
        assert set(said) == {"type", "title", "status", "detail", "reason", "field"}
        assert SECRET not in await answer.text()
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert ("retry-after" in answer.headers) == (answer.status in (429, 503))
        if how == "refused":
            assert (said["reason"], said["field"]) == ("BAD_WORD", "body.text")
        if how == "many":
            assert answer.headers["retry-after"] == "8"
    assert SECRET not in observed.log.getvalue()
    logged = [json.loads(line) for line in observed.log.getvalue().splitlines()]
    assert [line["error"] for line in logged] == (["RuntimeError"] if how == "bug" else [])
    (span,) = observed.spans
    assert span.name == "GET /fail/{how}"
    assert span.status.is_ok == (ANSWERS[how] < 500)
    seen = {"route": "/fail/{how}", "method": "GET", "status": str(ANSWERS[how])}
    assert observed.metric("plumbline_http_seconds_count", **seen) == 1


async def test_S1_programs_never_meet_a_redirect_a_410_or_a_page(observed: Observed) -> None:
    def page(_: Request, status: int, reason: str, message: str) -> Response:
        return HTMLResponse(f"<h1>{reason}</h1>{message}", status)

    browser = {"accept": "text/html,*/*;q=0.8"}
    async with opened(observed, render_error=page) as door, aiohttp.ClientSession(door.url, headers=browser) as http:
        for path, status in (
            ("/v1/fail/gone", 404),
            ("/v1/redirect", 500),
            ("/v1/echo/cms/", 404),
            ("/v1/unknown", 404),
            ("/v1/echo/cms", 405),
        ):
            async with http.get(path, allow_redirects=False) as answer:
                assert (answer.status, answer.content_type) == (status, "application/problem+json"), path
        async with http.get("/fail/gone") as answer:
            assert (answer.status, await answer.text()) == (410, "<h1>GONE</h1>Gone.")
        async with http.get("/unknown") as answer:
            assert (answer.status, answer.content_type) == (404, "text/html")
    async with (
        opened(observed, render_error=lambda *_: 1 / 0) as door,
        aiohttp.ClientSession(door.url, headers=browser) as http,
        http.get("/fail/missing") as answer,
    ):
        assert (answer.status, answer.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (b"", "body", "INVALID_JSON"),
        (b"[1]", "body", "INVALID_JSON"),
        (b"\xff\xfe{}", "body", "INVALID_ENCODING"),
        (b'{"a": NaN}', "a", "INVALID_NUMBER"),
        (b'{"a": {"b": 1, "b": 2}}', "a.b", "DUPLICATE_KEY"),
        (b'{"a": [0, "x\\u0000"]}', "a[1]", "INVALID_TEXT"),
        (b'{"a": "\\ud800"}', "a", "INVALID_TEXT"),
        (b'{"a":' + b"[" * 100_000, "body", "TOO_DEEP"),
    ],
)
async def test_S7_json_that_cannot_be_trusted_names_the_field(
    observed: Observed, body: bytes, field: str, reason: str
) -> None:
    async with opened(observed) as door, aiohttp.ClientSession(door.url) as http:
        async with http.post("/v1/echo/cms", data=body) as answer:
            said = await answer.json(content_type=None)
            assert (answer.status, said["reason"], said["field"]) == (400, reason, field)
        async with http.post("/v1/echo/cms", data=b'{"good": 1}') as answer:
            assert await answer.json() == {"good": 1}


async def test_S7_a_compressed_body_is_refused_by_name(observed: Observed) -> None:
    async with (
        opened(observed) as door,
        aiohttp.ClientSession(door.url) as http,
        http.post("/v1/echo/cms", data=b"{}", headers={"content-encoding": "br"}) as answer,
    ):
        assert (answer.status, (await answer.json(content_type=None))["field"]) == (415, "content-encoding")


@pytest.mark.parametrize("chunked", [False, True])
async def test_S1_a_body_over_the_cap_is_413_before_it_is_read_whole(observed: Observed, chunked: bool) -> None:
    reads = 0

    async def counting(request: Request) -> Response:
        nonlocal reads
        async for piece in request.stream():
            reads += len(piece)
        return PlainTextResponse("read")

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 10_000

    door = HttpDoor(
        [Route("/v1/in", counting, methods=["POST"])],
        host="127.0.0.1",
        port=0,
        telemetry=observed.telemetry,
        max_body=100_000,
    )
    await door.start()
    async with aiohttp.ClientSession(door.url) as http:
        async with http.post("/v1/in", data=pieces() if chunked else b"x" * 400_000) as answer:
            said = await answer.json(content_type=None)
            assert (answer.status, said["reason"], said["field"]) == (413, "BODY_TOO_LARGE", "body")
        assert reads <= 100_000
        async with http.post("/v1/in", data=b"x" * 100_000) as answer:
            assert answer.status == 200
    await door.stop(PATIENCE)


async def test_S1_a_body_that_never_comes_ends_the_wait(observed: Observed) -> None:
    async with opened(observed, body_seconds=0.3) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"POST /v1/echo/cms HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{")
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"BODY_TOO_SLOW" in answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/echo/x HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/echo/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /fail/a%00b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET /slow?q=%00 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ],
)
async def test_S7_bytes_that_are_no_request_are_a_400_and_the_next_one_is_served(
    observed: Observed, request_bytes: bytes
) -> None:
    async with opened(observed) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(request_bytes)
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 400 ")
        async with aiohttp.ClientSession(door.url) as http, http.get("/address") as good:
            assert good.status == 200


async def test_S6_forwarded_addresses_count_only_from_listed_proxies(observed: Observed) -> None:
    claims = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    for trusted, expected in (((), "127.0.0.1 http"), (("127.0.0.1",), "203.0.113.9 https")):
        async with (
            opened(observed, trusted_proxies=trusted) as door,
            aiohttp.ClientSession(door.url) as http,
            http.get("/address", headers=claims) as answer,
        ):
            assert await answer.text() == expected


async def test_T1_a_callers_trace_is_linked_never_continued(observed: Observed) -> None:
    given = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    async with opened(observed) as door, aiohttp.ClientSession(door.url) as http:
        for traceparent in (given, "garbage"):
            async with http.get("/address", headers={"traceparent": traceparent}) as answer:
                assert answer.status == 200
    linked, plain = observed.spans
    assert f"{linked.context.trace_id:032x}" != "a" * 32
    assert [f"{link.context.trace_id:032x}" for link in linked.links] == ["a" * 32]
    assert (linked.parent, plain.parent, list(plain.links)) == (None, None, [])


async def test_an_answer_that_breaks_off_is_visibly_incomplete(observed: Observed) -> None:
    async with opened(observed) as door, aiohttp.ClientSession(door.url) as http, http.get("/broken") as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert SECRET not in observed.log.getvalue()
    assert observed.metric("plumbline_http_seconds_count", route="/broken", method="GET", status="500") == 1


async def test_D9_stop_ends_event_streams_and_lets_answers_in_hand_finish(observed: Observed) -> None:
    held = Held()
    further = [Route("/held", held.answer)]
    async with opened(observed, further=further) as door, aiohttp.ClientSession(door.url) as http:
        stream = await http.get("/inner/live")
        assert await stream.content.readany() == b"data: tick\n\n"
        in_hand = asyncio.create_task(http.get("/held"))
        await held.entered.wait()
        stopping = asyncio.create_task(door.stop(10 * PATIENCE))
        await asyncio.sleep(0.1)
        assert not stopping.done()
        held.go_on.set()
        await asyncio.wait_for(stopping, PATIENCE)
        rest = await stream.content.read()
        assert not rest or rest.endswith(b"\n\n"), "an event was cut in two"
        assert await (await in_hand).text() == "done"
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get("/held")
    routes = {span.name for span in observed.spans}
    assert routes == {"GET /inner/live", "GET /held"}


async def test_doors_beside_answer_with_their_own_telemetry(observed: Observed) -> None:
    other = Observed("other")
    beside = HttpDoor([Route("/other/{id}", slow)], host="127.0.0.1", port=0, telemetry=other.telemetry)
    async with opened(observed, beside=[beside]) as door, aiohttp.ClientSession(door.url) as http:
        for path, status in (("/other/1", 200), ("/address", 200), ("/nowhere", 404)):
            async with http.get(path) as answer:
                assert answer.status == status
    assert [span.name for span in other.spans] == ["GET /other/{id}"]
    assert [span.name for span in observed.spans] == ["GET /address", "GET unmatched"]


async def test_a_taken_port_is_an_error_at_start(observed: Observed) -> None:
    async with opened(observed) as door:
        second = HttpDoor(ROUTES, host="127.0.0.1", port=door.port, telemetry=observed.telemetry)
        with pytest.raises(OSError, match="in use"):
            await second.start()
