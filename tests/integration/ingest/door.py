"""Ingest behind its real HTTP door on a real database, without a broker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from google.protobuf.message import Message
from plumbline.events.v1 import article_pb2, submission_pb2

from services.ingest.app import SPEC
from services.ingest.sources import add_source
from shared.http import HttpDoor
from shared.kafka import Cluster
from shared.outbox import unpack_headers
from shared.runtime import Running
from shared.testing.kit import MASTER, Observed, Stage
from tests.builders.cms import as_json, event, signed

KINDS = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (article_pb2.Article, article_pb2.Draft, submission_pb2.CommentSubmission)
}
NOWHERE = Cluster("127.0.0.1:1", embedded=True)


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Door:
    """A running door and the service behind it."""

    running: Running
    http: HttpDoor
    client: aiohttp.ClientSession
    secret: str
    observed: Observed

    async def send(
        self, body: bytes, headers: dict[str, str], *, source: str = "cms", method: str = "POST", door: str = "ingest"
    ) -> Answer:
        url = f"{self.http.url}/v1/{door}/{source}"
        async with self.client.request(method, url, data=body, headers=headers, allow_redirects=False) as answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read())

    async def post(self, sent: Any, **how: Any) -> Answer:
        """Sign and send JSON; the webhook id is the event's unless given."""
        body = as_json(sent)
        how.setdefault("webhook_id", sent["id"] if isinstance(sent, dict) else "msg_1")
        return await self.send(body, signed(self.secret, body, **how))

    async def tell(self, data: dict[str, Any], *, id: str = "e1", **changed: Any) -> Answer:
        return await self.post(event(data, id=id, **changed))

    async def get(self, path: str) -> Answer:
        async with self.client.get(self.http.url + path, allow_redirects=False) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.read())

    async def told(self) -> list[Message]:
        """Every event in the outbox, in order."""
        rows = await self.running.resources.db.fetch("SELECT type, value FROM outbox ORDER BY position")
        return [KINDS[row["type"]].FromString(row["value"]) for row in rows]

    async def envelopes(self) -> list[dict[str, str]]:
        rows = await self.running.resources.db.fetch("SELECT topic, key, headers FROM outbox ORDER BY position")
        return [
            {"topic": r["topic"], "key": r["key"], **{n: v.decode() for n, v in unpack_headers(r["headers"])}}
            for r in rows
        ]

    async def count(self, table: str) -> int:
        return int(await self.running.resources.db.fetchval(f"SELECT count(*) FROM {table}"))

    async def state(self) -> list[Any]:
        """Everything an article and a comment are."""
        db = self.running.resources.db
        return [
            [tuple(row) for row in await db.fetch("SELECT * FROM article ORDER BY article_id")],
            [tuple(row) for row in await db.fetch("SELECT * FROM cms_comment ORDER BY comment_id")],
            [message.SerializeToString(deterministic=True) for message in await self.told()],
        ]


@asynccontextmanager
async def serve(stage: Stage) -> AsyncIterator[Door]:
    """Ingest without any source yet."""
    running = await stage.prepare(SPEC, stage.surroundings(NOWHERE))
    http = HttpDoor(running.service.routes, host="127.0.0.1", port=0, telemetry=running.resources.telemetry)
    await http.start()
    try:
        async with aiohttp.ClientSession() as client:
            yield Door(running, http, client, "", stage.observed[SPEC.group])
    finally:
        await http.stop(1.0)


async def begin(door: Door) -> None:
    """Empty tables and one source, `cms`."""
    found = door.running.resources
    tables = "source, delivery, submission, seen_delivery, article, draft, cms_comment, outbox, inbox, operator_act, dead_letter"
    await found.db.execute(f"TRUNCATE {tables} RESTART IDENTITY")
    door.secret = await add_source(found.outbox, MASTER, found.clock, "cms")
