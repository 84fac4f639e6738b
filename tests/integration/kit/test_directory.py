"""Whom a service knows: the newest state it heard, fresh within seconds, and what readiness still waits for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from plumbline.events.v1 import directory_pb2

from shared.directory import TOPIC
from shared.events import Version
from shared.ids import DEFAULT_SITE
from shared.kafka import Cluster
from shared.runtime import Running
from shared.testing.fakes import SetClock
from shared.testing.kit import Stage
from shared.testing.records import Heard, deliver, record
from tests.sample.newsroom import Newsroom


@pytest.fixture
async def desk(stage: Stage, newsroom: Newsroom) -> Running:
    stage.clock = SetClock()
    return await stage.prepare(newsroom.desk, stage.surroundings(Cluster("127.0.0.1:1")))


def key(counter: int, *, revoked: bool = False) -> Heard:
    message = directory_pb2.PartnerKey(
        key_id="k1",
        site_id=str(DEFAULT_SITE),
        partner_id="p1",
        partner_name=f"Partner v{counter}",
        secret_sha256=b"\x01" * 32,
        scopes=["panels.read", "factchecks.read"],
        requests_per_minute=60,
        revoked=revoked,
    )
    message.version.epoch, message.version.counter = 1, counter
    message.expires_at.FromDatetime(datetime(2027, 1, 1, tzinfo=UTC))
    return record(TOPIC, message, subject="k1", version=Version(1, counter))


def signer(*, revoked: bool = False, counter: int = 1) -> Heard:
    message = directory_pb2.StaffSigner(
        signer_id="s1", site_id=str(DEFAULT_SITE), public_key=b"\x02" * 32, revoked=revoked
    )
    message.version.epoch, message.version.counter = 1, counter
    return record(TOPIC, message, subject="s1", version=Version(1, counter))


def site(name: str, counter: int = 1) -> Heard:
    message = directory_pb2.Site(site_id=str(DEFAULT_SITE), name=name, languages=["en"])
    message.version.epoch, message.version.counter = 1, counter
    return record(TOPIC, message, subject=str(DEFAULT_SITE), version=Version(1, counter))


async def test_a_revoked_key_is_felt_within_seconds_and_an_older_state_changes_nothing(desk: Running) -> None:
    directory, clock = desk.resources.directory, desk.resources.clock
    assert isinstance(clock, SetClock)
    assert await directory.partner_key("k1") is None
    clock.advance(3)
    await deliver(desk, [key(1)])
    found = await directory.partner_key("k1")
    assert found is not None
    assert not found.revoked
    assert found.scopes == {"panels.read", "factchecks.read"}
    assert found.expires_at == datetime(2027, 1, 1, tzinfo=UTC)

    await deliver(desk, [key(3, revoked=True), key(2)])
    clock.advance(3)
    found = await directory.partner_key("k1")
    assert found is not None
    assert (found.revoked, found.partner_name) == (True, "Partner v3")


async def test_readiness_waits_for_a_site_and_a_signer_that_is_not_revoked(desk: Running) -> None:
    directory, clock = desk.resources.directory, desk.resources.clock
    assert isinstance(clock, SetClock)
    assert await directory.missing() == ["no site heard yet", "no signer heard yet"]
    assert await directory.site(DEFAULT_SITE) is None
    await deliver(desk, [signer(), site("Courier")])
    clock.advance(3)
    assert await directory.missing() == []
    told = await directory.site(DEFAULT_SITE)
    assert told is not None
    assert (told.name, list(told.languages)) == ("Courier", ["en"])
    assert (await directory.signer("s1")) is not None
    await deliver(desk, [signer(revoked=True, counter=2)])
    assert await directory.missing() == ["no signer heard yet"]
