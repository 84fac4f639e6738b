"""The front door in front of six separate processes: a newsroom's morning passes through it, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import grpc.aio
import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from plumbline.partner.v1 import (
    fact_check_service_pb2,
    fact_check_service_pb2_grpc,
    publication_service_pb2,
    publication_service_pb2_grpc,
)
from plumbline.staff.v1 import review_service_pb2, review_service_pb2_grpc

from services.demo import DEMO, PUBLIC_COMMENTS, Report
from shared.http import MAX_BODY
from shared.local.kafka import RealKafka
from shared.local.kafka_files import KafkaInstallation
from shared.local.postgres import EmbeddedPostgres
from shared.testing.patience import PATIENCE
from tests.e2e.fleet import Fleet, started
from tests.integration.deploy.front_door import FrontDoor

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


@dataclass(slots=True)
class House:
    """The fleet, the door before it, and what the morning through that door reported."""

    fleet: Fleet
    door: FrontDoor
    report: Report

    @property
    def article(self) -> str:
        return f"{self.door.url}/articles/{self.report.article_id}"

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.fleet.kept.partner_key}"),)


@pytest_asyncio.fixture(scope="module")
async def house(
    kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("fleet")
    home, envoy = folder / "home", folder / "envoy"
    for made in (home, envoy):
        made.mkdir()
    postgres = EmbeddedPostgres(folder / "postgres", fsync=False)
    await postgres.start()
    try:
        async with (
            RealKafka(folder / "kafka", kafka_installation) as kafka,
            started(home, postgres, kafka, DEMO / "site") as fleet,
            FrontDoor(envoy, fleet.backends) as door,
        ):
            yield House(fleet, door, await fleet.morning(door.url))
    finally:
        await postgres.stop()


async def test_a_morning_passes_through_the_door_and_every_service(house: House) -> None:
    """CMS, panel, the staff desk of two reviewers and a moderator, comments: all by the door's one address."""
    assert len(house.report.outcomes) > 5
    assert any(row.before != row.after for row in house.report.outcomes), "people decided something"
    assert house.report.comments == PUBLIC_COMMENTS
    assert {name.removeprefix("plumbline-") for name in house.report.services} >= {
        "ingest", "claim-extraction", "verification", "publish",
    }  # fmt: skip


async def test_readers_get_the_page_its_styles_and_its_panel_also_over_TLS(house: House) -> None:
    async with aiohttp.ClientSession() as reader:
        page = f"{house.door.secure_url}/articles/{house.report.article_id}"
        async with reader.get(page, ssl=house.door.trust(), headers={"accept": "text/html"}) as answer:
            text = await answer.text()
            assert answer.status == 200
            assert "default-src" in answer.headers["content-security-policy"]
            assert "strict-transport-security" in answer.headers
        for path in {part.split('"')[0] for part in text.split('href="/static/')[1:]}:
            async with reader.get(f"{house.door.url}/static/{path}") as style:
                assert style.status == 200, path
        async with reader.get(f"{house.article}/panel") as answer:
            panel = await answer.json()
        async with reader.get(f"{house.article}/comments") as answer:
            assert answer.status == 200
    assert panel["complete"] is True
    assert len(panel["claims"]) == len(house.report.outcomes)


async def test_live_updates_reach_the_page_through_the_door(house: House) -> None:
    async with aiohttp.ClientSession() as reader, reader.get(f"{house.article}/live") as stream:
        assert stream.content_type == "text/event-stream"
        assert await asyncio.wait_for(stream.content.readline(), PATIENCE) == b"retry: 3000\n"
        form = {"name": "Ines", "comment": "The lights are back, I saw them from the pier this evening."}
        async with reader.post(f"{house.article}/comments", json=form) as posted:
            assert posted.status in (201, 202), await posted.text()
        async with asyncio.timeout(PATIENCE):
            while not (line := await stream.content.readline()).startswith(b"event: comments"):
                assert stream.content.at_eof() is False, line


