"""What stands between the network and a route: caps before buffering, one span, one mapping of errors, safe headers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route, Router
from starlette.types import Message, Receive, Scope, Send

from shared.errors import Refused
from shared.postgres import METER, StatementMeter
from shared.problem import Problem, problem_headers, problem_of, problem_response
from shared.telemetry import names
from shared.telemetry.setup import Telemetry

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"
PROGRAMS = ("/v1/", "/v1alpha1/")
"""Under these paths programs call: never a page, never a redirect, never a 410 (a CMS would stop delivering)."""

SAFE_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
"""Set where an answer does not say otherwise itself."""

_DISCONNECTED = 499
_DRAIN_TIMES = 8


class BodyTooLarge(Refused):
    """The body exceeds the cap of the door."""

    def __init__(self, limit: int) -> None:
        super().__init__("BODY_TOO_LARGE", f"The body is larger than {limit:,} bytes.", field="body", status=413)


class Guard:
    """An ASGI application around a router; what it promises stands in `shared.http`."""

    def __init__(
        self,
        router: Router,
        telemetry: Telemetry,
        *,
        max_body: int,
        body_seconds: float,
        render_error: Callable[[Request, int, str, str], Response] | None,
        stopping: asyncio.Event,
    ) -> None:
        self._router, self._telemetry, self._stopping = router, telemetry, stopping
        self._max_body, self._body_seconds, self._render_error = max_body, body_seconds, render_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError("this door speaks HTTP only")
        route = route_template(self._router.routes, scope) or UNMATCHED
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        exchange = Exchange(scope, receive, send, self._max_body, self._body_seconds, self._stopping)
        try:
            with self._span(scope, method, route) as span:
                await self._answer(exchange, route)
                span.set_attribute(names.HTTP_STATUS, exchange.status)
                if exchange.status >= 500:
                    span.set_status(Status(StatusCode.ERROR))
        finally:
            self._telemetry.metrics.observe(
                names.HTTP_SECONDS, exchange.seconds(), route=route, method=method, status=str(exchange.status)
            )

    @contextlib.contextmanager
    def _span(self, scope: Scope, method: str, route: str) -> Iterator[Span]:
        """A trace of its own. The caller's trace context is linked and decides nothing."""
        meter = StatementMeter()
        token = METER.set(meter)
        attributes = {names.HTTP_METHOD: method, names.HTTP_ROUTE: route}
        link = header(scope, b"traceparent")
        name = names.SPAN_HTTP.format(method=method, route=route)
        try:
            with self._telemetry.tracing.span(
                name, SpanKind.SERVER, root=True, link=link, attributes=attributes
            ) as span:
                scope["traceresponse"] = self._telemetry.tracing.traceparent()
                yield span
                span.set_attribute(names.STATEMENTS, meter.statements)
                span.set_attribute(names.STATEMENT_SECONDS, round(meter.seconds, 6))
        finally:
            METER.reset(token)

    async def _answer(self, exchange: Exchange, route: str) -> None:
        scope = exchange.scope
        scope["app"] = self._router  # makes Starlette raise its own errors instead of answering them in plain text
        try:
            _check_address(scope)
            exchange.check_length()
            await self._router(scope, exchange.receive, exchange.send)
            await exchange.end_stream()
        except ClientDisconnect:
            exchange.status = _DISCONNECTED
        except Exception as error:
            problem = problem_of(error)
            if problem.ours or exchange.answered:
                self._telemetry.log.error("http.failed", route=route, error=type(error).__name__)
            if exchange.answered:
                exchange.status = 500  # too late to say so: the connection is cut, so the answer is visibly incomplete
                return
            if isinstance(error, BodyTooLarge):
                await exchange.drain()
            await self._say(exchange, problem)

    async def _say(self, exchange: Exchange, problem: Problem) -> None:
        if _misleads(exchange.scope, problem.status):
            problem = replace(problem, status=404)
        request = Request(exchange.scope)
        response = problem_response(problem)
        if self._render_error is not None and _wants_page(request):
            try:
                response = self._render_error(request, problem.status, problem.reason, problem.message)
            except Exception as error:
                self._telemetry.log.error("http.error_page_failed", error=type(error).__name__)
            else:
                response.headers.update(problem_headers(problem))
        await response(exchange.scope, exchange.receive, exchange.send)


