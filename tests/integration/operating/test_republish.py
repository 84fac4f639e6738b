"""D12: a service tells everything it knows again, and it is what it last told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from google.protobuf import symbol_database
from google.protobuf.message import Message

from services.console import app as console
from services.demo import DEMO
from services.verification.archive import import_claimreview
from shared.events import Envelope, Version, version_of
from shared.outbox import unpack_headers
from shared.republish import republish
from shared.runtime import Running
from shared.testing.fakes import SetClock
from shared.testing.kit import Stage
from shared.testing.state import RepeatedIds, differences, state_of
from tests.failure.crash_points import one_by_one, undisturbed
from tests.failure.instances import instances
from tests.failure.scripts import SCRIPTS, Script

PRODUCT = [script for script in SCRIPTS if script.name not in {"sheets", "panels", "directory"}]
NOT_AGAIN = {"CommentSubmission", "VerdictProgress", "VerificationRequest", "CheckRequest"}
"""Words that live elsewhere, and things that happened rather than stand."""

Told = dict[tuple[str, str], tuple[Version, Message]]


async def told(running: Running, after: int = 0) -> tuple[int, Told]:
    """The newest event of each (type, subject) since a position, and the last position."""
    rows = await running.resources.db.fetch("SELECT * FROM outbox WHERE position > $1 ORDER BY position", after)
    found: Told = {}
    for row in rows:
        envelope = Envelope.read(unpack_headers(row["headers"]))
        message: Any = symbol_database.Default().GetSymbol(row["type"]).FromString(row["value"])
        assert version_of(message.version) == envelope.version
        assert row["key"] == (getattr(message, "article_id", "") or _own_key(message)), row["type"]
        known = found.get((row["type"], envelope.subject))
        if known is None or known[0] <= envelope.version:
            found[row["type"], envelope.subject] = envelope.version, message
    return (rows[-1]["position"] if rows else after), found


def _own_key(message: Any) -> str:
    """The key of what has no article."""
    kind = message.DESCRIPTOR.name
    own = {"FactCheck": "fact_check_id", "Site": "site_id", "PartnerKey": "key_id", "StaffSigner": "signer_id"}
    prefix = {"Site": "site/", "PartnerKey": "partner-key/", "StaffSigner": "staff-signer/"}.get(kind, "")
    return prefix + str(getattr(message, own.get(kind, "subject_id")))


def without_version(message: Message) -> Message:
    bare = type(message)()
    bare.CopyFrom(message)
    bare.ClearField("version")
    return bare


def assert_same(again: Told, before: Told) -> None:
    """Only a count may be told at a later version: a thread's version moves with every change under it."""
    assert again.keys() == before.keys()
    for key, (version, message) in again.items():
        if key[0].endswith(".CommentCounts"):
            assert version >= before[key][0]
            assert without_version(message) == without_version(before[key][1])
        else:
            assert (version, message) == before[key]


@pytest.mark.parametrize("script", PRODUCT, ids=lambda script: script.name)
async def test_D12_what_is_told_again_is_what_was_last_told(stage: Stage, script: Script) -> None:
    stage.clock, stage.ids, stage.encoder = SetClock(script.now), RepeatedIds(), script.encoder
    spec = script.spec("again")
    (running,) = await instances(stage, spec, 1)
    await script.furnish(running)
    assert isinstance(stage.ids, RepeatedIds)
    await undisturbed(running, stage.ids, one_by_one(script.records()))
    at, before = await told(running)
    state = await state_of(running.resources.db, without_tables={"outbox", "operator_act"})
    expected = {key: one for key, one in before.items() if key[0].rpartition(".")[2] not in NOT_AGAIN}
    assert expected, "this service told nothing that stands"

    count = await republish(running.resources, spec.tells_again, person="operator:test")
    at, again = await told(running, at)
    assert_same(again, expected)
    assert count == len(again)
    assert differences(await state_of(running.resources.db, without_tables={"outbox", "operator_act"}), state) == []
    acts = await running.resources.db.fetch("SELECT person, act, detail->>'told' AS told FROM operator_act")
    assert [tuple(act) for act in acts if act["act"] == "republish"] == [("operator:test", "republish", str(count))]

    running.resources.outbox.epoch = 7
    await republish(running.resources, spec.tells_again, person="operator:test")
    _, later = await told(running, at)
    assert {key: version for key, (version, _) in later.items()} == {
        key: Version(7, version.counter) for key, (version, _) in again.items()
    }
    assert {key: without_version(message) for key, (_, message) in later.items()} == {
        key: without_version(message) for key, (_, message) in expected.items()
    }


async def test_D12_the_archive_is_told_again(stage: Stage) -> None:
    script = next(each for each in PRODUCT if each.name == "verification")
    stage.encoder = script.encoder
    (running,) = await instances(stage, script.spec("archive"), 1)
    archive = DEMO / "site" / "factchecks.json"
    counts = await import_claimreview(running.resources.outbox, archive, base_url="https://desks.example")
    at, before = await told(running)
    assert len(before) == counts["new"] > 40
    await republish(running.resources, running.spec.tells_again, person="operator:test")
    assert_same((await told(running, at))[1], before)


async def test_D12_the_directory_is_told_again(stage: Stage) -> None:
    (running,) = await instances(stage, console.SPEC, 1, otlp_endpoint="http://127.0.0.1:1")
    at, before = await told(running)
    assert {type_.rpartition(".")[2] for type_, _ in before} == {"Site", "StaffSigner"}
    running.resources.outbox.epoch = 3
    await republish(running.resources, console.SPEC.tells_again, person="operator:test")
    _, again = await told(running, at)
    assert {key: version for key, (version, _) in again.items()} == {
        key: Version(3, version.counter) for key, (version, _) in before.items()
    }


async def test_D12_page_after_page_nothing_is_left_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    script = next(script for script in PRODUCT if script.name == "comment")
    stage.clock, stage.ids, stage.encoder = SetClock(script.now), RepeatedIds(), script.encoder
    spec = script.spec("pages")
    (running,) = await instances(stage, spec, 1)
    await undisturbed(running, stage.ids, one_by_one(script.records()))
    at, before = await told(running)
    monkeypatch.setattr("services.comment.telling_again.AT_ONCE", 1)
    heard: list[int] = []
    await republish(running.resources, spec.tells_again, person="operator:test", say=heard.append)
    _, again = await told(running, at)
    assert_same(again, before)
    assert heard == sorted(heard)
    assert len(heard) > 4
    assert all(UUID(subject) for _, subject in again)