async def test_partners_call_with_and_without_TLS(house: House) -> None:
    secure = f"127.0.0.1:{house.door.ports['public_tls']}"
    for channel in (
        grpc.aio.insecure_channel(house.door.partner),
        grpc.aio.secure_channel(secure, grpc.ssl_channel_credentials(house.door.root_certificate)),
    ):
        async with channel:
            fact_checks: Any = fact_check_service_pb2_grpc.FactCheckServiceStub(channel)
            request = fact_check_service_pb2.SearchFactChecksRequest(query="How much of the ocean floor is mapped?")
            found = await fact_checks.SearchFactChecks(request, metadata=house.key, timeout=PATIENCE)
            assert found.matches
            publications: Any = publication_service_pb2_grpc.PublicationServiceStub(channel)
            watch = publications.WatchPublications(
                publication_service_pb2.WatchPublicationsRequest(from_start=True), metadata=house.key
            )
            assert (await asyncio.wait_for(watch.read(), PATIENCE)).panel.name == f"articles/{house.report.article_id}"
            watch.cancel()
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await fact_checks.SearchFactChecks(request, timeout=PATIENCE)
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_health_answers_on_the_partner_port(house: House) -> None:
    async with grpc.aio.insecure_channel(house.door.partner) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_S5_staff_and_operations_are_out_of_reach(house: House) -> None:
    secure = f"127.0.0.1:{house.door.ports['public_tls']}"
    public = f"127.0.0.1:{house.door.ports['public']}"
    credentials = grpc.ssl_channel_credentials(house.door.root_certificate)
    for channel in (
        grpc.aio.insecure_channel(house.door.partner),
        grpc.aio.insecure_channel(public),
        grpc.aio.secure_channel(secure, credentials),
    ):
        async with channel:
            reviews: Any = review_service_pb2_grpc.ReviewServiceStub(channel)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await reviews.ListReviews(review_service_pb2.ListReviewsRequest(), timeout=PATIENCE)
            assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    own = house.fleet.services["verification"].at("staff")
    async with grpc.aio.insecure_channel(own) as channel:
        reviews = review_service_pb2_grpc.ReviewServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await reviews.ListReviews(review_service_pb2.ListReviewsRequest(), timeout=PATIENCE)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED, "it is there, and wants the desk's word"
    async with aiohttp.ClientSession() as stranger:
        for path in ("/metrics", "/readyz", "/healthz", "/stats/prometheus", "/ready"):
            async with stranger.get(house.door.url + path) as answer:
                assert answer.status == 404, path
                assert "plumbline_" not in await answer.text()


async def test_a_body_too_large_is_refused_before_any_service_reads_it(house: House) -> None:
    async with aiohttp.ClientSession() as cms:
        async with cms.post(f"{house.door.url}/v1/ingest/demo-cms", data=b"x" * (MAX_BODY + 1)) as answer:
            assert answer.status == 413
            assert (await answer.json())["field"] == "body"
        headers = {"content-type": "application/cloudevents+json"}
        async with cms.post(f"{house.door.url}/v1/ingest/demo-cms", data=b"x" * 1000, headers=headers) as answer:
            assert answer.status == 401, "within the limit, ingest itself answers"


async def test_D11_the_doors_answer_while_kafka_is_away(house: House) -> None:
    house.fleet.kafka.pause()
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as reader:
            for path in ("", "/panel", "/comments"):
                async with reader.get(house.article + path) as answer:
                    assert answer.status == 200, path
            form = {"name": "Jon", "comment": "I have walked that pier every day and never saw it this bright."}
            async with reader.post(f"{house.article}/comments", json=form) as posted:
                assert posted.status in (201, 202), await posted.text()
    finally:
        house.fleet.kafka.resume()
    await asyncio.gather(*(service.ready() for service in house.fleet.services.values()))


async def test_a_service_that_stops_is_a_503_for_its_own_addresses_alone(house: House) -> None:
    comment = house.fleet.services["comment"]
    assert await comment.stop() == 0, "a stop ends well"
    async with aiohttp.ClientSession() as reader:
        async with reader.get(f"{house.article}/comments") as answer:
            assert answer.status == 503
            assert answer.headers["retry-after"] == "2"
        async with reader.get(house.article) as answer:
            assert answer.status == 200
        await comment.start(PLUMBLINE_TELEMETRY="false")
        await comment.ready()
        async with asyncio.timeout(PATIENCE):
            while True:
                async with reader.get(f"{house.article}/comments") as answer:
                    if answer.status == 200:
                        break
                await asyncio.sleep(0.2)
