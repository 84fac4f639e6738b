"""The HTTP door: Starlette routes behind one guard that caps, measures, maps errors and sets safe headers.

Every request is one span and one observation. Refused becomes a problem that names the field, Transient a 503 with
Retry-After, anything else a 500 that says nothing of the inside. Signals belong to the process, never to the door.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Router
from starlette.types import Receive, Scope, Send

from shared.errors import Refused
from shared.http_guard import Guard, route_template
from shared.strict_json import MAX_DEPTH, parse_json
from shared.telemetry.setup import Telemetry

MAX_BODY = 2 * 1024 * 1024

RenderError = Callable[[Request, int, str, str], Response]
"""(request, status, reason, message) -> the page a person sees instead of the JSON problem."""


class HttpDoor:
    """One HTTP listener, in the running event loop. Port 0 takes a free one; `port` says which.

    `render_error` answers errors where the request accepts text/html, except under /v1*. `trusted_proxies` lists the
    addresses and networks whose X-Forwarded-For and -Proto count; from anybody else they are ignored. `beside` are the
    doors of other services that answer on this listener too, each with its own telemetry; they are not started.
    """

    def __init__(
        self,
        routes: Sequence[BaseRoute],
        *,
        host: str,
        port: int,
        telemetry: Telemetry,
        max_body: int = MAX_BODY,
        name: str = "http",
        render_error: RenderError | None = None,
        trusted_proxies: Sequence[str] = (),
        body_seconds: float = 30.0,
        beside: Sequence[HttpDoor] = (),
    ) -> None:
        self._host, self._wanted_port, self._name = host, port, name
        self._stopping = asyncio.Event()
        self.router = Router(list(routes), redirect_slashes=False)
        self._beside = tuple(beside)
        self._guard = Guard(
            self.router,
            telemetry,
            max_body=max_body,
            body_seconds=body_seconds,
            render_error=render_error,
            stopping=self._stopping,
        )
        self._trusted = list(trusted_proxies)
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.port = port

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    async def start(self) -> None:
        """Returns once connections are accepted. Raises OSError when the address cannot be bound."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.create_server((self._host, self._wanted_port), family=family, backlog=512)
        self.port = listener.getsockname()[1]
        server = self._server = _Server(self._config())
        self._task = asyncio.create_task(server.serve(sockets=[listener]), name=f"http.{self._name}")
        while not server.started:
            if self._task.done():
                self._task.result()
                raise OSError(f"the {self._name} door ended while starting")
            await asyncio.sleep(0.005)

    async def stop(self, grace_seconds: float) -> None:
        """Accept nothing more, end event streams, let answers in hand finish, cut what is left after the grace."""
        if self._server is None or self._task is None:
            return
        for door in (self, *self._beside):
            door._stopping.set()
        self._server.config.timeout_graceful_shutdown = grace_seconds  # type: ignore[assignment]  # any number works
        self._server.should_exit = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._task, grace_seconds + 2.0)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The first of the doors beside whose routes know the address answers, else this one."""
        for door in self._beside:
            if route_template(door.router.routes, scope):
                await door.app(scope, receive, send)
                return
        await self._guard(scope, receive, send)

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self.app,
            interface="asgi3",
            http="httptools",
            ws="none",
            loop="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="critical",
            server_header=False,
            proxy_headers=bool(self._trusted),
            forwarded_allow_ips=self._trusted,
            timeout_keep_alive=15,
        )


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def read_json(request: Request, *, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """The JSON object a request carries. Raises Refused naming the field, as `shared.strict_json.parse_json` does."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise Refused(
            "UNSUPPORTED_ENCODING", "Send the body without content-encoding.", field="content-encoding", status=415
        )
    return parse_json(await request.body(), max_depth=max_depth)
