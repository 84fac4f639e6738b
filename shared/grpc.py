"""The gRPC door: unary and server-streaming methods behind one guard, with health and reflection.

Partners come with a key (`shared.partner_keys.PartnerAuth`), staff with a signed assertion
(`shared.assertions.StaffAuth`); a door takes one kind only. Every error is a google.rpc.Status with ErrorInfo.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from shared.admission import Authenticate
from shared.assertions import PERSON, Person, StaffAuth
from shared.grpc_guard import Guard, Limits
from shared.partner_keys import CALLER, Caller, PartnerAuth
from shared.telemetry.setup import Telemetry

__all__ = ["CALLER", "PERSON", "Caller", "GrpcDoor", "Limits", "PartnerAuth", "Person", "Rpc", "StaffAuth"]

STAFF_PACKAGE = "plumbline.staff."
_OPTIONS = (
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.max_send_message_length", 16 * 1024 * 1024),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.max_concurrent_streams", 100),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.so_reuseport", 0),
)


@dataclass(frozen=True, slots=True)
class Rpc:
    """One service of a door. `scopes` names, for every method, the scope (partners) or role (staff) it needs.

    A method that is not named cannot be called; an empty scope lets any known caller in. `telemetry` is the service's
    own, where one door carries several services; without it the door's is used.
    """

    service: str
    register: Callable[[grpc.aio.Server], None]
    scopes: Mapping[str, str] = field(default_factory=dict)
    telemetry: Telemetry | None = None


class GrpcDoor:
    """One gRPC listener, in the running event loop. Port 0 takes a free one; `port` says which.

    `ready` is asked every second and shows as SERVING or NOT_SERVING; without it the door serves from its start.
    A staff service on a door for partners, or the other way round, raises ValueError.
    """

    def __init__(
        self,
        rpcs: Sequence[Rpc],
        *,
        host: str,
        port: int,
        telemetry: Telemetry,
        authenticate: Authenticate,
        name: str = "grpc",
        ready: Callable[[], Awaitable[bool]] | None = None,
        limits: Limits | None = None,
        recheck_seconds: float = 1.0,
    ) -> None:
        for rpc in rpcs:
            if rpc.service.startswith(STAFF_PACKAGE) != authenticate.internal:
                raise ValueError(f"{rpc.service} does not belong on the {name} door")
        self._rpcs, self._address, self._name = tuple(rpcs), (host, port), name
        self._telemetry, self._ready, self._recheck_seconds = telemetry, ready, recheck_seconds
        self._guards = _Guards(rpcs, telemetry, authenticate, limits or Limits())
        self._health = health.aio.HealthServicer()
        self._server: grpc.aio.Server | None = None
        self._watch: asyncio.Task[None] | None = None
        self.port = port

    @property
    def target(self) -> str:
        """Where a client connects."""
        return f"{_bracketed(self._address[0])}:{self.port}"

    async def start(self) -> None:
        """Returns once calls are accepted. Raises OSError when the address cannot be bound."""
        server = grpc.aio.server(interceptors=[self._guards], options=_OPTIONS)
        for rpc in self._rpcs:
            rpc.register(server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = [rpc.service for rpc in self._rpcs] + [health.SERVICE_NAME, reflection.SERVICE_NAME]
        reflection.enable_server_reflection(names, server)
        host, port = self._address
        try:
            self.port = server.add_insecure_port(f"{_bracketed(host)}:{port}")
        except RuntimeError as error:
            raise OSError(f"the {self._name} door cannot listen on port {port}") from error
        self._server = server
        await self.set_serving(self._ready is None or await self._ready())
        await server.start()
        self._watch = asyncio.create_task(self._keep_watch(), name=f"grpc.{self._name}")

    async def set_serving(self, serving: bool) -> None:
        """What health answers from now on, for every service and for the door as a whole."""
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for service in ("", *(rpc.service for rpc in self._rpcs)):
            await self._health.set(service, status)

    async def stop(self, grace_seconds: float) -> None:
        """NOT_SERVING first, then open streams are told to go, then calls in hand get the grace to finish."""
        if self._server is None:
            return
        await self._health.enter_graceful_shutdown()
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        self._guards.end_all()
        await self._server.stop(grace_seconds)

    async def _keep_watch(self) -> None:
        """Every second: is the service ready, is every open stream still welcome?"""
        while True:
            await asyncio.sleep(self._recheck_seconds)
            try:
                if self._ready is not None:
                    await self.set_serving(await self._ready())
                await self._guards.recheck_all()
            except Exception as error:
                self._telemetry.log.warning("rpc.watch_failed", error=type(error).__name__)
                await self.set_serving(False)


class _Guards(grpc.aio.ServerInterceptor):  # type: ignore[misc]  # grpc ships no types
    """The guard of each service's telemetry, chosen by the method's service."""

    def __init__(self, rpcs: Sequence[Rpc], telemetry: Telemetry, authenticate: Authenticate, limits: Limits) -> None:
        self._default = Guard({}, telemetry, authenticate, limits)
        self._by_service = {
            rpc.service: Guard(
                {f"/{rpc.service}/{method}": scope for method, scope in rpc.scopes.items()},
                rpc.telemetry or telemetry,
                authenticate,
                limits,
            )
            for rpc in rpcs
        }

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        service = str(handler_call_details.method).rpartition("/")[0].removeprefix("/")
        guard = self._by_service.get(service, self._default)
        return await guard.intercept_service(continuation, handler_call_details)

    def end_all(self) -> None:
        for guard in (self._default, *self._by_service.values()):
            guard.end_all()

    async def recheck_all(self) -> None:
        for guard in (self._default, *self._by_service.values()):
            await guard.recheck_all()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
