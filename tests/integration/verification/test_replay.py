"""Past decisions come out the same when they are made again from the record; a changed record is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.verification.replaying import replay
from tests.integration.verification.all_jobs import run_all
from tests.integration.verification.room import Room
from tests.integration.verification.test_checks import COST, EVEREST, MAPPED, RIGHT_DEPTH, SOUND, WRONG_DEPTH, archive
from tests.integration.verification.test_rechecks import article
from tests.integration.verification.test_runs import SOUND_PAGE, WRECK

pytestmark = pytest.mark.postgres

FILLER = "The museum by the harbour opened in {} and was visited by {} people in its first year."


async def test_J12_a_hundred_past_decisions_come_out_the_same(room: Room, tmp_path: Path) -> None:
    await archive(room, tmp_path)
    for number in range(10):
        words = [SOUND, COST, EVEREST, MAPPED, RIGHT_DEPTH, WRONG_DEPTH]
        words += [FILLER.format(1950 + number, 300 + n) for n in range(5)]
        await room.hear(article(room, f"a{number}", *words, links=(SOUND_PAGE, WRECK)))
    await run_all(room)
    report = await replay(room.resources.db, 100)
    assert (report.same, report.differing) == (100, ())
    kinds = await room.resources.db.fetch("SELECT DISTINCT outcome ->> 'abstention_code' AS code FROM assessment")
    assert len(kinds) >= 3, "the cases are of different kinds"


async def test_J12_a_record_that_was_changed_is_named(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, SOUND, links=(WRECK, SOUND_PAGE)))
    db = room.resources.db
    await db.execute("ALTER TABLE assessment DISABLE TRIGGER ALL")
    await db.execute("ALTER TABLE assessment OWNER TO CURRENT_USER")
    changed = "UPDATE assessment SET outcome = jsonb_set(outcome, '{headline}', '\"Refuted.\"') WHERE claim_id = $1"
    claim_id = await db.fetchval("SELECT min(claim_id) FROM assessment")
    await db.execute(changed, claim_id)
    report = await replay(db, 100)
    assert (report.same, len(report.differing)) == (1, 1)
    assert "Refuted." in report.differing[0].what
