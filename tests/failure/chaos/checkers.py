"""All checkers, and how they are asked. A checker is a pure function of a history and an aftermath."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.failure.chaos.aftermath import Aftermath
from tests.failure.chaos.delivery_rules import (
    accepted_ended_somewhere,
    dead_letters_are_the_planted_ones,
    effects_happened_once,
    heard_by_everyone,
    refused_left_nothing,
    told_equals_logged,
)
from tests.failure.chaos.history import History
from tests.failure.chaos.state_rules import (
    chain_is_whole,
    copies_are_current,
    counts_equal_recounts,
    everything_drained,
    history_went_forward,
    ledgers_only_grew,
    looks_never_went_back,
    order_held,
    own_writes_were_read,
)
from tests.failure.chaos.violation import Violation

Checker = Callable[[History, Aftermath], Iterator[Violation]]

ALL: tuple[Checker, ...] = (
    accepted_ended_somewhere,
    refused_left_nothing,
    effects_happened_once,
    told_equals_logged,
    heard_by_everyone,
    dead_letters_are_the_planted_ones,
    order_held,
    history_went_forward,
    looks_never_went_back,
    own_writes_were_read,
    ledgers_only_grew,
    chain_is_whole,
    everything_drained,
    copies_are_current,
    counts_equal_recounts,
)


def check(history: History, after: Aftermath) -> list[Violation]:
    """Everything every checker found."""
    return [violation for checker in ALL for violation in checker(history, after)]


def report(violations: list[Violation], *, most: int = 20) -> str:
    """The first violations of each rule, for a test's message."""
    shown = [str(violation) for violation in violations[:most]]
    rest = len(violations) - len(shown)
    return "\n".join([*shown, *([f"... and {rest} more"] if rest else [])])
