"""Stand-ins behind the front door: they say who they are and what reached them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from shared.http import HttpDoor
from shared.telemetry.setup import Telemetry

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class WebStandIn:
    """Answers every request with its own name and what it saw; `/articles/*/live` streams until the caller goes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[dict[str, Any]] = []
        self.aborted = 0
        self.more = asyncio.Event()
        routes = [
            Route("/articles/{article_id}/live", self._live),
            Route("/{path:path}", self._answer, methods=METHODS),
        ]
        self.door = HttpDoor(
            routes, host="127.0.0.1", port=0, telemetry=Telemetry.of(name, level="ERROR"), max_body=64 * 1024 * 1024
        )

    async def _answer(self, request: Request) -> Response:
        try:
            body = await request.body()
        except ClientDisconnect:
            self.aborted += 1
            raise
        seen = {
            "service": self.name,
            "method": request.method,
            "path": request.url.path,
            "query": request.url.query,
            "headers": dict(request.headers),
            "body": len(body),
        }
        self.seen.append(seen)
        return JSONResponse(seen)

    async def _live(self, _: Request) -> Response:
        async def events() -> AsyncIterator[str]:
            yield "data: first\n\n"
            await self.more.wait()
            yield "data: second\n\n"
            await asyncio.Event().wait()

        return StreamingResponse(events(), media_type="text/event-stream")


class PartnerStandIn:
    """A gRPC server that refuses every method with its own name and the method's."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[str] = []
        self.port = 0
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        stand_in = self

        class Every(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc ships no types
            def service(self, details: grpc.HandlerCallDetails) -> Any:
                async def refuse(_: bytes, context: Any) -> bytes:
                    stand_in.seen.append(details.method)
                    await context.abort(grpc.StatusCode.ABORTED, f"{stand_in.name} {details.method}")
                    return b""

                return grpc.unary_unary_rpc_method_handler(refuse)

        self._server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
        self._server.add_generic_rpc_handlers((Every(),))
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(0)
