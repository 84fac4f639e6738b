"""The staff door: only what the desk signed, for this service, about a person of this role, for a minute."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import grpc
import grpc.aio
import pytest
import pytest_asyncio
from plumbline.staff.v1 import moderation_service_pb2 as contract
from plumbline.staff.v1 import moderation_service_pb2_grpc as stubs

from shared.admission import Authenticate
from shared.assertions import AssertionSigner
from shared.clock import SystemClock
from shared.directory import Directory
from shared.grpc import PERSON, GrpcDoor, PartnerAuth, Person, Rpc, StaffAuth
from shared.ids import DEFAULT_SITE
from shared.postgres import Database
from shared.telemetry.setup import Telemetry
from shared.testing.kit import Observed
from tests.integration.doors.callers import bearer, give_key, partner_rpcs, refusal

SERVICE = "plumbline.staff.v1.ModerationService"
MIA = Person("p-1", "Mia Øst", frozenset({"moderator"}), DEFAULT_SITE)


class Moderation(stubs.ModerationServiceServicer):
    """Answers with who asked."""

    async def ListHeldComments(self, request: Any, context: Any) -> Any:
        person = PERSON.get()
        return contract.ListHeldCommentsResponse(next_page_token=f"{person.person_id} {person.name} {person.site_id}")

    async def DecideComment(self, request: Any, context: Any) -> Any:
        raise AssertionError("the scopes do not name this method")


def rpc() -> Rpc:
    register = partial(stubs.add_ModerationServiceServicer_to_server, Moderation())
    return Rpc(SERVICE, register, {"ListHeldComments": "moderator"})


@dataclass(slots=True)
class House:
    channel: grpc.aio.Channel
    signer: AssertionSigner

    def token(self, person: Person = MIA, **changed: Any) -> str:
        asked: dict[str, Any] = {"audience": "comment", "now": datetime.now(UTC)} | changed
        return self.signer.sign(person, **asked)

    def ask(self, authorization: str = "", **metadata: str) -> Any:
        sent = [(name, value) for name, value in {"authorization": authorization, **metadata}.items() if value]
        return stubs.ModerationServiceStub(self.channel).ListHeldComments(
            contract.ListHeldCommentsRequest(), metadata=sent
        )


async def new_signer(db: Database, *, site_id: UUID = DEFAULT_SITE) -> AssertionSigner:
    signer = AssertionSigner(str(uuid4()), os.urandom(32))
    await db.execute(
        "INSERT INTO staff_signer VALUES ($1, $2, 1, 1, $3, false)", signer.signer_id, site_id, signer.public_key
    )
    return signer


@pytest_asyncio.fixture
async def house(db: Database, directory: Directory, observed: Observed) -> AsyncIterator[House]:
    auth = StaffAuth(directory, audience="comment", clock=SystemClock())
    door = GrpcDoor([rpc()], host="127.0.0.1", port=0, telemetry=observed.telemetry, authenticate=auth)
    await door.start()
    async with grpc.aio.insecure_channel(door.target) as channel:
        yield House(channel, await new_signer(db))
    await door.stop(1.0)


async def test_S4_a_signed_assertion_names_the_person(house: House) -> None:
    answer = await house.ask(f"Staff {house.token()}")
    assert answer.next_page_token == f"p-1 Mia Øst {DEFAULT_SITE}"


async def test_S2_forged_expired_and_foreign_assertions_are_refused_alike(house: House, db: Database) -> None:
    good, now = house.token(), datetime.now(UTC)
    body, _, signature = good.partition(".")
    unknown = AssertionSigner(str(uuid4()), os.urandom(32))
    thief = AssertionSigner(house.signer.signer_id, os.urandom(32))
    elsewhere = await new_signer(db, site_id=UUID(int=7))
    key = await give_key(db)
    bad = {
        "nothing": "",
        "not a token": "Staff x",
        "no signature": f"Staff {body}.",
        "no body": f"Staff .{signature}",
        "altered": f"Staff {altered(body, roles=['moderator', 'admin'])}.{signature}",
        "another signature": f"Staff {body}.{house.token(Person('p-2', 'x', MIA.roles, DEFAULT_SITE)).partition('.')[2]}",
        "not base64": "Staff ***.***",
        "not an object": f"Staff {base64.urlsafe_b64encode(b'[]').decode()}.{signature}",
        "deeply nested": f"Staff {base64.urlsafe_b64encode(b'[' * 5000).decode()}.{signature}",
        "unknown signer": f"Staff {unknown.sign(MIA, audience='comment', now=now)}",
        "stolen signer id": f"Staff {thief.sign(MIA, audience='comment', now=now)}",
        "signer of another site": f"Staff {elsewhere.sign(MIA, audience='comment', now=now)}",
        "for another service": f"Staff {house.token(audience='verification')}",
        "expired": f"Staff {house.token(now=now - timedelta(seconds=61))}",
        "from the future": f"Staff {house.token(now=now + timedelta(seconds=30))}",
        "lives too long": f"Staff {house.token(lifetime=timedelta(minutes=5))}",
        "a partner's key": f"Bearer {key.plain}",
        "a partner's key as staff": f"Staff {key.plain}",
        "an assertion as a key": f"Bearer {good}",
    }
    for what, authorization in bad.items():
        told = await refusal(house.ask(authorization))
        assert (told.code, told.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED"), what
        assert told.message == "This call needs a signed assertion of the staff desk.", what
    assert await house.ask(f"Staff {good}")


def altered(body: str, **changed: Any) -> str:
    said = json.loads(base64.urlsafe_b64decode(body))
    return base64.urlsafe_b64encode(json.dumps(said | changed).encode()).decode()


async def test_S4_the_role_is_asked_per_method(house: House) -> None:
    reviewer = Person("p-1", "Mia", frozenset({"reviewer", "admin"}), DEFAULT_SITE)
    told = await refusal(house.ask(f"Staff {house.token(reviewer)}"))
    assert (told.code, told.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


async def test_S2_a_revoked_signer_vouches_for_nobody(house: House, db: Database) -> None:
    await db.execute("UPDATE staff_signer SET revoked = true WHERE signer_id = $1", house.signer.signer_id)
    assert (await refusal(house.ask(f"Staff {house.token()}"))).code is grpc.StatusCode.UNAUTHENTICATED


async def test_T1_inside_the_house_a_call_continues_its_trace(house: House, observed: Observed) -> None:
    await house.ask(f"Staff {house.token()}", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    (span,) = observed.spans
    assert span.parent is not None
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == ("a" * 32, "b" * 16)


def test_S2_staff_services_cannot_be_put_on_a_partner_door_nor_the_other_way_round() -> None:
    telemetry = Telemetry.of("door")
    partners = PartnerAuth(Directory(None, SystemClock()), SystemClock())  # type: ignore[arg-type]
    staff = StaffAuth(Directory(None, SystemClock()), audience="x", clock=SystemClock())  # type: ignore[arg-type]
    wrong: list[tuple[list[Rpc], Authenticate]] = [([rpc()], partners), (partner_rpcs(), staff)]
    for rpcs, auth in wrong:
        with pytest.raises(ValueError, match="does not belong"):
            GrpcDoor(rpcs, host="127.0.0.1", port=0, telemetry=telemetry, authenticate=auth)


async def test_S2_an_assertion_opens_no_partner_method(house: House, db: Database, directory: Directory) -> None:
    telemetry = Telemetry.of("door")
    auth = PartnerAuth(directory, SystemClock())
    door = GrpcDoor(partner_rpcs(), host="127.0.0.1", port=0, telemetry=telemetry, authenticate=auth)
    await door.start()
    async with grpc.aio.insecure_channel(door.target) as channel:
        search = channel.unary_unary("/plumbline.partner.v1.FactCheckService/SearchFactChecks")
        for authorization in (f"Staff {house.token()}", f"Bearer {house.token()}"):
            told = await refusal(search(b"", metadata=[("authorization", authorization)]))
            assert told.code is grpc.StatusCode.UNAUTHENTICATED
        key = await give_key(db)
        assert await search(b"", metadata=bearer(key.plain))
    await door.stop(1.0)
