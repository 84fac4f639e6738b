"""First sheets of one subject that arrive together: none fails the other, and the newest stands."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from plumbline.events.v1 import claim_pb2

from services.verification import contract
from services.verification.model.subject import nothing_known, settle_sheet
from services.verification.store import subjects
from shared.ids import derived_id
from shared.testing.records import deliver
from shared.testing.records import record as recorded
from tests.integration.verification.room import Room
from tests.integration.verification.test_checks import COST, RIGHT_DEPTH, SOUND

pytestmark = pytest.mark.postgres

WORDS = ((SOUND,), (SOUND, COST), (COST, RIGHT_DEPTH), (SOUND, COST, RIGHT_DEPTH))
AT = datetime(2026, 5, 31, tzinfo=UTC)


def named(room: Room, number: int, counter: int) -> claim_pb2.ClaimSheet:
    """Version `counter` of the sheet of a subject of its own."""
    sheet = room.sheet(counter, *WORDS[counter - 1])
    sheet.subject_id = sheet.article_id = str(derived_id("test", "first", str(number)))
    for claim in sheet.claims:
        claim.claim_id = f"{number}:{claim.text}"
    return sheet


async def test_D4_first_sheets_that_arrive_together_do_not_fail_each_other_and_the_newest_stands(room: Room) -> None:
    db = room.resources.db

    async def hear(number: int, counter: int) -> None:
        """What the handler does, without the three tries a consumer would grant it."""
        sheet = contract.sheet(named(room, number, counter))
        async with db.transaction() as unit:
            await subjects.lock(unit, sheet.subject_id)
            known = await subjects.load(unit, sheet.subject_id) or nothing_known(sheet)
            if sheet.version > known.sheet.version:
                await subjects.save_sheet(unit, settle_sheet(known, sheet), (), (), at=AT)

    for number in range(60):
        order = [1, 2, 3, 4] if number % 2 else [4, 3, 2, 1]
        await asyncio.gather(*(hear(number, counter) for counter in order))
    stands = await db.fetch("SELECT DISTINCT claims_counter FROM subject")
    assert [row["claims_counter"] for row in stands] == [4]
    assert await db.fetchval("SELECT count(*) FROM claim WHERE state = 'active'") == 60 * len(WORDS[-1])


async def test_D4_whole_handlers_that_hear_first_sheets_together_end_at_the_newest(room: Room) -> None:
    for number in range(8):
        heard = [
            recorded(contract.CLAIM_TOPIC, named(room, number, counter), subject=f"s{number}")
            for counter in (2, 4, 1, 3)
        ]
        await asyncio.gather(*(deliver(room.running, [each]) for each in heard))
    rows = await room.resources.db.fetch("SELECT claims_counter FROM subject")
    assert [row["claims_counter"] for row in rows] == [4] * 8
    assert await room.resources.db.fetchval("SELECT count(*) FROM dead_letter") == 0
