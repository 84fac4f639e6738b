"""The bound on what the relay writes ahead of its readers (promise D9)."""

from __future__ import annotations

import random

from shared.local.read_ahead import ReadAhead
from shared.testing.records import Heard

TOPIC = "t"


def settled(partition: int, offset: int) -> Heard:
    return Heard(TOPIC, b"k", b"", [], partition=partition, offset=offset)


def test_D9_room_ends_at_the_limit_of_the_slowest_reader_and_comes_back() -> None:
    ahead = ReadAhead({TOPIC: {"quick", "slow"}}, limit=100)
    for offset in range(2):
        assert ahead.admit(TOPIC, 50)
        ahead.sent(TOPIC, 0, offset, 50)
        ahead.settled("quick", settled(0, offset))
    assert not ahead.admit(TOPIC, 50)
    ahead.settled("slow", settled(0, 0))
    assert ahead.admit(TOPIC, 50)


def test_D9_what_is_on_its_way_counts_before_it_is_acknowledged() -> None:
    ahead = ReadAhead({TOPIC: {"one"}}, limit=100)
    assert [ahead.admit(TOPIC, 40) for _ in range(3)] == [True, True, False]
    ahead.failed(TOPIC, 40)
    assert ahead.admit(TOPIC, 40)


def test_D9_one_record_always_fits_and_unheard_topics_are_not_bound() -> None:
    ahead = ReadAhead({TOPIC: {"one"}}, limit=100)
    assert ahead.admit(TOPIC, 5_000)
    assert not ahead.admit(TOPIC, 1)
    assert all(ahead.admit("nobody", 5_000) for _ in range(10))


def test_D9_a_reader_quicker_than_the_acknowledgement_frees_its_room() -> None:
    ahead = ReadAhead({TOPIC: {"one"}}, limit=100)
    assert ahead.admit(TOPIC, 100)
    ahead.settled("one", settled(0, 0))
    ahead.sent(TOPIC, 0, 0, 100)
    assert ahead.admit(TOPIC, 100)


def test_D9_no_room_is_lost_over_many_records_in_any_order() -> None:
    rng = random.Random(7)
    ahead = ReadAhead({TOPIC: {"one", "two"}}, limit=1_000)
    for round_ in range(500):
        sizes = [rng.randrange(1, 200) for _ in range(4)]
        taken = [(offset, size) for offset, size in enumerate(sizes) if ahead.admit(TOPIC, size)]
        steps = [
            step
            for offset, size in taken
            for step in (("sent", offset, size), ("one", offset, size), ("two", offset, size))
        ]
        rng.shuffle(steps)
        for what, offset, size in steps:
            if what == "sent":
                ahead.sent(TOPIC, round_, offset, size)
            else:
                ahead.settled(what, settled(round_, offset))
        assert ahead.admit(TOPIC, 1_000), f"room was lost in round {round_}"
        ahead.failed(TOPIC, 1_000)


def test_D9_records_told_by_an_earlier_relay_do_not_pile_up() -> None:
    ahead = ReadAhead({TOPIC: {"one"}})
    for offset in range(25_000):
        ahead.settled("one", settled(0, offset))
    assert len(ahead._early) <= 10_000
