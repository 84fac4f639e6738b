"""Routes that fail in every way, behind a door of a test's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from shared.errors import Conflict, NotFound, Refused, Transient
from shared.http import HttpDoor, read_json
from shared.quota import TooMany
from shared.testing.kit import Observed
from shared.testing.patience import PATIENCE

SECRET = "the inside of the house"
ERRORS: dict[str, Exception] = {
    "refused": Refused("BAD_WORD", "That word is not allowed.", field="body.text"),
    "missing": NotFound("article"),
    "conflict": Conflict("It changed."),
    "busy": Transient(SECRET),
    "database": asyncpg.CannotConnectNowError(SECRET),
    "many": TooMany("Slow down.", retry_after=7.2),
    "bug": RuntimeError(SECRET),
    "gone": Refused("GONE", "Gone.", status=410),
}
ANSWERS = {"refused": 422, "missing": 404, "conflict": 409, "busy": 503, "database": 503, "many": 429, "bug": 500}


async def echo(request: Request) -> Response:
    return JSONResponse(await read_json(request))


async def fail(request: Request) -> Response:
    raise ERRORS[request.path_params["how"]]


async def redirect(_: Request) -> Response:
    return RedirectResponse("/elsewhere")


class Held:
    """An answer that is in hand until the test lets it go."""

    def __init__(self) -> None:
        self.entered, self.go_on = asyncio.Event(), asyncio.Event()

    async def answer(self, _: Request) -> Response:
        self.entered.set()
        await self.go_on.wait()
        return PlainTextResponse("done")


async def slow(_: Request) -> Response:
    await asyncio.sleep(0.05)
    return PlainTextResponse("done")


async def address(request: Request) -> Response:
    assert request.client is not None
    return PlainTextResponse(f"{request.client.host} {request.url.scheme}")


async def broken(_: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError(SECRET)

    return StreamingResponse(pieces(), media_type="text/plain")


async def live(_: Request) -> Response:
    async def ticks() -> AsyncIterator[bytes]:
        while True:
            yield b"data: tick\n\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(ticks(), media_type="text/event-stream")


ROUTES: list[BaseRoute] = [
    Route("/v1/echo/{source}", echo, methods=["POST"]),
    Route("/v1/redirect", redirect),
    Route("/v1/fail/{how}", fail),
    Route("/fail/{how}", fail),
    Route("/slow", slow),
    Route("/address", address),
    Route("/broken", broken),
    Mount("/inner", routes=[Route("/live", live)]),
]


@contextlib.asynccontextmanager
async def opened(observed: Observed, *, further: Sequence[BaseRoute] = (), **changed: Any) -> AsyncIterator[HttpDoor]:
    door = HttpDoor([*ROUTES, *further], host="127.0.0.1", port=0, telemetry=observed.telemetry, **changed)
    await door.start()
    try:
        yield door
    finally:
        await door.stop(PATIENCE)
