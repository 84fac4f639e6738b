"""The comment service behind its real doors on a real database, without a broker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp
import grpc.aio
from google.protobuf.message import Message
from plumbline.events.v1 import comment_pb2, directory_pb2
from plumbline.staff.v1 import moderation_service_pb2_grpc as staff_grpc

from services.comment.app import SPEC
from services.comment.reading import recount
from shared.assertions import SCHEME, AssertionSigner, Person
from shared.grpc import GrpcDoor, StaffAuth
from shared.http import HttpDoor
from shared.ids import DEFAULT_SITE
from shared.kafka import Cluster
from shared.runtime import Running
from shared.testing.kit import Observed, Stage
from shared.testing.records import Heard, deliver
from tests.builders.comments import ARTICLE, heard_article

KINDS: dict[str, type[Message]] = {
    kind.DESCRIPTOR.full_name: kind for kind in (comment_pb2.Comment, comment_pb2.CommentCounts, comment_pb2.Tip)
}
NOWHERE = Cluster("127.0.0.1:1", embedded=True)
SIGNER = AssertionSigner("desk", bytes(range(32)))
TABLES = "thread, comment, moderation_settings, outbox, inbox, dead_letter, operator_act"


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Desk:
    """A running comment service."""

    running: Running
    http: HttpDoor
    staff: GrpcDoor
    client: aiohttp.ClientSession
    observed: Observed

    async def hear(self, *records: Heard, times: int = 1) -> None:
        """Bring records to their end; none of them may become a dead letter."""
        await deliver(self.running, records, times=times)
        dead = await self.running.resources.dead_letters.find()
        assert not dead, [(row["error"], row["reason"]) for row in dead]

    async def get(self, path: str = "", *, article_id: UUID = ARTICLE, headers: dict[str, str] | None = None) -> Answer:
        return await self.request("GET", f"/articles/{article_id}/comments{path}", headers=headers or {})

    async def post(self, values: dict[str, Any] | None = None, *, article_id: UUID = ARTICLE, **how: Any) -> Answer:
        """Post a comment as JSON, or as the form when `data` is given."""
        if values is not None:
            how["json"] = values
        return await self.request("POST", f"/articles/{article_id}/comments", **how)

    async def request(self, method: str, path: str, **how: Any) -> Answer:
        how.setdefault("allow_redirects", False)
        async with self.client.request(method, self.http.url + path, **how) as answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read())

    @asynccontextmanager
    async def moderator(
        self, *roles: str, site: UUID = DEFAULT_SITE
    ) -> AsyncIterator[tuple[staff_grpc.ModerationServiceStub, list[tuple[str, str]]]]:
        """A stub and the metadata of somebody at the staff desk."""
        now = self.running.resources.clock.now()
        person = Person("p-1", "Mo", frozenset(roles or ("moderator",)), site)
        token = SIGNER.sign(person, audience="comment", now=now)
        async with grpc.aio.insecure_channel(self.staff.target) as channel:
            yield staff_grpc.ModerationServiceStub(channel), [("authorization", f"{SCHEME} {token}")]

    async def told(self) -> list[Message]:
        rows = await self.running.resources.db.fetch("SELECT type, value FROM outbox ORDER BY position")
        return [KINDS[row["type"]].FromString(row["value"]) for row in rows]

    async def told_comments(self) -> dict[str, comment_pb2.Comment]:
        """The last state told of every comment."""
        return {m.comment_id: m for m in await self.told() if isinstance(m, comment_pb2.Comment)}

    async def told_count(self) -> int:
        """The last number of comments told."""
        counts = [m.published for m in await self.told() if isinstance(m, comment_pb2.CommentCounts)]
        return counts[-1] if counts else 0

    async def told_tips(self) -> list[comment_pb2.Tip]:
        return [m for m in await self.told() if isinstance(m, comment_pb2.Tip)]

    async def domain_state(self) -> list[Any]:
        """Threads and comments, without counters, which depend on how often something was said."""
        db = self.running.resources.db
        comments = await db.fetch(
            "SELECT comment_id, parent_id, root_id, author_name, raw, html, status, decided_by, reasons, written_at,"
            " heard_counter FROM comment ORDER BY comment_id"
        )
        threads = await db.fetch(
            "SELECT article_id, withdrawn, article_counter, published FROM thread ORDER BY article_id"
        )
        return [[tuple(row) for row in comments], [tuple(row) for row in threads]]

    async def check_counts(self, articles: Sequence[UUID] = (ARTICLE,)) -> None:
        """C5: stored, told and recounted numbers are one number."""
        db = self.running.resources.db
        for article_id in articles:
            stored = await db.fetchval("SELECT published FROM thread WHERE article_id = $1", article_id) or 0
            assert stored == await recount(db, article_id)
        if tuple(articles) == (ARTICLE,):
            assert await self.told_count() == (
                await db.fetchval("SELECT published FROM thread WHERE article_id = $1", ARTICLE) or 0
            )


@asynccontextmanager
async def serve(stage: Stage) -> AsyncIterator[Desk]:
    running = await stage.prepare(SPEC, stage.surroundings(NOWHERE))
    found = running.resources
    http = HttpDoor(running.service.routes, host="127.0.0.1", port=0, telemetry=found.telemetry)
    auth = StaffAuth(found.directory, audience="comment", clock=found.clock)
    staff = GrpcDoor(running.service.staff, host="127.0.0.1", port=0, telemetry=found.telemetry, authenticate=auth)
    await http.start()
    await staff.start()
    await introduce(running)
    try:
        async with aiohttp.ClientSession() as client:
            yield Desk(running, http, staff, client, stage.observed[SPEC.group])
    finally:
        await staff.stop(0.5)
        await http.stop(1.0)


async def introduce(running: Running) -> None:
    """The directory knows the site and the staff desk's key."""
    db = running.resources.db
    site = directory_pb2.Site(
        site_id=str(DEFAULT_SITE),
        name="Saltmere Courier",
        languages=["en"],
        mission="News of the coast.",
        legal_footer="Imprint",
    )
    await db.execute(
        "UPDATE site SET epoch = 1, counter = 1, name = 'x', body = $1 WHERE site_id = $2",
        site.SerializeToString(),
        DEFAULT_SITE,
    )
    await db.execute(
        "INSERT INTO staff_signer VALUES ($1, $2, 1, 1, $3, false)", SIGNER.signer_id, DEFAULT_SITE, SIGNER.public_key
    )


async def begin(desk: Desk) -> None:
    """Empty tables, full buckets, and one article that is heard of."""
    db = desk.running.resources.db
    await db.execute("ALTER TABLE moderation_act DISABLE TRIGGER moderation_act_stays")
    await db.execute(f"TRUNCATE {TABLES}, moderation_act")
    await db.execute("ALTER TABLE moderation_act ENABLE TRIGGER moderation_act_stays")
    await desk.hear(heard_article())
    await db.execute("TRUNCATE outbox")
