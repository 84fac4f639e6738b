"""The partner door on a real socket, with keys in a real Postgres."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import grpc.aio
import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from plumbline.partner.v1.fact_check_service_pb2 import SearchFactChecksRequest
from plumbline.partner.v1.fact_check_service_pb2_grpc import FactCheckServiceStub
from plumbline.partner.v1.publication_service_pb2 import GetPanelRequest, WatchPublicationsRequest
from plumbline.partner.v1.publication_service_pb2_grpc import PublicationServiceStub

from shared.clock import SystemClock
from shared.directory import Directory
from shared.grpc import GrpcDoor, Limits, PartnerAuth
from shared.ids import DEFAULT_SITE
from shared.partner_keys import NewKey, split_key
from shared.postgres import Database
from shared.testing.kit import Observed, eventually
from shared.testing.patience import PATIENCE
from tests.integration.doors.callers import (
    FACT_CHECKS,
    SECRET,
    KeyBook,
    Publications,
    bearer,
    give_key,
    partner_rpcs,
    refusal,
)

Code = grpc.StatusCode


@dataclass(slots=True)
class House:
    """A door, a partner with a key, and a channel to it."""

    door: GrpcDoor
    key: NewKey
    channel: grpc.aio.Channel
    publications: Publications
    keys: KeyBook
    serving: bool = True

    @property
    def mine(self) -> list[tuple[str, str]]:
        return bearer(self.key.plain)

    def search(self, query: str = "", **call: Any) -> Any:
        call.setdefault("metadata", self.mine)
        return FactCheckServiceStub(self.channel).SearchFactChecks(SearchFactChecksRequest(query=query), **call)

    def watch(self, **call: Any) -> Any:
        call.setdefault("metadata", self.mine)
        return PublicationServiceStub(self.channel).WatchPublications(WatchPublicationsRequest(), **call)


@pytest_asyncio.fixture
async def house(db: Database, directory: Directory, observed: Observed) -> AsyncIterator[House]:
    publications, keys = Publications(), KeyBook(directory)
    door = GrpcDoor(
        partner_rpcs(publications),
        host="127.0.0.1",
        port=0,
        telemetry=observed.telemetry,
        authenticate=PartnerAuth(keys, SystemClock()),
        limits=Limits(unary_seconds=3.0),
        ready=lambda: asyncio.sleep(0, made.serving),
        recheck_seconds=0.2,
    )
    made = House(door, await give_key(db), grpc.aio.insecure_channel("127.0.0.1:1"), publications, keys)
    await door.start()
    async with grpc.aio.insecure_channel(door.target) as channel:
        made.channel = channel
        yield made
    await door.stop(1.0)


async def test_a_key_lets_its_partner_in_and_the_handler_knows_who_it_is(house: House) -> None:
    answer = await house.search()
    assert answer.next_page_token == f"Fact Org {DEFAULT_SITE} {house.key.key_id}"
    lower = [("authorization", "bearer " + house.key.plain)]
    assert (await house.search(metadata=lower)).next_page_token == answer.next_page_token


@pytest.mark.parametrize(
    ("query", "code", "reason", "field"),
    [
        ("refused", Code.INVALID_ARGUMENT, "BAD_QUERY", "query"),
        ("missing", Code.NOT_FOUND, "NOT_FOUND", ""),
        ("conflict", Code.ABORTED, "CONFLICT", ""),
        ("busy", Code.UNAVAILABLE, "UNAVAILABLE", ""),
        ("bug", Code.INTERNAL, "INTERNAL", ""),
        ("bad utf-8", Code.INTERNAL, "INTERNAL", ""),
        ("slow", Code.DEADLINE_EXCEEDED, "DEADLINE", ""),
        ("a\x00b", Code.INVALID_ARGUMENT, "INVALID_TEXT", "query"),
        ("x" * 2_200_000, Code.RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE", ""),
    ],
    ids=lambda value: str(value)[:12],
)
async def test_S2_every_error_is_a_status_with_error_info(
    house: House, observed: Observed, query: str, code: grpc.StatusCode, reason: str, field: str
) -> None:
    told = await refusal(house.search(query))
    assert (told.code, told.reason, told.field) == (code, reason, field)
    assert len(told.details) == len(set(told.details))
    assert (told.retry > 0) == (code is Code.UNAVAILABLE)
    assert SECRET not in observed.log.getvalue()
    assert (await house.search()).next_page_token, "the next good call is unharmed"
    name = f"{FACT_CHECKS}/SearchFactChecks"
    await eventually(lambda: observed.metric("plumbline_rpc_seconds_count", method=name, status=code.name) == 1)
    await eventually(lambda: len(observed.spans) == 2)
    span = observed.spans[0]
    assert (span.name, dict(span.attributes or {})["rpc.response.status_code"]) == (name, code.name)


@pytest.mark.parametrize("raw", [b"\xff\xff\xff", b"\x0a\x02\xff\xff", b"\x0a\xff\xff\xff\xff\x0f", b"\x10"])
async def test_S7_bytes_that_are_no_message_are_an_invalid_argument(house: House, raw: bytes) -> None:
    call = house.channel.unary_unary(f"/{FACT_CHECKS}/SearchFactChecks")
    told = await refusal(call(raw, metadata=house.mine))
    assert (told.code, told.reason) == (Code.INVALID_ARGUMENT, "MALFORMED_MESSAGE")


@pytest.mark.parametrize("path", ["/nope/nope", f"/{FACT_CHECKS}/Nope", "/plumbline.staff.v1.ReviewService/GetReview"])
async def test_S2_what_is_not_there_says_so_with_error_info(house: House, path: str) -> None:
    told = await refusal(house.channel.unary_unary(path)(b"", metadata=house.mine))
    assert told.code is Code.UNIMPLEMENTED


async def test_S2_a_method_without_a_declared_scope_cannot_be_called(house: House) -> None:
    call = PublicationServiceStub(house.channel).GetPanel(GetPanelRequest(name="articles/1"), metadata=house.mine)
    assert (await refusal(call)).code is Code.UNIMPLEMENTED


async def test_S2_nobody_gets_in_with_anything_but_a_good_key(house: House, db: Database) -> None:
    key_id, secret = split_key(house.key.plain) or ("", "")
    other = await give_key(db)
    old = await give_key(db, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    gone = await give_key(db)
    await db.execute("UPDATE partner_key SET revoked = true WHERE key_id = $1", gone.key_id)
    wrong = [
        "",
        "pl_",
        f"pl_{key_id}",
        f"pl_{key_id}_",
        f"pl_{key_id}_{secret}x",
        f"pl_{other.key_id}_{secret}",
        f"pl_unknown_{secret}",
        f"xx_{key_id}_{secret}",
        "pl_" + "a" * 500,
        old.plain,
        gone.plain,
    ]
    answers = {await _said(house, bearer(plain)) for plain in wrong}
    answers |= {await _said(house, metadata) for metadata in ([], [("authorization", f"Staff {house.key.plain}")])}
    assert answers == {(Code.UNAUTHENTICATED, "Send a valid key as `authorization: Bearer pl_...`.", "UNAUTHENTICATED")}


async def _said(house: House, metadata: list[tuple[str, str]]) -> tuple[grpc.StatusCode, str, str]:
    told = await refusal(house.search(metadata=metadata))
    return told.code, told.message or "", told.reason


async def test_S2_scopes_are_asked_per_method_for_streams_too(house: House, db: Database) -> None:
    reader = await give_key(db, scopes=("panels.read",))
    told = await refusal(house.search(metadata=bearer(reader.plain)))
    assert (told.code, told.reason) == (Code.PERMISSION_DENIED, "SCOPE_MISSING")
    searcher = await give_key(db, scopes=("factchecks.read",))
    assert (await refusal(house.watch(metadata=bearer(searcher.plain)))).code is Code.PERMISSION_DENIED
    assert await house.watch(metadata=bearer(reader.plain)).read()


async def test_S2_each_key_has_its_own_quota(house: House, db: Database) -> None:
    small, other = await give_key(db, per_minute=3), await give_key(db, per_minute=3)
    for _ in range(3):
        await house.search(metadata=bearer(small.plain))
    told = await refusal(house.search(metadata=bearer(small.plain)))
    assert (told.code, told.reason) == (Code.RESOURCE_EXHAUSTED, "TOO_MANY_REQUESTS")
    assert 1 <= told.retry <= 20
    assert await house.search(metadata=bearer(other.plain))


async def test_S2_a_revoked_key_ends_its_open_streams_within_five_seconds_and_no_other(
    house: House, db: Database
) -> None:
    """How old a key may be known plus how often streams are asked stays under five seconds with one to spare."""
    worst = sum(
        inspect.signature(part).parameters[name].default
        for part, name in ((Directory, "fresh_seconds"), (GrpcDoor, "recheck_seconds"))
    )
    assert worst <= 4.0
    other = await give_key(db)
    stream, theirs = house.watch(), house.watch(metadata=bearer(other.plain))
    assert await theirs.read()
    assert await stream.read()
    await db.execute("UPDATE partner_key SET revoked = true WHERE key_id = $1", house.key.key_id)
    told = await asyncio.wait_for(refusal(stream), PATIENCE)
    assert (told.code, told.reason) == (Code.UNAUTHENTICATED, "UNAUTHENTICATED")
    assert (await refusal(house.search())).code is Code.UNAUTHENTICATED
    assert await theirs.read()
    await eventually(lambda: house.publications.ended)
    assert house.publications.ended == 1


async def test_S2_streams_tell_refusals_and_last_no_longer_than_they_may(
    db: Database, directory: Directory, observed: Observed
) -> None:
    key = await give_key(db)
    door = GrpcDoor(
        partner_rpcs(),
        host="127.0.0.1",
        port=0,
        telemetry=observed.telemetry,
        authenticate=PartnerAuth(directory, SystemClock()),
        limits=Limits(stream_seconds=2.0),
    )
    await door.start()
    async with grpc.aio.insecure_channel(door.target) as channel:
        watch = PublicationServiceStub(channel).WatchPublications
        told = await refusal(watch(WatchPublicationsRequest(resume_token="bad"), metadata=bearer(key.plain)))
        assert (told.code, told.field) == (Code.INVALID_ARGUMENT, "resume_token")
        told = await refusal(watch(WatchPublicationsRequest(), metadata=bearer(key.plain)))
        assert (told.code, told.reason) == (Code.DEADLINE_EXCEEDED, "DEADLINE")
    await door.stop(1.0)


async def test_a_caller_that_leaves_ends_its_stream(house: House) -> None:
    stream = house.watch()
    assert await stream.read()
    stream.cancel()
    await eventually(lambda: house.publications.ended)
    assert house.publications.ended == 1


async def test_a_directory_that_cannot_be_read_is_unavailable_and_streams_go_on(
    house: House, observed: Observed
) -> None:
    stream = house.watch()
    assert await stream.read()
    house.keys.away = True
    assert (await refusal(house.search())).code is Code.UNAVAILABLE
    while "rpc.recheck_failed" not in observed.log.getvalue():
        assert await stream.read()
    assert await stream.read()


async def test_D9_stop_says_not_serving_tells_streams_to_go_and_lets_calls_finish(house: House) -> None:
    health = health_pb2_grpc.HealthStub(house.channel)
    watched = health.Watch(health_pb2.HealthCheckRequest(service=FACT_CHECKS))
    assert (await watched.read()).status == health_pb2.HealthCheckResponse.SERVING
    stream = house.watch()
    assert await stream.read()
    stopping = asyncio.create_task(house.door.stop(10 * PATIENCE))
    assert (await watched.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        while await stream.read():
            pass
    assert ended.value.code() is Code.UNAVAILABLE
    assert "resume" in (ended.value.details() or "")
    await asyncio.wait_for(stopping, PATIENCE)


async def test_health_shows_readiness_and_reflection_lists_what_is_there(house: House) -> None:
    health = health_pb2_grpc.HealthStub(house.channel)
    answer = await health.Check(health_pb2.HealthCheckRequest(service=FACT_CHECKS))
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    house.serving = False

    async def not_serving() -> bool:
        answer = await health.Check(health_pb2.HealthCheckRequest())
        return bool(answer.status == health_pb2.HealthCheckResponse.NOT_SERVING)

    await eventually(not_serving)
    ask = reflection_pb2_grpc.ServerReflectionStub(house.channel).ServerReflectionInfo(
        iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    )
    listed = {service.name for service in (await ask.read()).list_services_response.service}
    assert {FACT_CHECKS, "grpc.health.v1.Health"} <= listed
    assert not any("staff" in name for name in listed)


async def test_T1_a_partners_trace_is_linked_never_continued(house: House, observed: Observed) -> None:
    await house.search(metadata=[*house.mine, ("traceparent", "00-" + "a" * 32 + "-" + "b" * 16 + "-01")])
    (span,) = observed.spans
    assert span.parent is None
    assert [f"{link.context.trace_id:032x}" for link in span.links] == ["a" * 32]
    assert house.key.plain not in span.to_json()
