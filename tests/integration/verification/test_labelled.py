"""Decisions as labelled data: what people said beside what the machine had said, and no name of anybody."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.verification.labelled import Pseudonyms, labelled, write_labelled
from shared.ids import DEFAULT_SITE, derived_id
from tests.integration.verification.room import ANN, BEN, Room
from tests.integration.verification.test_checks import SOUND, WRONG_DEPTH
from tests.integration.verification.test_people import refute
from tests.integration.verification.test_runs import SOUND_PAGE, WRECK

pytestmark = pytest.mark.postgres

EVER = datetime(1970, 1, 1, tzinfo=UTC)


async def lines(room: Room, **asked: Any) -> list[dict[str, Any]]:
    names = Pseudonyms(room.resources.master)
    return [line async for line in labelled(room.resources.db, names, **{"since": EVER, **asked})]


async def test_a_decision_stands_beside_what_the_machine_had_said(room: Room, tmp_path: Path) -> None:
    await refute(room)
    (line,) = await lines(room)
    assert (line["claim"], line["verdict_version"], line["people"]["rating"]) == (WRONG_DEPTH, 1, "refuted")
    assert (line["machine"]["status"], line["machine"]["abstention"]) == ("needs_review", "contradiction_needs_people")
    assert line["people"]["quotes"] == line["machine"]["quotes"]
    assert line["people"]["quotes"][0]["evidence_id"] in line["machine"]["evidence_ids"]
    count = await write_labelled(room.resources.db, Pseudonyms(room.resources.master), tmp_path / "d", since=EVER)
    assert (count, [json.loads(each) for each in (tmp_path / "d").read_text().splitlines()]) == (1, [line])


async def test_people_are_pseudonyms_that_hold_within_a_site_and_name_nobody(room: Room) -> None:
    await room.check(room.sheet(1, SOUND, WRONG_DEPTH, links=(WRECK, SOUND_PAGE)))
    await room.propose(SOUND, ANN, rating="supported")
    await room.propose(WRONG_DEPTH, ANN, rating="refuted")
    await room.second(WRONG_DEPTH, BEN)
    first, other = await lines(room)
    assert first["people"]["decided_by"] == other["people"]["decided_by"] != other["people"]["seconded_by"]
    assert first["people"]["seconded_by"] == ""
    whole = json.dumps([first, other])
    for person in (ANN, BEN):
        assert person.name not in whole
        assert person.person_id not in whole
    names = Pseudonyms(room.resources.master)
    assert names.of(DEFAULT_SITE, "p") != names.of(derived_id("test", "another site"), "p")


async def test_only_what_was_asked_for_is_written(room: Room) -> None:
    await refute(room)
    assert await lines(room, since=room.resources.clock.now() + timedelta(days=1)) == []
    assert await lines(room, site_id=derived_id("test", "another site")) == []
    assert len(await lines(room, site_id=DEFAULT_SITE)) == 1
