"""A site's policy is what its people set: version by version, audited, in force from the next check on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from services.verification.model import OutcomeStatus
from services.verification.policy_setting import as_shown, read_wanted, set_policy
from services.verification.replaying import replay
from services.verification.store import policy
from services.verification.store.audit import verify_audit
from shared.errors import Conflict, Refused
from shared.ids import DEFAULT_SITE
from tests.integration.verification.room import Room
from tests.integration.verification.test_checks import EVEREST, MAPPED, archive

pytestmark = pytest.mark.postgres

EARNED = {"path": "known_claim", "rating": "supported", "decisions": 250, "correct": 250}


async def put(room: Room, **wanted: Any) -> int:
    found = room.resources
    settings = read_wanted(json.dumps(wanted).encode())
    return (await set_policy(found.outbox, DEFAULT_SITE, settings, by="operator:eve", clock=found.clock)).version


async def test_J13_a_path_decides_alone_only_once_people_set_what_was_measured(room: Room, tmp_path: Path) -> None:
    await archive(room, tmp_path)
    assert (await room.check(room.sheet(1, EVEREST)))[EVEREST].status is OutcomeStatus.ASSESSED
    assert await put(room, paths=[EARNED]) == 2
    assert (await room.outcomes())[EVEREST].status is OutcomeStatus.ASSESSED, "what was decided stays"
    outcomes = await room.check(room.sheet(2, EVEREST.replace("Mount ", ""), EVEREST, MAPPED))
    assert (await room.resources.db.fetchval("SELECT max(version) FROM policy")) == 2
    decided = outcomes[EVEREST.replace("Mount ", "")]
    assert decided.status is OutcomeStatus.VERDICT
    assert outcomes[MAPPED].status is not OutcomeStatus.VERDICT, "refuting takes people whatever a site sets"
    report = await replay(room.resources.db, 100)
    assert report.differing == (), "each is replayed under the policy of its time"


async def test_J12_every_version_stays_and_is_in_the_audit(room: Room) -> None:
    assert [await put(room, stance_score=0.9), await put(room, own_domains=["desk.example"])] == [2, 3]
    settings = await policy.latest(room.resources.db, DEFAULT_SITE)
    assert settings is not None
    assert (settings.stance_score, settings.own_domains) == (0.9, frozenset({"desk.example"}))
    rows = await room.resources.db.fetch("SELECT entry::text AS entry FROM audit ORDER BY seq")
    acts = [json.loads(row["entry"]) for row in rows]
    assert [(act["act"], act["version"], act["people"]) for act in acts] == [
        ("set_policy", 2, ["operator:eve"]),
        ("set_policy", 3, ["operator:eve"]),
    ]
    assert await verify_audit(room.resources.db) is None


async def test_what_is_shown_can_be_changed_and_set_unless_somebody_was_quicker(room: Room) -> None:
    assert await put(room, match_similarity=0.75) == 2
    held = await policy.latest(room.resources.db, DEFAULT_SITE)
    assert held is not None
    shown = as_shown(held)
    with pytest.raises(Refused):
        await put(room, **shown)  # the same again
    assert await put(room, **shown | {"stance_sources": 3}) == 3
    with pytest.raises(Conflict) as conflict:
        await put(room, **shown | {"stance_sources": 4})
    assert conflict.value.field == "version"
    both = await asyncio.gather(*(put(room, stance_sources=n) for n in (5, 6)), return_exceptions=True)
    assert {each if isinstance(each, int) else type(each) for each in both} in ({4, Conflict}, {4, 5})


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"match_similarity": 0.2}, "match_similarity"),
    ({"match_similarity": "near"}, "match_similarity"),
    ({"alone_precision": 0.5}, "alone_precision"),
    ({"alone_decisions": 3}, "alone_decisions"),
    ({"stance_sources": 1}, "stance_sources"),
    ({"paths": [EARNED | {"rating": "refuted"}]}, "paths[0]"),
    ({"paths": [EARNED, EARNED | {"correct": 251}]}, "paths[1]"),
    ({"paths": [EARNED | {"path": "guess"}]}, "paths[0].path"),
    ({"two_people_for": ["everything"]}, "two_people_for[0]"),
    ({"own_domains": ["no domain"]}, "own_domains[0]"),
    ({"languages": ["tlh"]}, "languages[0]"),
    ({"distrusted_domains": ["a.example"]}, "distrusted_domains"),
]


@pytest.mark.parametrize(("wanted", "field"), WRONG, ids=[field for _, field in WRONG])
def test_S7_a_wrong_policy_names_its_field(wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        read_wanted(json.dumps(wanted).encode())
    assert refused.value.field == field
    assert field in refused.value.message
