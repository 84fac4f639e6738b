"""What stands between a gRPC caller and a handler: one span, one mapping of errors, a deadline, who it is, how often."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc_status import rpc_status
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from shared.admission import Admission, Authenticate
from shared.errors import Refused
from shared.grpc_status import OURS, Draining, TooLate, Unimplemented, code_of, status_of
from shared.postgres import METER, StatementMeter
from shared.quota import TokenBuckets
from shared.telemetry import names
from shared.telemetry.setup import Telemetry

Context = Any  # grpc.aio.ServicerContext, which is generic in its messages
Work = Callable[[Any, "Stream"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds a call may last when its client gave no deadline or a later one, and the largest request in bytes."""

    unary_seconds: float = 60.0
    stream_seconds: float = 3600.0
    request_bytes: int = 2 * 1024 * 1024


class Stream:
    """A call in hand that can be ended from outside, with a reason the caller is told."""

    def __init__(self, timer: asyncio.Timeout) -> None:
        self._timer = timer
        self.admission: Admission | None = None
        self.why: Exception | None = None

    def end(self, why: Exception) -> None:
        if self.why is None:
            self.why = why
            with contextlib.suppress(RuntimeError):  # it just ended by itself
                self._timer.reschedule(asyncio.get_running_loop().time())


class Guard(grpc.aio.ServerInterceptor):  # type: ignore[misc]  # grpc ships no types
    """Wraps every method of `scopes` ("/service/Method" -> scope). `open` holds the streams that are being answered.

    In this order: telemetry, error mapping, deadline, authentication, quota, decoding. Health and reflection pass;
    anything else is UNIMPLEMENTED.
    """

    def __init__(
        self, scopes: Mapping[str, str], telemetry: Telemetry, authenticate: Authenticate, limits: Limits
    ) -> None:
        self._scopes, self._telemetry, self._authenticate, self._limits = scopes, telemetry, authenticate, limits
        self._buckets = TokenBuckets()
        self.open: set[Stream] = set()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any]]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        method = str(handler_call_details.method)
        handler: Any = await continuation(handler_call_details)
        if handler is not None and method.startswith("/grpc."):
            return self._watchable(handler)
        if handler is None or method not in self._scopes or handler.request_streaming:
            return grpc.unary_unary_rpc_method_handler(_unimplemented)
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._streaming(method, handler), response_serializer=handler.response_serializer
            )
        return grpc.unary_unary_rpc_method_handler(
            self._unary(method, handler), response_serializer=handler.response_serializer
        )

    def _unary(self, method: str, handler: Any) -> Any:
        async def behave(raw: bytes, context: Context) -> Any:
            answer: list[Any] = []

            async def work(request: Any, _: Stream) -> None:
                answer.append(await handler.unary_unary(request, context))

            await self._serve(method, handler, raw, context, work, self._limits.unary_seconds)
            return answer[0]

        return behave

    def _streaming(self, method: str, handler: Any) -> Any:
        async def work_with(context: Context, request: Any, stream: Stream) -> None:
            self.open.add(stream)
            try:
                await _pour(handler, request, context)
            finally:
                self.open.discard(stream)

        async def behave(raw: bytes, context: Context) -> None:
            async def work(request: Any, stream: Stream) -> None:
                await work_with(context, request, stream)

            await self._serve(method, handler, raw, context, work, self._limits.stream_seconds)

        return behave

    def _watchable(self, handler: Any) -> Any:
        """Health and reflection as they are, except that an open watch ends when the door stops."""
        if handler.request_streaming or not handler.response_streaming:
            return handler

        async def behave(request: Any, context: Context) -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None) as timer:
                    stream = Stream(timer)
                    self.open.add(stream)
                    try:
                        await _pour(handler, request, context)
                    finally:
                        self.open.discard(stream)

        return grpc.unary_stream_rpc_method_handler(
            behave,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    async def _serve(self, method: str, handler: Any, raw: bytes, context: Context, work: Work, seconds: float) -> None:
        """Do the work; every failure ends in an abort with a google.rpc.Status."""
        metadata = {name: value for name, value in context.invocation_metadata() if isinstance(value, str)}
        started, code, status = time.perf_counter(), grpc.StatusCode.CANCELLED, None
        name = method.lstrip("/")
        try:
            with self._span(name, metadata) as span:
                status = await self._settle(name, metadata, handler, raw, work, _left(context, seconds))
                code = grpc.StatusCode.OK if status is None else code_of(status)
                span.set_attribute(names.RPC_STATUS, code.name)
                if code in OURS:
                    span.set_status(Status(StatusCode.ERROR))
        finally:
            metrics = self._telemetry.metrics
            metrics.observe(names.RPC_SECONDS, time.perf_counter() - started, method=name, status=code.name)
        if status is not None:
            rich = rpc_status.to_status(status)
            await context.abort(rich.code, rich.details, rich.trailing_metadata)

    async def _settle(
        self, name: str, metadata: Mapping[str, str], handler: Any, raw: bytes, work: Work, seconds: float
    ) -> status_pb2.Status | None:
        stream: Stream | None = None
        try:
            async with asyncio.timeout(seconds) as timer:
                stream = Stream(timer)
                stream.admission = await self._admit(f"/{name}", metadata)
                await work(self._read(handler, raw), stream)
            return None
        except grpc.aio.AbortError:
            raise
        except Exception as error:
            if stream is not None and isinstance(error, TimeoutError) and timer.expired():
                error = stream.why or TooLate()
            status = status_of(error)
            if code_of(status) is grpc.StatusCode.INTERNAL:
                self._telemetry.log.error("rpc.failed", method=name, error=type(error).__name__)
            return status

    async def _admit(self, method: str, metadata: Mapping[str, str]) -> Admission:
        admission = await self._authenticate.admit(metadata, self._scopes[method])
        if admission.per_minute is not None:
            self._buckets.take(admission.quota_key, admission.per_minute, time.monotonic())
        return admission

    def _read(self, handler: Any, raw: bytes) -> Any:
        if len(raw) > self._limits.request_bytes:
            limit = f"{self._limits.request_bytes:,}"
            raise Refused("REQUEST_TOO_LARGE", f"The request is larger than {limit} bytes.", status=413)
        try:
            request = handler.request_deserializer(raw)
        except Exception as error:
            raise Refused("MALFORMED_MESSAGE", "The request is not the message of this method.", status=400) from error
        if nul := nul_field(request):
            raise Refused("INVALID_TEXT", "The text holds a NUL.", field=nul, status=400)
        return request

    @contextlib.contextmanager
    def _span(self, name: str, metadata: Mapping[str, str]) -> Iterator[Span]:
        """Inside the house a call continues the caller's trace; from outside it starts its own and links theirs."""
        given, internal = metadata.get("traceparent", ""), self._authenticate.internal
        meter = StatementMeter()
        token = METER.set(meter)
        try:
            with self._telemetry.tracing.span(
                names.SPAN_RPC.format(method=name),
                SpanKind.SERVER,
                parent=given if internal else "",
                link="" if internal else given,
                root=not (internal and given),
                attributes={names.RPC_METHOD: name},
            ) as span:
                yield span
                span.set_attribute(names.STATEMENTS, meter.statements)
                span.set_attribute(names.STATEMENT_SECONDS, round(meter.seconds, 6))
        finally:
            METER.reset(token)

    def end_all(self) -> None:
        """Tell every open stream that this instance stops."""
        for stream in list(self.open):
            stream.end(Draining())

    async def recheck_all(self) -> None:
        """End the streams whose caller is no longer welcome. When nobody can tell, they go on."""
        for stream in list(self.open):
            if stream.admission is not None:
                try:
                    await stream.admission.recheck()
                except Refused as refused:
                    stream.end(refused)
                except Exception as error:
                    self._telemetry.log.warning("rpc.recheck_failed", error=type(error).__name__)


def nul_field(message: Message) -> str:
    """Path of the first text that holds a NUL, which no database column keeps; empty when there is none."""
    for field, value in message.ListFields():
        if field.type not in (field.TYPE_STRING, field.TYPE_MESSAGE) or (field.message_type and _is_map(field)):
            continue
        found = list(value) if field.is_repeated else [value]
        for number, one in enumerate(found):
            path = f"{field.name}[{number}]" if field.is_repeated else field.name
            if isinstance(one, str):
                if "\x00" in one:
                    return path
            elif below := nul_field(one):
                return f"{path}.{below}"
    return ""


def _is_map(field: Any) -> bool:
    return bool(field.message_type.GetOptions().map_entry)


def _left(context: Context, most: float) -> float:
    left = context.time_remaining()
    return most if left is None else max(0.0, min(float(left), most))


async def _pour(handler: Any, request: Any, context: Context) -> None:
    """Write what a server-streaming handler yields; one that writes by itself is awaited."""
    answers = handler.unary_stream(request, context)
    if not hasattr(answers, "__aiter__"):
        await answers
        return
    async with contextlib.aclosing(answers):
        async for message in answers:
            await context.write(message)


async def _unimplemented(_: bytes, context: Context) -> bytes:
    rich = rpc_status.to_status(status_of(Unimplemented()))
    await context.abort(rich.code, rich.details, rich.trailing_metadata)
    return b""
