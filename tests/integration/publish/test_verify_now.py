"""Verify now: at most one fresh check a minute for each article, and readers see how far it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio
from google.protobuf.message import Message
from plumbline.events.v1 import request_pb2, verdict_pb2

from services.publish import contract, requesting
from services.publish.app import SPEC
from shared.http import HttpDoor
from shared.ids import derived_id
from shared.kafka import Cluster
from shared.runtime import Running
from shared.testing.kit import Stage
from shared.testing.records import deliver, record, told_by
from tests.builders import events as make

pytestmark = pytest.mark.postgres

OTHER = str(derived_id("test", "article", "another"))


@pytest.fixture
async def publish(stage: Stage) -> Running:
    return await stage.prepare(SPEC, stage.surroundings(Cluster("")))


@pytest_asyncio.fixture
async def http(publish: Running) -> AsyncIterator[aiohttp.ClientSession]:
    found = publish.resources
    door = HttpDoor(
        publish.service.routes,
        host="127.0.0.1",
        port=0,
        telemetry=found.telemetry,
        render_error=publish.service.render_error,
    )
    await door.start()
    async with aiohttp.ClientSession(door.url) as session:
        yield session
    await door.stop(1.0)


async def hear(service: Running, topic: str, message: Message, subject: str = make.ARTICLE) -> None:
    await deliver(service, [record(topic, message, subject=subject)])


async def press(http: aiohttp.ClientSession, article_id: str = make.ARTICLE) -> bool:
    """Whether this press joined the check of an earlier one."""
    async with http.post(f"/articles/{article_id}/verify") as answer:
        assert answer.status == 202
        return bool((await answer.json())["joined"])


async def asked(service: Running) -> list[request_pb2.VerificationRequest]:
    told = await told_by(service, contract.REQUEST_TOPIC)
    return [request_pb2.VerificationRequest.FromString(each.value or b"") for each in told]


async def time_passes(service: Running, seconds: float) -> None:
    """As if everything had been asked for that much earlier."""
    await service.resources.db.execute(
        "UPDATE verification_request SET requested_at = requested_at - make_interval(secs => $1)", seconds
    )


async def test_an_article_is_checked_afresh_at_most_once_a_minute_and_articles_do_not_share_that(
    publish: Running, http: aiohttp.ClientSession
) -> None:
    for article_id in (make.ARTICLE, OTHER):
        await hear(publish, contract.ARTICLE_TOPIC, make.article(1, article_id=article_id), article_id)
    assert [await press(http) for _ in range(20)] == [False] + [True] * 19
    assert not await press(http, OTHER), "another article waits for nobody"
    limit = requesting.COALESCE.total_seconds()
    await time_passes(publish, limit / 2)
    assert await press(http), "the minute is not over"
    await time_passes(publish, limit / 2)
    assert not await press(http)
    told = [each for each in await asked(publish) if each.article_id == make.ARTICLE]
    assert [each.version.counter for each in told] == [1, 2]
    assert len({each.request_id for each in told}) == 2


async def test_a_reader_who_asks_for_check_after_check_is_told_to_wait_and_others_are_not(
    publish: Running, http: aiohttp.ClientSession
) -> None:
    articles = [str(derived_id("test", "article", str(number))) for number in range(7)]
    for article_id in articles:
        await hear(publish, contract.ARTICLE_TOPIC, make.article(1, article_id=article_id), article_id)
    for article_id in articles[:6]:
        assert not await press(http, article_id)
    async with http.post(f"/articles/{articles[6]}/verify") as answer:
        assert answer.status == 429
        assert int(answer.headers["retry-after"]) >= 1
    assert len(await asked(publish)) == 6, "nothing was asked"
    assert await press(http, articles[0]), "joining a check costs nothing"
    async with http.post(f"/articles/{articles[6]}/verify", headers={"user-agent": "Another/1.0"}) as answer:
        assert (answer.status, (await answer.json())["joined"]) == (202, False)


async def test_what_is_not_there_cannot_be_checked(publish: Running, http: aiohttp.ClientSession) -> None:
    async with http.post(f"/articles/{UUID(int=9)}/verify") as answer:
        assert answer.status == 404
    assert await asked(publish) == []


async def test_readers_see_how_far_a_check_is_until_it_is_over(publish: Running, http: aiohttp.ClientSession) -> None:
    await hear(publish, contract.ARTICLE_TOPIC, make.article(1))
    await hear(publish, contract.CLAIM_TOPIC, make.claim_sheet(1))

    async def progress(done: int, counter: int) -> str:
        message = verdict_pb2.VerdictProgress(
            subject_id=make.ARTICLE,
            site_id=make.SITE,
            article_id=make.ARTICLE,
            version=make.version(counter),
            run_id="r1",
            done=done,
            total=3,
        )
        await hear(publish, contract.VERDICT_TOPIC, message)
        async with http.get(f"/articles/{make.ARTICLE}", headers={"accept": "text/html"}) as answer:
            return await answer.text()

    assert "A check is running: 1 of 3 done." in await progress(1, 1)
    assert '<progress value="2" max="3"' in await progress(2, 1), "a round keeps its version while it runs"
    await hear(publish, contract.VERDICT_TOPIC, make.verdict_sheet(2))
    async with http.get(f"/articles/{make.ARTICLE}", headers={"accept": "text/html"}) as answer:
        assert "A check is running" not in await answer.text(), "the sheet of the round ends it"
    assert "A check is running: 0 of 3 done." in await progress(0, 2), "the next round is told again"
