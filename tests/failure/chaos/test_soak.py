"""The long run: the real engine, 2,000 articles and 10,000 comments, every fault there is, again and again. `make soak`."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from services.__main__ import NAMES
from shared.local.kafka_files import KafkaInstallation
from tests.failure.chaos import nemesis, poison
from tests.failure.chaos.by_hand import ByHand
from tests.failure.chaos.checkers import check, report
from tests.failure.chaos.fleet import Fleet
from tests.failure.chaos.nemesis import Fault, Ground
from tests.failure.chaos.servers import removed, serving, small_disk
from tests.failure.chaos.storm import Storm
from tests.failure.chaos.trouble import database_shut

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

SEED = 20261124
ARTICLES, COMMENTS, LOAD_SECONDS = 2_000, 10_000, 1_080.0
DISK_MB = 3_000
TROUBLE_SECONDS = 180.0
BACKLOG_SECONDS = 30.0  # the load is more than two cores carry: the next fault does not wait for its end
WRONG_CLOCK = ("-m", "tests.failure.chaos.wrong_clock")


async def soak(storm: Storm, faults: list[Fault], *, articles: int, trouble: float) -> None:
    """Everything under one load: roll, strike in an order of the seed's, be in trouble, clean up by hand."""
    await storm.open()
    async with storm.load() as delivering:
        await storm.roll()
        poisoning = asyncio.create_task(storm.poison_all(poison.ALL, 5.0))
        await storm.strike(faults, patience=BACKLOG_SECONDS)
        await poisoning
        await storm.fleet.until_ready()
        await database_shut(storm, trouble)
        hand = ByHand(storm)
        await hand.poison_between_two_revisions()
        await hand.a_bug_and_its_repair()
        while not delivering.done():
            await storm.strike([storm.random.choice(faults)], patience=BACKLOG_SECONDS)
    await storm.rest_and_read()
    print("\n" + "\n".join(storm.found.story))
    assert len({each.event for each in storm.found.history.of("tell") if each.result == "ok"}) >= articles


async def test_D1_D2_D3_D4_D5_D7_D8_D9_a_long_run_under_every_fault_loses_and_doubles_nothing(
    kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One voice reads one article at a time, about 1.5 s of CPU each: 2,000 of them would be at it for an hour.
    monkeypatch.setenv("PLUMBLINE_PUBLISH_AUDIO", "false")
    random = Random(SEED)
    with removed(tmp_path_factory.mktemp("soak")) as home:
        async with small_disk(home / "disk", DISK_MB) as disk, serving(home, disk, kafka_installation) as servers:
            fleet = Fleet(
                home,
                NAMES,
                database_url=servers.postgres.dsn(),
                kafka=servers.kafka.bootstrap,
                light=False,
                command=WRONG_CLOCK,
            )
            storm = Storm(
                Ground(fleet, servers.postgres, servers.kafka, random),
                articles=ARTICLES,
                comments=COMMENTS,
                load_seconds=LOAD_SECONDS,
            )
            faults = [
                nemesis.kill_relay_leader,
                nemesis.kill_one_of_each,
                nemesis.kill_everything,
                nemesis.freeze_past_the_session,
                nemesis.freeze_the_leader,
                nemesis.stop_broker(30.0),
                nemesis.kill_broker,
                nemesis.pause_broker,
                nemesis.restart_database,
                nemesis.lock_out,
                nemesis.clocks_jump,
                nemesis.fill_disk(disk, 15.0),
            ]
            random.shuffle(faults)
            try:
                await soak(storm, faults, articles=ARTICLES, trouble=TROUBLE_SECONDS)
            finally:
                await fleet.stop()
    found = storm.found
    assert found.after is not None
    violations = check(found.history, found.after)
    assert not violations, report(violations)
    assert found.unrest == "", "\n".join(found.story)
    assert found.rebalances == {"publish": 0}
    assert {name: status for name, (_, status) in found.stops.items() if status != 0} == {}