class Exchange:
    """One request and its answer as they pass the guard."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, max_body: int, body_seconds: float, stopping: asyncio.Event
    ) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self._max_body, self._body_seconds, self._stopping = max_body, body_seconds, stopping
        self._started = time.perf_counter()
        self._taken = 0
        self._body_ended = self._event_stream = self._ended = self._close = False
        self._first_byte: float | None = None
        self.answered = False
        self.status = 500

    def seconds(self) -> float:
        """How long the answer took; for an event stream, how long until it began."""
        ended = self._first_byte if self._event_stream and self._first_byte else time.perf_counter()
        return ended - self._started

    def check_length(self) -> None:
        """Raises BodyTooLarge from the announced length alone, before anything is read."""
        announced = header(self.scope, b"content-length")
        if not announced:
            return
        if not announced.isdecimal():
            raise Refused("INVALID_LENGTH", "The length is not a number.", field="content-length", status=400)
        length = int(announced) if len(announced) < 19 else self._max_body * _DRAIN_TIMES + 1
        if length > self._max_body:
            self._body_ended = True
            self._close = length > self._max_body * _DRAIN_TIMES
            raise BodyTooLarge(self._max_body)

    async def receive(self) -> Message:
        """The next piece of the request, counted and timed; when the door stops, event streams see a disconnect."""
        if self._body_ended:
            return await self._disconnect()
        left = self._started + self._body_seconds - time.perf_counter()
        try:
            async with asyncio.timeout(max(0.0, left)):
                message = await self._receive()
        except TimeoutError:
            self._close = True
            raise Refused("BODY_TOO_SLOW", "The body did not arrive in time.", field="body", status=408) from None
        if message["type"] == "http.request":
            self._taken += len(message.get("body", b""))
            self._body_ended = not message.get("more_body", False)
            if self._taken > self._max_body:
                raise BodyTooLarge(self._max_body)
        return message

    async def drain(self) -> None:
        """Discard the rest of a body that is too large, within limits, so that the client can read the answer."""
        self._close = self._close or not self._body_ended
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._body_seconds):
                while not self._body_ended and self._taken < self._max_body * _DRAIN_TIMES:
                    message = await self._receive()
                    self._taken += len(message.get("body", b""))
                    self._body_ended = not message.get("more_body", False)
        self._body_ended = True

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.answered = message["status"], True
            self._first_byte = time.perf_counter()
            present = {name.lower() for name, _ in message.get("headers", ())}
            headers = [*message.get("headers", ()), *((n, v) for n, v in SAFE_HEADERS if n not in present)]
            self._event_stream = any(
                n.lower() == b"content-type" and v.startswith(b"text/event-stream") for n, v in headers
            )
            if self._close:
                headers.append((b"connection", b"close"))
            if trace := self.scope.get("traceresponse"):
                headers.append((b"traceresponse", trace.encode()))
            if _misleads(self.scope, self.status):
                self.answered = False
                raise AssertionError(f"{self.status} is never answered under {PROGRAMS}")
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            self._ended = not message.get("more_body", False)
        await self._send(message)

    async def end_stream(self) -> None:
        """Close an event stream that was cut by the door's stop in good order."""
        if self._event_stream and not self._ended:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _disconnect(self) -> Message:
        gone = asyncio.ensure_future(self._receive())
        stopped = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({gone, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if self._event_stream and not gone.done():
                return {"type": "http.disconnect"}
            return await gone
        finally:
            gone.cancel()
            stopped.cancel()


def header(scope: Scope, name: bytes) -> str:
    """The first header of that lower-case name, or an empty string."""
    return next((value.decode("latin-1") for found, value in scope["headers"] if found == name), "")


def route_template(routes: list[BaseRoute], scope: Scope, prefix: str = "") -> str:
    """The template of the route that will answer, for instance /articles/{id}; empty when none matches the path."""
    for route in routes:
        match, below = route.matches(scope)
        if match is Match.NONE:
            continue
        if isinstance(route, Mount):
            return route_template(list(route.routes), {**scope, **below}, prefix + route.path) or prefix + route.path
        if isinstance(route, Route):
            return prefix + route.path
    return ""


def _check_address(scope: Scope) -> None:
    if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
        raise Refused("INVALID_ADDRESS", "The address holds a NUL.", field="path", status=400)


def _misleads(scope: Scope, status: int) -> bool:
    return scope["path"].startswith(PROGRAMS) and (status == 410 or 300 <= status < 400)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(PROGRAMS)
