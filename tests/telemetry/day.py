"""An ordinary day with everything in it that telemetry has to tell: requests, events, jobs, waits, failures, a replay."""

from __future__ import annotations

from functools import partial
from typing import Any

import aiohttp
import grpc.aio
from plumbline.partner.v1 import fact_check_service_pb2 as wire
from plumbline.partner.v1 import fact_check_service_pb2_grpc as service
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.errors import Transient
from shared.grpc import GrpcDoor, PartnerAuth, Rpc
from shared.http import HttpDoor, read_json
from shared.local.choice import Broker
from shared.runtime import Running
from shared.testing.kit import Stage, eventually
from shared.testing.records import Still, delivery, record
from tests.sample.newsroom import Newsroom, article, publish


async def live_through(
    stage: Stage, broker: Broker, newsroom: Newsroom, *, title: str = "Smith said 40", why: str = "a bug"
) -> tuple[Running, Running, Running]:
    """Articles `a1` (handled), `a2` (waited for), `a3` (set aside, mended, replayed), posted through a door.

    `title` travels in every event, `why` in every error.
    """
    tries: dict[str, int] = {}
    mended = False

    async def moody(event: Any, _work: Any) -> None:
        tries[event.article_id] = tries.get(event.article_id, 0) + 1
        if event.article_id == "a2" and tries["a2"] == 1:
            raise Transient(why)
        if event.article_id == "a3" and not mended:
            raise RuntimeError(why)

    newsroom.on_article = moody
    desk, sheets, panels = await stage.run(
        broker, newsroom.specs, topics=newsroom.topics, watch_seconds=0.2, log_level="DEBUG"
    )
    await _post_all(newsroom, desk, title)
    await _call_unknown(desk)
    (letter,) = await eventually(sheets.resources.dead_letters.find)
    mended = True
    await sheets.resources.dead_letters.replay(sheets.resources.outbox, letter["dead_letter_id"], person="ops")

    async def all_joined() -> bool:
        db = panels.resources.db
        joined = await db.fetchval("SELECT count(*) FROM panel WHERE claim = title AND title <> ''")
        return bool(joined == 3 == await db.fetchval("SELECT count(*) FROM announcement"))

    await eventually(all_joined)
    # A twin, and the dead letter of a record nobody can read.
    heard = record(newsroom.articles, article("a1", 1, title), changed={"baggage": why, "ce_subject": title})
    await delivery(panels).settle(heard, Still())
    await delivery(panels).settle(heard, Still())
    await delivery(panels).settle(record(newsroom.articles, article("a1", 1, title), changed={"ce_time": why}), Still())
    await desk.problems()
    await eventually(lambda: stage.observed[panels.spec.group].metric("plumbline_outbox_oldest_seconds") is not None)
    for running in (desk, sheets, panels):
        await running.readiness.measure()
        await running.problems()
    return desk, sheets, panels


async def _post_all(newsroom: Newsroom, desk: Running, title: str) -> None:
    async def post(request: Request) -> Response:
        body = await read_json(request)
        await publish(newsroom, desk.resources.outbox, body["id"], 1, title=body["title"])
        return JSONResponse({}, 202)

    routes = [Route("/articles", post, methods=["POST"])]
    door = HttpDoor(routes, host="127.0.0.1", port=0, telemetry=desk.resources.telemetry)
    await door.start()
    try:
        async with aiohttp.ClientSession(door.url) as http:
            for article_id in ("a1", "a2", "a3"):
                async with http.post("/articles", json={"id": article_id, "title": title}) as answer:
                    assert answer.status == 202
            async with http.post("/articles", data=b"\xff" + title.encode()) as answer:
                assert answer.status == 400
    finally:
        await door.stop(1.0)


class _Nothing(service.FactCheckServiceServicer):
    async def SearchFactChecks(self, request: Any, context: Any) -> Any:
        return wire.SearchFactChecksResponse()


async def _call_unknown(desk: Running) -> None:
    """A partner call without a key."""
    name = "plumbline.partner.v1.FactCheckService"
    register = partial(service.add_FactCheckServiceServicer_to_server, _Nothing())  # type: ignore[abstract]
    auth = PartnerAuth(desk.resources.directory, desk.resources.clock)
    rpc = Rpc(name, register, {"SearchFactChecks": "factchecks.read"})
    door = GrpcDoor([rpc], host="127.0.0.1", port=0, telemetry=desk.resources.telemetry, authenticate=auth)
    await door.start()
    try:
        async with grpc.aio.insecure_channel(door.target) as channel:
            stub = service.FactCheckServiceStub(channel)
            try:
                await stub.SearchFactChecks(wire.SearchFactChecksRequest(query="x"))
            except grpc.aio.AioRpcError as error:
                assert error.code() is grpc.StatusCode.UNAUTHENTICATED  # noqa: PT017
    finally:
        await door.stop(0.2)
