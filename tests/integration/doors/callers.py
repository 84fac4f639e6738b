"""Small services behind the gRPC doors, and those who call them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import grpc.aio
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from plumbline.partner.v1 import (
    fact_check_service_pb2,
    fact_check_service_pb2_grpc,
    publication_service_pb2,
    publication_service_pb2_grpc,
)

from shared.directory import Directory, PartnerKey
from shared.errors import Conflict, NotFound, Refused, Transient
from shared.grpc import CALLER, Rpc
from shared.ids import DEFAULT_SITE
from shared.partner_keys import NewKey, new_key
from shared.postgres import Database

SECRET = "the inside of the house"
FACT_CHECKS = "plumbline.partner.v1.FactCheckService"
PUBLICATIONS = "plumbline.partner.v1.PublicationService"

_KEY = """
INSERT INTO partner_key (key_id, site_id, epoch, counter, partner_id, partner_name, secret_sha256, scopes,
                         requests_per_minute, revoked, expires_at)
VALUES ($1, $2, 1, 1, $3, 'Fact Org', $4, $5, $6, false, $7)
"""


class FactChecks(fact_check_service_pb2_grpc.FactCheckServiceServicer):
    """Does what the query says; otherwise answers with who asked."""

    async def SearchFactChecks(self, request: Any, context: Any) -> Any:
        errors: dict[str, Exception] = {
            "refused": Refused("BAD_QUERY", "Not that.", field="query"),
            "missing": NotFound("fact check"),
            "conflict": Conflict("It changed."),
            "busy": Transient(SECRET),
            "bug": RuntimeError(SECRET),
            "bad utf-8": UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
        }
        if request.query in errors:
            raise errors[request.query]
        if request.query == "slow":
            await asyncio.sleep(30)
        caller = CALLER.get()
        return fact_check_service_pb2.SearchFactChecksResponse(
            next_page_token=f"{caller.partner_name} {caller.site_id} {caller.key_id}"
        )


class Publications(publication_service_pb2_grpc.PublicationServiceServicer):
    """A stream that ticks until somebody ends it; a panel that is never there."""

    def __init__(self) -> None:
        self.ended = 0

    async def GetPanel(self, request: Any, context: Any) -> Any:
        raise NotFound("article")

    async def WatchPublications(self, request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            if request.resume_token == "bad":
                raise Refused("BAD_TOKEN", "Not a token of ours.", field="resume_token", status=400)
            for number in range(10_000):
                yield publication_service_pb2.WatchPublicationsResponse(resume_token=str(number))
                await asyncio.sleep(0.05)
        finally:
            self.ended += 1


class KeyBook:
    """The directory, whose database can go away."""

    def __init__(self, directory: Directory) -> None:
        self.directory, self.away = directory, False

    async def partner_key(self, key_id: str) -> PartnerKey | None:
        if self.away:
            raise Transient(SECRET)
        return await self.directory.partner_key(key_id)


def partner_rpcs(publications: Publications | None = None) -> list[Rpc]:
    """Both services; GetPanel is registered but left out of the scopes."""
    return [
        Rpc(
            FACT_CHECKS,
            partial(fact_check_service_pb2_grpc.add_FactCheckServiceServicer_to_server, FactChecks()),  # type: ignore[abstract]
            {"SearchFactChecks": "factchecks.read"},
        ),
        Rpc(
            PUBLICATIONS,
            partial(
                publication_service_pb2_grpc.add_PublicationServiceServicer_to_server, publications or Publications()
            ),
            {"WatchPublications": "panels.read"},
        ),
    ]


async def give_key(
    db: Database,
    *,
    scopes: tuple[str, ...] = ("factchecks.read", "panels.read"),
    per_minute: int = 10_000,
    expires_at: datetime | None = None,
    site_id: UUID = DEFAULT_SITE,
) -> NewKey:
    """A key in this service's copy of the directory."""
    key = new_key()
    await db.execute(
        _KEY, key.key_id, site_id, f"p-{key.key_id}", key.secret_sha256, list(scopes), per_minute, expires_at
    )
    return key


def bearer(plain: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {plain}")]


class Told:
    """What a failed call told its caller."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        self.code, self.message = error.code(), error.details()
        status = rpc_status.from_call(error)
        assert status is not None, f"{self.code} without google.rpc.Status"
        self.details = [detail.type_url.rpartition(".")[2] for detail in status.details]
        self.info, bad, self.retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), 0
        self.field = ""
        for detail in status.details:
            retry = error_details_pb2.RetryInfo()
            if detail.Unpack(bad):
                self.field = bad.field_violations[0].field
            elif detail.Unpack(retry):
                self.retry = retry.retry_delay.seconds
            else:
                detail.Unpack(self.info)
        assert self.info.domain == "plumbline"
        assert SECRET not in str(status)

    @property
    def reason(self) -> str:
        return str(self.info.reason)


async def refusal(call: Any) -> Told:
    """How a call failed; fails the test when it did not."""
    try:
        if hasattr(call, "read"):
            while await call.read() is not grpc.aio.EOF:
                pass
        else:
            await call
    except grpc.aio.AioRpcError as error:
        return Told(error)
    raise AssertionError("the call went through")
