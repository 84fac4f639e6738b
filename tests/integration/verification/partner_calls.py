"""A partner at the real door: a server on loopback, a key that is looked up, calls over the wire."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import grpc.aio
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from plumbline.partner.v1 import fact_check_service_pb2_grpc

from services.verification.rpc import SCOPES
from shared.clock import SystemClock
from shared.directory import PartnerKey
from shared.grpc import GrpcDoor, PartnerAuth
from shared.ids import DEFAULT_SITE
from shared.partner_keys import NewKey, new_key
from shared.testing.patience import PATIENCE
from tests.integration.verification.room import Room

EVERYTHING = frozenset(SCOPES.values())
SECONDS = PATIENCE


class OneKey:
    """The key book of one partner."""

    def __init__(self, key: NewKey, site_id: UUID, partner_id: str, scopes: frozenset[str]) -> None:
        self._key, self._site_id, self._partner_id, self._scopes = key, site_id, partner_id, scopes

    async def partner_key(self, key_id: str) -> PartnerKey | None:
        known = (self._key.key_id, self._site_id, self._partner_id, "Partner", self._key.secret_sha256, self._scopes)
        return PartnerKey(*known, 6000, False, None) if key_id == self._key.key_id else None


@dataclass(frozen=True)
class Told:
    """What a refused call says."""

    code: grpc.StatusCode
    reason: str
    field: str
    message: str


class Partner:
    """Calls methods of the door with its key."""

    def __init__(self, stub: Any, key: str) -> None:
        self._stub, self._metadata = stub, [("authorization", f"Bearer {key}")]

    async def ask(self, method: str, request: Any) -> Any:
        return await getattr(self._stub, method)(request, metadata=self._metadata, timeout=SECONDS)

    def watch(self, request: Any, *, timeout: float = SECONDS) -> Any:
        return self._stub.WatchSubject(request, metadata=self._metadata, timeout=timeout)

    async def refused(self, method: str, request: Any) -> Told:
        """The google.rpc.Status of a call that must not succeed."""
        try:
            if method == "WatchSubject":
                async for _ in self.watch(request):
                    pass
            else:
                await self.ask(method, request)
        except grpc.aio.AioRpcError as error:
            return _told(error)
        raise AssertionError(f"{method} was answered")


@contextlib.asynccontextmanager
async def partner_of(
    room: Room, *, site_id: UUID = DEFAULT_SITE, partner_id: str = "p1", scopes: frozenset[str] = EVERYTHING
) -> AsyncIterator[Partner]:
    """A partner with a key of its own at the room's door."""
    key = new_key()
    auth = PartnerAuth(OneKey(key, site_id, partner_id, scopes), clock=SystemClock())
    found = room.resources.telemetry
    door = GrpcDoor(room.service.partner, host="127.0.0.1", port=0, telemetry=found, authenticate=auth)
    await door.start()
    try:
        async with grpc.aio.insecure_channel(door.target) as channel:
            yield Partner(fact_check_service_pb2_grpc.FactCheckServiceStub(channel), key.plain)
    finally:
        await door.stop(0)


def _told(error: grpc.aio.AioRpcError) -> Told:
    status = rpc_status.from_call(error)
    reason = field = ""
    for detail in status.details:
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason = info.reason
        if detail.Unpack(bad):
            field = bad.field_violations[0].field
    return Told(error.code(), reason, field, status.message)
