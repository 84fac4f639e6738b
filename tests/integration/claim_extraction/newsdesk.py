"""Claim extraction for a test: what it hears, the jobs it leaves, what partners ask it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import grpc.aio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.message import Message
from plumbline.events.v1 import claim_pb2
from plumbline.partner.v1 import claim_service_pb2 as pb
from plumbline.partner.v1 import claim_service_pb2_grpc
from plumbline.staff.v1 import claim_desk_service_pb2 as staff_pb
from plumbline.staff.v1 import claim_desk_service_pb2_grpc as staff_grpc

from services.claim_extraction.app import SPEC, Settings, build
from shared.assertions import SCHEME, AssertionSigner, Person
from shared.events import version_of
from shared.grpc import GrpcDoor, PartnerAuth, StaffAuth
from shared.ids import DEFAULT_SITE, derived_id
from shared.inbox import AlreadyHandled, Work
from shared.kafka import Cluster
from shared.retrieval.encoder import EncoderCache
from shared.runtime import Running
from shared.testing.kit import Stage
from shared.testing.patience import PATIENCE
from shared.testing.records import deliver, record
from tests.integration.doors.callers import KeyBook, bearer, give_key

NOWHERE = Cluster("127.0.0.1:1")
_NEXT_JOB = "SELECT id, entrypoint, payload FROM pgqueuer WHERE status = 'queued' ORDER BY id LIMIT 1"
_SHEETS = "SELECT value FROM outbox WHERE topic = 'plumbline.claim.v1' ORDER BY position"


class Partner:
    """Somebody with a key, calling over a socket."""

    def __init__(self, channel: grpc.aio.Channel, plain: str) -> None:
        self._stub = claim_service_pb2_grpc.ClaimServiceStub(channel)
        self._metadata = bearer(plain)

    def text(self, text: str, *, request_id: str = "r1", **more: Any) -> Any:
        request = pb.SubmitTextRequest(text=text, request_id=request_id, **more)
        return self._stub.SubmitText(request, metadata=self._metadata, timeout=PATIENCE)

    def claim(self, text: str, *, request_id: str = "r1", **more: Any) -> Any:
        request = pb.SubmitClaimRequest(text=text, request_id=request_id, **more)
        return self._stub.SubmitClaim(request, metadata=self._metadata, timeout=PATIENCE)

    def extract(self, text: str, **more: Any) -> Any:
        return self._stub.ExtractClaims(
            pb.ExtractClaimsRequest(text=text, **more), metadata=self._metadata, timeout=PATIENCE
        )

    def get(self, name: str) -> Any:
        return self._stub.GetClaim(pb.GetClaimRequest(name=name), metadata=self._metadata, timeout=PATIENCE)

    def listed(self, parent: str = "subjects/-", **more: Any) -> Any:
        return self._stub.ListClaims(
            pb.ListClaimsRequest(parent=parent, **more), metadata=self._metadata, timeout=PATIENCE
        )

    async def all_listed(self, parent: str = "subjects/-", *, page_size: int) -> list[str]:
        """The names on every page, in order."""
        found, token = [], ""
        while True:
            page = await self.listed(parent, page_size=page_size, page_token=token)
            assert len(page.claims) <= page_size
            found += [claim.name for claim in page.claims]
            if not (token := page.next_page_token):
                return found


class Deskworker:
    """A member of staff whom the desk of their site vouches for, calling over a socket."""

    def __init__(self, channel: grpc.aio.Channel, metadata: list[tuple[str, str]]) -> None:
        self._stub, self._metadata = staff_grpc.ClaimDeskServiceStub(channel), metadata

    def claims(self, article_id: str) -> Any:
        return self.send(staff_pb.GetArticleClaimsRequest(article_id=article_id))

    def send(self, request: Any) -> Any:
        """The call a request is for."""
        method = getattr(self._stub, type(request).DESCRIPTOR.name.removesuffix("Request"))
        return method(request, metadata=self._metadata, timeout=PATIENCE)


class Newsdesk:
    """The service, prepared and not started."""

    def __init__(self, running: Running, channel: grpc.aio.Channel, staff: grpc.aio.Channel) -> None:
        self.running, self.db, self._channel, self._staff = running, running.resources.db, channel, staff
        self._jobs = 0

    async def deskworker(
        self, name: str = "Ann", *, role: str = "reviewer", site_id: UUID = DEFAULT_SITE
    ) -> Deskworker:
        """Somebody of a site, vouched for by a key of their own."""
        signer = AssertionSigner(f"desk-{uuid.uuid4().hex[:8]}", Ed25519PrivateKey.generate().private_bytes_raw())
        row = (signer.signer_id, site_id, signer.public_key)
        await self.db.execute("INSERT INTO staff_signer VALUES ($1, $2, 1, 1, $3, false)", *row)
        person = Person(f"id-{name}", name, frozenset({role}), site_id)
        token = signer.sign(person, audience=SPEC.group, now=self.running.resources.clock.now())
        return Deskworker(self._staff, [("authorization", f"{SCHEME} {token}")])

    async def partner(self, *, scopes: tuple[str, ...] = ("claims.read", "claims.write"), **key: Any) -> Partner:
        """A partner of its own."""
        return Partner(self._channel, (await give_key(self.db, scopes=scopes, **key)).plain)

    async def hear(self, topic: str, message: Message) -> None:
        """One event and every job it leaves, to their end."""
        version = version_of(message.version)  # type: ignore[attr-defined]
        await deliver(self.running, [record(topic, message, subject="subject", version=version)])
        await self.work()

    async def work(self) -> None:
        """Run waiting jobs until there are none."""
        found = self.running.resources
        while job := await self.db.fetchrow(_NEXT_JOB):
            self._jobs += 1
            kind = next(each for each in self.running.service.jobs if each.name == job["entrypoint"])
            work = Work(
                found.outbox,
                work_id=derived_id("job", str(self._jobs)),
                topic=kind.name,
                ids=found.ids,
                clock=found.clock,
                log=found.telemetry.log,
            )
            with contextlib.suppress(AlreadyHandled):
                await kind.handler(job["payload"] or b"", work)
            await self.db.execute("DELETE FROM pgqueuer WHERE id = $1", job["id"])

    async def told(self, subject_id: str = "") -> list[claim_pb2.ClaimSheet]:
        """The sheets told so far, of one subject or of all."""
        sheets = [claim_pb2.ClaimSheet.FromString(row["value"]) for row in await self.db.fetch(_SHEETS)]
        return [sheet for sheet in sheets if subject_id in ("", sheet.subject_id)]

    async def newest(self, subject_id: str) -> claim_pb2.ClaimSheet:
        return (await self.told(subject_id))[-1]


@contextlib.asynccontextmanager
async def open_newsdesk(stage: Stage, encoder: EncoderCache | None) -> AsyncIterator[Newsdesk]:
    """The service on a database of its own."""
    settings = Settings(encoder=encoder is not None, syntax=encoder is not None)
    if encoder is not None:
        stage.encoder = lambda: encoder
    spec = replace(
        SPEC,
        name=f"claim_extraction_{uuid.uuid4().hex[:8]}",
        build=lambda _settings, found: build(settings, found),
    )
    running = await stage.prepare(spec, stage.surroundings(NOWHERE, telemetry=False))
    found = running.resources
    door = GrpcDoor(
        running.service.partner,
        host="127.0.0.1",
        port=0,
        telemetry=found.telemetry,
        authenticate=PartnerAuth(KeyBook(found.directory), clock=found.clock),
    )
    vouched = StaffAuth(found.directory, audience=SPEC.group, clock=found.clock)
    staff = GrpcDoor(running.service.staff, host="127.0.0.1", port=0, telemetry=found.telemetry, authenticate=vouched)
    await door.start()
    await staff.start()
    try:
        async with grpc.aio.insecure_channel(door.target) as channel, grpc.aio.insecure_channel(staff.target) as desk:
            yield Newsdesk(running, channel, desk)
    finally:
        await staff.stop(0)
        await door.stop(0)
