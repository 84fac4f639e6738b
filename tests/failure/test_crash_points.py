"""Whatever step a service dies at, the record that comes again ends in the same state (promises D2 and D9)."""

from __future__ import annotations

import pytest

from shared.testing.fakes import SetClock
from shared.testing.kit import Stage
from shared.testing.state import RepeatedIds, differences, state_of
from tests.failure.crash_points import stopped_everywhere, undisturbed, until_first_commit
from tests.failure.instances import instances
from tests.failure.scripts import SCRIPTS, Script


async def check(stage: Stage, script: Script) -> None:
    """The final state of a run that dies everywhere equals that of a run nothing happens to."""
    stage.clock, ids = SetClock(script.now), RepeatedIds()
    stage.ids = ids
    stage.encoder = script.encoder
    (control,) = await instances(stage, script.spec("control"), 1)
    await script.furnish(control)
    records = script.records()
    plan = await undisturbed(control, ids, records)
    expected = await state_of(control.resources.db, without_columns=script.left_out)

    dying, surviving = await instances(stage, script.spec("dying"), 2)
    await script.furnish(surviving)
    deaths = await stopped_everywhere(dying, surviving, ids, records, plan)
    assert differences(await state_of(surviving.resources.db, without_columns=script.left_out), expected) == []
    assert deaths.keys() == plan.keys()
    for name, told in plan.items():
        planned = until_first_commit(told)
        assert deaths[name][: len(planned)] == planned, f"{name} was not stopped at each of its steps"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
async def test_D2_dying_at_each_step_of_a_handler_changes_nothing_in_the_end(stage: Stage, script: Script) -> None:
    await check(stage, script)
