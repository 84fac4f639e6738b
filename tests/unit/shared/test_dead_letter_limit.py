"""Too many dead letters: more than five in a row, or more than a tenth of the last thousand (promise D5)."""

from __future__ import annotations

import pytest

from shared.dead_letter import DeadLetterLimit


def test_D5_five_in_a_row_pass_and_the_sixth_halts() -> None:
    limit = DeadLetterLimit()
    for _ in range(5):
        limit.dead()
        assert not limit.reached
    limit.dead()
    assert limit.reached


def test_D5_a_handled_record_ends_the_row() -> None:
    limit = DeadLetterLimit()
    for _ in range(3):
        for _ in range(5):
            limit.dead()
        limit.handled()
    limit.dead()
    assert not limit.reached


@pytest.mark.parametrize(("dead", "reached"), [(100, False), (101, True)])
def test_D5_a_tenth_of_the_last_thousand_passes_and_one_more_halts(dead: int, reached: bool) -> None:
    limit = DeadLetterLimit()
    for number in range(1000):
        if number % 9 == 0 and number // 9 < dead:
            limit.dead()
        else:
            limit.handled()
    assert limit.reached is reached


def test_D5_what_is_older_than_a_thousand_records_is_forgotten() -> None:
    limit = DeadLetterLimit()
    for _ in range(20):
        for _ in range(5):
            limit.dead()
        limit.handled()
    for _ in range(1000):
        limit.handled()
    limit.dead()
    assert not limit.reached
