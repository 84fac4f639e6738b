"""The shipped front door, run for real: who gets what, and what nobody gets."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import aiohttp
import grpc.aio
import pytest
from google.protobuf import descriptor_pool
from plumbline.partner.v1 import fact_check_service_pb2, publication_service_pb2
from starlette.routing import Route

from services.__main__ import all_specs
from shared.catalogue.built import on_paper
from shared.http import MAX_BODY
from shared.settings import KitSettings
from shared.testing.patience import PATIENCE
from tests.integration.deploy.conftest import House
from tests.integration.deploy.front_door import FrontDoor, shipped

PARTNER_FILES = (fact_check_service_pb2, publication_service_pb2)
ID = "01900000-0000-7000-8000-00000000000a"


def addresses() -> list[tuple[str, str, str]]:
    """(service, method, a path of it) for every route of every service."""
    found = []
    for spec in all_specs():
        for route in on_paper(spec).routes:
            assert isinstance(route, Route)
            path = re.sub(r"\{kind\}", "mp3", re.sub(r"\{path:path\}", "a.css", route.path))
            path = re.sub(r"\{[^}]+\}", ID, path)
            method = "GET" if "GET" in (route.methods or {"GET"}) else next(iter(route.methods or ()))
            found.append((spec.name, method, path))
    return sorted(set(found))


def partner_methods() -> list[tuple[str, str, bool]]:
    """(service, method, whether it streams) of every partner method of the contract."""
    pool = descriptor_pool.Default()
    return [
        (service.full_name, method.name, method.server_streaming)
        for file in PARTNER_FILES
        for service in pool.FindFileByName(file.DESCRIPTOR.name).services_by_name.values()
        for method in service.methods
    ]


@pytest.mark.parametrize(("service", "method", "path"), addresses(), ids=lambda value: str(value))
async def test_every_address_of_a_service_leads_to_it(house: House, service: str, method: str, path: str) -> None:
    if path.endswith("/live"):
        async with aiohttp.ClientSession() as reader, reader.get(house.door.url + path) as answer:
            assert await answer.content.readline() == b"data: first\n"
        return
    seen = await request(house.door.url + path, method)
    assert (seen["service"], seen["path"]) == (service, path)


async def request(url: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    async with aiohttp.ClientSession() as caller, caller.request(method, url, **more) as answer:
        assert answer.status == 200, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found


async def call(target: str, method: str, root: bytes | None = None) -> grpc.aio.AioRpcError:
    """The refusal of a call."""
    channel = (
        grpc.aio.insecure_channel(target)
        if root is None
        else grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(root))
    )
    async with channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await channel.unary_unary(method)(b"", timeout=PATIENCE)
    return refused.value


@pytest.mark.parametrize(("service", "method", "streams"), partner_methods())
async def test_every_partner_method_leads_to_its_service(
    house: House, service: str, method: str, streams: bool
) -> None:
    path = f"/{service}/{method}"
    owner = {"FactCheckService": "verification_partner", "PublicationService": "publish_partner"}
    wanted = f"{owner[service.rpartition('.')[2]]} {path}"
    secure = f"127.0.0.1:{house.door.ports['public_tls']}"
    for target, root in ((house.door.partner, None), (secure, house.door.root_certificate)):
        refused = await call(target, path, root)
        assert (refused.code(), refused.details()) == (grpc.StatusCode.ABORTED, wanted)


def test_a_stream_has_no_time_out_and_everything_else_has_one() -> None:
    streams = {f"/{service}/{method}" for service, method, streaming in partner_methods() if streaming}
    for name, routes in virtual_hosts().items():
        exact = {route["match"].get("path"): route for route in routes}
        assert all(exact[path]["route"]["timeout"] == "0s" for path in streams if name != "measurements"), name
        for route in routes:
            if "route" not in route or name == "measurements":
                continue
            target = str(route["match"])
            open_ended = "live" in target or any(path in target for path in streams) or "grpc.health" in target
            assert (route["route"]["timeout"] == "0s") == open_ended, target


def virtual_hosts() -> dict[str, list[dict[str, Any]]]:
    found = {}
    for listener in shipped()["static_resources"]["listeners"]:
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        (host,) = manager["route_config"]["virtual_hosts"]
        found[listener["name"]] = host["routes"]
    return found


def test_S5_no_cluster_leads_to_a_listener_of_staff_or_operations() -> None:
    settings = KitSettings.model_fields
    private = {settings[f"{name}_port"].default for name in ("staff", "ops", "otlp")}
    public = {settings[f"{name}_port"].default for name in ("http", "partner")}
    for cluster in shipped()["static_resources"]["clusters"]:
        (endpoint,) = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
        address = endpoint["endpoint"]["address"]["socket_address"]
        if cluster["name"] != "own_admin":
            assert address["port_value"] in public - private, cluster["name"]
            assert address["address"] in {spec.name for spec in all_specs()}


@pytest.mark.parametrize(
    "path",
    [
        "/plumbline.staff.v1.ReviewService/ListReviews",
        "/plumbline.staff.v1.ModerationService/DecideComment",
        "/plumbline.partner.v1.NobodyService/Get",
    ],
)
async def test_S5_staff_methods_are_reached_from_nowhere(house: House, path: str) -> None:
    secure = f"127.0.0.1:{house.door.ports['public_tls']}"
    plain = f"127.0.0.1:{house.door.ports['public']}"
    for target, root in ((house.door.partner, None), (plain, None), (secure, house.door.root_certificate)):
        assert (await call(target, path, root)).code() is grpc.StatusCode.UNIMPLEMENTED
    async with aiohttp.ClientSession() as caller, caller.post(house.door.url + path) as answer:
        assert answer.status == 404
    assert not any(path in one.seen for one in house.partner.values())
    assert not any(path == seen["path"] for one in house.web.values() for seen in one.seen)


async def test_S5_readiness_and_metrics_are_ordinary_addresses_of_publish(house: House) -> None:
    """The door sends them to the pages, which have nothing there; the listeners that answer them are out of reach."""
    for path in ("/readyz", "/healthz", "/metrics", "/stats", "/ready"):
        assert (await request(house.door.url + path))["service"] == "publish"


async def test_health_and_reflection_answer_on_the_partner_port_alone(house: House) -> None:
    for path in ("/grpc.health.v1.Health/Check", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"):
        assert (await call(house.door.partner, path)).details() == f"verification_partner {path}"
        plain = f"127.0.0.1:{house.door.ports['public']}"
        assert (await call(plain, path)).code() is grpc.StatusCode.UNIMPLEMENTED


async def test_S6_what_a_caller_says_about_its_address_is_dropped(house: House) -> None:
    lies = {
        "X-Forwarded-For": "9.9.9.9, 8.8.8.8",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=9.9.9.9",
        "X-Real-IP": "9.9.9.9",
    }
    headers = (await request(house.door.url + "/", headers=lies))["headers"]
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert not {"x-forwarded-host", "forwarded", "x-real-ip"} & set(headers)
    assert "9.9.9.9" not in str(headers)


async def test_a_body_within_the_limit_passes_and_one_byte_more_is_a_413_that_no_service_sees(house: House) -> None:
    url = f"{house.door.url}/v1/ingest/cms"
    assert (await request(url, "POST", data=b"x" * MAX_BODY))["body"] == MAX_BODY
    before = len(house.web["ingest"].seen)
    async with aiohttp.ClientSession() as caller, caller.post(url, data=b"x" * (MAX_BODY + 1)) as answer:
        assert answer.status == 413
        problem = await answer.json()
    assert answer.content_type == "application/problem+json"
    assert (problem["status"], problem["field"], problem["reason"]) == (413, "body", "BODY_TOO_LARGE")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert len(house.web["ingest"].seen) == before
    assert house.web["ingest"].aborted == 0


async def test_a_body_without_an_announced_length_is_capped_as_well(house: House) -> None:
    async def pieces() -> Any:
        for _ in range(40):
            yield b"x" * 65_536

    before = len(house.web["ingest"].seen)
    url = f"{house.door.url}/v1/ingest/cms"
    async with aiohttp.ClientSession() as caller, caller.post(url, data=pieces()) as answer:
        assert answer.status == 413
    assert len(house.web["ingest"].seen) == before


async def test_too_many_or_too_large_headers_are_refused(house: House) -> None:
    for headers in ({f"x-{n}": "1" for n in range(120)}, {"x-large": "a" * 40_000}):
        async with aiohttp.ClientSession() as caller, caller.get(house.door.url + "/", headers=headers) as answer:
            assert answer.status == 431
            assert (await answer.json())["reason"] == "BAD_REQUEST"


async def test_an_address_in_disguise_is_the_plain_address_or_refused(house: House) -> None:
    """aiohttp would tidy the path itself, so this speaks by hand."""
    assert b"200 OK" in await spoken(house.door, b"GET //console/../v1/ingest//cms HTTP/1.1")
    assert house.web["ingest"].seen[-1]["path"] == "/v1/ingest/cms"
    for path in (b"/v1%2fingest%2fcms", b"/articles/..%5c..%5cconsole"):
        assert b" 400 " in await spoken(house.door, b"GET " + path + b" HTTP/1.1")


@pytest.mark.parametrize(
    "smuggled",
    [
        b"POST /v1/ingest/cms HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked",
        b"POST /v1/ingest/cms HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5",
        b"GET / HTTP/1.1\r\nX-Bad: a\x00b",
    ],
)
async def test_what_two_readers_could_read_differently_is_refused(house: House, smuggled: bytes) -> None:
    assert b" 400 " in await spoken(house.door, smuggled)


async def spoken(door: FrontDoor, head: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.ports["public"])
    try:
        writer.write(head + b"\r\nHost: plumbline.test\r\nConnection: close\r\n\r\n")
        await writer.drain()
        return (await asyncio.wait_for(reader.readline(), PATIENCE)).rstrip() + b" "
    finally:
        writer.close()


async def test_live_updates_pass_as_they_come(house: House) -> None:
    publish = house.web["publish"]
    publish.more.clear()
    async with aiohttp.ClientSession() as reader, reader.get(f"{house.door.url}/articles/{ID}/live") as answer:
        assert answer.content_type == "text/event-stream"
        assert await asyncio.wait_for(answer.content.readuntil(b"\n\n"), PATIENCE) == b"data: first\n\n"
        publish.more.set()
        assert await asyncio.wait_for(answer.content.readuntil(b"\n\n"), PATIENCE) == b"data: second\n\n"


async def test_a_service_that_is_away_is_a_503_that_says_when_to_come_again(tmp_path: Path) -> None:
    async with FrontDoor(tmp_path, {}) as door, aiohttp.ClientSession() as caller:
        async with caller.post(f"{door.url}/v1/ingest/cms", data=b"{}") as answer:
            assert answer.status == 503
            assert answer.headers["retry-after"] == "2"
            assert (await answer.json())["reason"] == "UNAVAILABLE"
        refused = await call(door.partner, "/plumbline.partner.v1.PublicationService/GetPanel")
        assert refused.code() is grpc.StatusCode.UNAVAILABLE


async def test_the_log_of_the_door_names_no_address_and_no_query(house: House) -> None:
    await request(f"{house.door.url}/search?q=mumps-in-my-street", headers={"X-Forwarded-For": "203.0.113.9"})
    async with asyncio.timeout(PATIENCE):
        while '"/search"' not in (logged := house.door.log.read_text()):
            await asyncio.sleep(0.1)
    assert "mumps" not in logged
    assert "203.0.113.9" not in logged
    assert '"127.0.0.1"' not in logged
