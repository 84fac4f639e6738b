"""What the console tells reaches another service over a broker, and its doors act on it."""

from __future__ import annotations

import uuid
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from pydantic_settings import BaseSettings

from services.console.directory import add_partner, revoke_partner
from shared.grpc import GrpcDoor, PartnerAuth
from shared.local.choice import Broker
from shared.partner_keys import split_key
from shared.runtime import Running
from shared.service import Resources, Service, ServiceSpec
from shared.testing.kit import Stage, eventually
from tests.integration.console.house import console_spec
from tests.integration.doors.callers import Publications, Told, bearer, partner_rpcs, refusal

Code = grpc.StatusCode


def listener(name: str, migrations: Path) -> ServiceSpec:
    """A service that hears the directory, as all do, and nothing else."""

    def build(_: Any, resources: Resources) -> Service:
        return Service(resources.outbox.service)

    return ServiceSpec(f"listener_{name}", BaseSettings, build, migrations)


async def test_S2_a_key_opens_another_services_door_and_its_revocation_ends_calls_and_streams(
    stage: Stage, any_broker: Broker, tmp_path: Path
) -> None:
    name = uuid.uuid4().hex[:10]
    console, other = await stage.run(
        any_broker, [console_spec(name), listener(name, tmp_path)], otlp_port=0, telemetry=False
    )
    await eventually(lambda: _ready(other))
    publications, found = Publications(), other.resources
    door = GrpcDoor(
        partner_rpcs(publications),
        host="127.0.0.1",
        port=0,
        telemetry=found.telemetry,
        authenticate=PartnerAuth(found.directory, found.clock),
    )
    await door.start()
    try:
        async with grpc.aio.insecure_channel(door.target) as channel:
            plain = await add_partner(console.resources.outbox, "Org", ["factchecks.read", "panels.read"], 6000)
            search = partial(_search, channel, plain)
            await eventually(search, every=0.1)
            stream = channel.unary_stream("/plumbline.partner.v1.PublicationService/WatchPublications")(
                b"", metadata=bearer(plain)
            )
            assert await stream.read()
            await revoke_partner(console.resources.outbox, (split_key(plain) or ("", ""))[0])
            told: Told = await refusal(stream)
            assert told.code is Code.UNAUTHENTICATED
            assert not await search()
    finally:
        await door.stop(1.0)
        await stage.stop()
        await stage.server.drop_database(f"spans_{name}")


async def _search(channel: grpc.aio.Channel, plain: str) -> bool:
    try:
        call = channel.unary_unary("/plumbline.partner.v1.FactCheckService/SearchFactChecks")
        return bool(await call(b"", metadata=bearer(plain)))
    except grpc.aio.AioRpcError as error:
        if error.code() is not Code.UNAUTHENTICATED:
            raise
        return False


async def _ready(service: Running) -> bool:
    return not await service.problems()
