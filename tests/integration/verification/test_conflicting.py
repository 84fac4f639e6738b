"""Two sources that code holds against each other: one states the claimed figure, another gives a different one."""

from __future__ import annotations

import pytest
from plumbline.events.v1 import claim_pb2, common_pb2, verdict_pb2

from services.verification.model import Abstention, OutcomeStatus, Rating
from tests.builders import events as make
from tests.integration.verification.room import Room
from tests.integration.verification.test_checks import RIGHT_DEPTH, SOUND
from tests.integration.verification.test_runs import SOUND_PAGE, WRECK

pytestmark = pytest.mark.postgres

ATLAS = "/sources/atlas.html"
WHOLE = f"{RIGHT_DEPTH.rstrip('.')}, and {SOUND[0].lower()}{SOUND[1:]}"


async def test_sources_that_disagree_in_single_sentences_give_conflicting_and_no_side(room: Room) -> None:
    outcome = (await room.check(room.sheet(1, RIGHT_DEPTH, links=(WRECK, ATLAS))))[RIGHT_DEPTH]
    assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, Rating.CONFLICTING)
    assert outcome.abstention_code is Abstention.SOURCES_CONFLICT
    assert outcome.headline == "Sources disagree: Wreck Survey Quarterly for, Harbour Atlas against, awaiting review."
    told = (await room.sheets())[-1].outcomes[0]
    assert {each.stance for each in told.citations} == {
        common_pb2.STANCE_SUPPORTS,
        common_pb2.STANCE_CONTRADICTS,
    }
    assert told.status == verdict_pb2.OUTCOME_STATUS_NEEDS_REVIEW
    assert [each.claim_text for each in (await room.reviews()).reviews] == [RIGHT_DEPTH]


async def test_a_claim_of_several_statements_conflicts_where_its_part_does(room: Room) -> None:
    sheet = room.sheet(1, WHOLE, RIGHT_DEPTH, SOUND, links=(WRECK, ATLAS, SOUND_PAGE))
    for claim in sheet.claims[1:]:
        claim.links.add(kind=claim_pb2.CLAIM_LINK_KIND_PART_OF, claim_id=make.claim_id(WHOLE))
    outcomes = await room.check(sheet)
    assert outcomes[RIGHT_DEPTH].rating is Rating.CONFLICTING
    assert outcomes[SOUND].rating is Rating.SUPPORTED
    assert outcomes[WHOLE].rating is Rating.CONFLICTING
    assert {each.text: each.part_of for each in (await room.subject()).sheet.claims} == {
        WHOLE: "",
        RIGHT_DEPTH: make.claim_id(WHOLE),
        SOUND: make.claim_id(WHOLE),
    }
