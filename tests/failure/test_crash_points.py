"""Whatever step a service dies at, the record that comes again ends in the same state (promises D2 and D9)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
import pytest

from shared.outbox import Outbox
from shared.relay import Relay
from shared.telemetry.setup import Telemetry
from shared.testing.fakes import ListSender, SetClock
from shared.testing.kit import Stage
from shared.testing.records import Heard
from shared.testing.state import RepeatedIds, differences, state_of
from tests.failure.crash_points import (
    COMMITTED,
    Deliveries,
    Died,
    one_by_one,
    stopped_everywhere,
    together,
    undisturbed,
    until_first_commit,
)
from tests.failure.instances import instances
from tests.failure.kit_lives import SMALL
from tests.failure.scripts import SCRIPTS, Script
from tests.sample.newsroom import Newsroom, publish
from tests.sample.newsroom import undisturbed as undisturbed_day

InHand = Callable[[Sequence[Heard]], Deliveries]


async def check(stage: Stage, script: Script, in_hand: InHand = one_by_one) -> None:
    """The final state of a run that dies everywhere equals that of a run nothing happens to."""
    stage.clock, ids = SetClock(script.now), RepeatedIds()
    stage.ids = ids
    stage.encoder = script.encoder
    (control,) = await instances(stage, script.spec("control"), 1)
    await script.furnish(control)
    records = in_hand(script.records())
    plan = await undisturbed(control, ids, records)
    expected = await state_of(control.resources.db, without_columns=script.left_out)

    dying, surviving = await instances(stage, script.spec("dying"), 2)
    await script.furnish(surviving)
    deaths = await stopped_everywhere(dying, surviving, ids, records, plan)
    assert differences(await state_of(surviving.resources.db, without_columns=script.left_out), expected) == []
    assert deaths.keys() == plan.keys()
    assert any(COMMITTED in told for told in plan.values()), "no commit was seen: nobody died around one"
    for name, told in plan.items():
        planned = until_first_commit(told)
        assert deaths[name][: len(planned)] == planned, f"{name} was not stopped at each of its steps"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
async def test_D2_dying_at_each_step_of_a_handler_changes_nothing_in_the_end(stage: Stage, script: Script) -> None:
    await check(stage, script)


IN_COMPANY = [script for script in SCRIPTS if max(map(len, together(script.records()))) > 1]


@pytest.mark.parametrize("script", IN_COMPANY, ids=lambda script: script.name)
async def test_D2_dying_at_each_step_of_records_handled_together_changes_nothing_in_the_end(
    stage: Stage, script: Script
) -> None:
    await check(stage, script, together)


def test_some_scripts_have_records_that_are_handled_together() -> None:
    assert {"sheets", "claim_extraction", "publish"} <= {script.name for script in IN_COMPANY}


async def test_D2_the_crash_points_notice_an_effect_outside_its_transaction(stage: Stage) -> None:
    """A check that never failed proves nothing: here a handler writes beside its transaction."""
    script = next(each for each in SCRIPTS if each.name == "sheets")

    async def beside(event: Any, work: Any) -> None:
        await work.db.execute(
            "INSERT INTO sheet VALUES ($1, 1, 1, 0, 0, '') ON CONFLICT (article_id)"
            " DO UPDATE SET counter = sheet.counter + 1",
            event.article_id,
        )

    SMALL.on_article = beside
    try:
        with pytest.raises(AssertionError, match="instead of"):
            await check(stage, script)
    finally:
        SMALL.on_article = undisturbed_day


async def test_D3_dying_at_each_step_of_the_relay_loses_and_turns_round_nothing(
    stage: Stage, newsroom: Newsroom
) -> None:
    """Before and after each send, before and after each mark: what a new leader tells again keeps its order."""
    (desk,) = await instances(stage, newsroom.desk, 1)
    outbox = desk.resources.outbox
    for counter in (1, 2, 3):
        for article_id in ("a1", "a2"):
            await publish(newsroom, outbox, article_id, counter)
    log: list[tuple[bytes, str]] = []
    step = 0
    while await desk.resources.db.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"):
        step += 1
        await _relay_until(outbox, log, step)
        assert step < 40
    assert step > 7, "the relay was hardly disturbed"
    for key in (b"a1", b"a2"):
        seen = list(dict.fromkeys(version for of_key, version in log if of_key == key))
        assert seen == ["1.1", "1.2", "1.3"]


async def _relay_until(outbox: Outbox, log: list[tuple[bytes, str]], step: int) -> None:
    """One leader that dies at its `step`-th step."""
    reached = 0

    def reach() -> None:
        nonlocal reached
        reached += 1
        if reached >= step:  # dead: nothing of this process happens any more
            raise Died

    class Sender(ListSender):
        async def send(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Any:
            reach()
            log.append((key, dict(headers)["ce_aggregateversion"].decode()))
            reach()
            return await ListSender.send(self, topic, key, value, headers)

    async def open_sender() -> ListSender:
        return Sender()

    relay = Relay(outbox, open_sender, Telemetry.of("relay"), batch=4, back_off_seconds=0.01)
    with pytest.MonkeyPatch.context() as patch:
        mark = asyncpg.Connection.execute

        async def marking(self: Any, statement: str, *arguments: Any, **named: Any) -> Any:
            if "published_at = now()" not in statement:
                return await mark(self, statement, *arguments, **named)
            reach()
            answer = await mark(self, statement, *arguments, **named)
            reach()
            return answer

        patch.setattr(asyncpg.Connection, "execute", marking)
        await relay.stop()
        with contextlib.suppress(Died):
            connection = await outbox.db.dedicated()
            try:
                await relay._lead(connection, Sender())
            finally:
                connection.terminate()
