"""Two instances of every service under load while they, their broker and their database are broken; then the books are read.

One run, many questions: the run is the fixture, each test asks one promise of what it left behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest
import pytest_asyncio

from services.__main__ import NAMES
from tests.failure.chaos import delivery_rules, nemesis, poison, state_rules
from tests.failure.chaos.aftermath import Aftermath
from tests.failure.chaos.by_hand import ByHand
from tests.failure.chaos.checkers import Checker, report
from tests.failure.chaos.fleet import Fleet
from tests.failure.chaos.nemesis import Ground
from tests.failure.chaos.servers import Servers
from tests.failure.chaos.storm import Findings, Storm
from tests.failure.chaos.trouble import database_shut

pytestmark = pytest.mark.kafka

SEED = 20261123
ARTICLES, COMMENTS, LOAD_SECONDS = 200, 300, 90.0
STOP_SECONDS = 60.0  # of a stop that is in order; what does not come to its end is cut off after twenty


@pytest_asyncio.fixture(scope="module")
async def storm(servers: Servers) -> AsyncIterator[Storm]:
    """The run: a rolling restart, six faults, trouble that passes, dead letters by hand; all of it under load."""
    fleet = Fleet(servers.home, NAMES, database_url=servers.postgres.dsn(), kafka=servers.kafka.bootstrap)
    ground = Ground(fleet, servers.postgres, servers.kafka, Random(SEED))
    run = Storm(ground, articles=ARTICLES, comments=COMMENTS, load_seconds=LOAD_SECONDS)
    try:
        await run.open()
        async with run.load():
            await run.roll()
            poisoning = asyncio.create_task(run.poison_all(poison.ALL, 3.0))
            await run.strike(
                (
                    nemesis.kill_relay_leader,
                    nemesis.kill_one_of_each,
                    nemesis.freeze_past_the_session,
                    nemesis.stop_broker(10.0),
                    nemesis.kill_broker,
                    nemesis.restart_database,
                )
            )
            await poisoning
            await fleet.until_ready()
            await database_shut(run, 15.0)
            hand = ByHand(run)
            await hand.poison_between_two_revisions()
            await hand.a_bug_and_its_repair()
        await run.rest_and_read()
        print("\n" + "\n".join(run.found.story))
    except BaseException as error:
        error.add_note("\n".join(["the story so far:", *run.found.story, fleet.logs()]))
        await fleet.stop()
        raise
    try:
        yield run
    finally:
        await fleet.stop()


@pytest.fixture
def found(storm: Storm) -> Findings:
    return storm.found


@pytest.fixture
def after(storm: Storm) -> Aftermath:
    assert storm.found.after is not None
    return storm.found.after


def _nothing_found(found: Findings, *checkers: Checker) -> None:
    assert found.after is not None
    violations = [violation for checker in checkers for violation in checker(found.history, found.after)]
    assert not violations, report(violations)


def test_D1_everything_accepted_ended_somewhere(found: Findings) -> None:
    _nothing_found(found, delivery_rules.accepted_ended_somewhere, delivery_rules.refused_left_nothing)
    told = {each.event for each in found.history.of("tell") if each.result == "ok"}
    assert len(told) >= ARTICLES + COMMENTS


def test_D2_every_effect_happened_once(found: Findings) -> None:
    _nothing_found(found, delivery_rules.effects_happened_once)


def test_D3_order_held_for_every_article(found: Findings) -> None:
    _nothing_found(found, state_rules.order_held, state_rules.history_went_forward, delivery_rules.told_equals_logged)


def test_D4_every_copy_is_current_and_every_count_adds_up(found: Findings) -> None:
    _nothing_found(found, state_rules.copies_are_current, state_rules.counts_equal_recounts)


def test_D5_every_record_was_handled_or_set_aside_and_only_poison_died(found: Findings) -> None:
    _nothing_found(found, delivery_rules.heard_by_everyone, delivery_rules.dead_letters_are_the_planted_ones)
    assert len(found.planted) == len(poison.ALL) + 1


def test_D1_readers_and_writers_see_what_was_written_and_never_time_going_back(found: Findings) -> None:
    _nothing_found(found, state_rules.own_writes_were_read, state_rules.looks_never_went_back)
    assert found.history.count()["look.ok"] > 50


def test_J12_histories_only_grew(found: Findings) -> None:
    _nothing_found(found, state_rules.ledgers_only_grew, state_rules.chain_is_whole)
    assert len(found.ledgers) >= 3


def test_D8_everything_comes_to_rest_after_the_last_fault(found: Findings) -> None:
    assert found.unrest == "", "\n".join(found.story)
    _nothing_found(found, state_rules.everything_drained)


def test_D8_every_fault_is_overcome_while_the_load_goes_on(found: Findings) -> None:
    assert len(found.recoveries) == 6
    assert [(what, waits) for what, _, waits in found.recoveries if waits] == []


def test_D9_a_rolling_restart_breaks_no_request_and_every_stop_is_in_order(found: Findings) -> None:
    for door, ended in found.calls.items():
        if door.startswith("rolling restart"):
            assert ended["broken"] == ended["5xx"] == 0, f"{door}: {ended}"
            assert ended["2xx"] > 10
    assert {name: status for name, (_, status) in found.stops.items() if status != 0} == {}
    assert {name: seconds for name, (seconds, _) in found.stops.items() if seconds > STOP_SECONDS} == {}


def test_D5_trouble_past_the_poll_interval_moves_no_partition(found: Findings) -> None:
    assert found.rebalances == {"publish": 0}


def test_D7_dead_letters_are_listed_shown_replayed_and_discarded_by_hand(found: Findings, after: Aftermath) -> None:
    status, printed = found.commands["show"]
    assert status == 0
    assert "Poison" in printed
    assert found.commands["list"][0] == found.commands["replay"][0] == found.commands["discard"][0] == 0
    assert found.commands["discard twice"][0] == 2, "a second discard is a wrong use"
    states = {letter.state for letter in after.dead if letter.service == "publish"}
    assert states == {"open", "replayed", "discarded"}
    replays = [status for name, (status, _) in found.commands.items() if name.startswith("replay ")]
    assert replays
    assert set(replays) == {0}
