"""What a dead letter keeps, who may read it and how it comes back (promise D7)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from shared.errors import NotFound, Refused
from shared.kafka import Cluster
from shared.runtime import Running
from shared.testing.fakes import SetClock
from shared.testing.kit import Stage
from shared.testing.records import Heard, deliver, moved, record, told_by
from shared.vault import Forgotten, MasterKey, Vault
from tests.sample.newsroom import Newsroom, article

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def clock(stage: Stage) -> SetClock:
    stage.clock = clock = SetClock()
    return clock


@pytest.fixture
async def sheets(stage: Stage, newsroom: Newsroom, clock: SetClock) -> Running:
    return await stage.prepare(newsroom.sheet_maker, stage.surroundings(Cluster("127.0.0.1:1")))


def broken(newsroom: Newsroom, article_id: str = "a1", counter: int = 1, *, secret: bytes = b"") -> Heard:
    """A record whose value is no message, with odd headers that must come back untouched."""
    odd: dict[str, str | bytes] = {"baggage": b"\xff\x00\x80", "ce_extra": "é"}
    heard = record(newsroom.articles, article(article_id, counter), subject=article_id, traceparent=TRACE, changed=odd)
    return Heard(heard.topic, heard.key, b"\xff\x00 not a message " + secret, heard.headers, 3, 17, heard.timestamp)


async def the_letter(sheets: Running) -> tuple[dict[str, object], list[tuple[str, bytes]], bytes | None]:
    (found,) = await sheets.resources.dead_letters.find()
    row, headers, body = await sheets.resources.dead_letters.show(found["dead_letter_id"])
    return dict(row), headers, body


async def test_D7_a_dead_letter_keeps_bytes_headers_reason_attempts_and_trace(
    sheets: Running, newsroom: Newsroom, clock: SetClock
) -> None:
    heard = broken(newsroom)
    await deliver(sheets, [heard])
    row, headers, body = await the_letter(sheets)
    assert (headers, body) == (list(heard.headers), heard.value)
    assert (row["topic"], row["partition"], row["offset"], row["key"]) == (heard.topic, 3, 17, "a1")
    assert (row["event_id"], row["type"]) == (heard.envelope.event_id, heard.envelope.type)
    assert (row["error"], row["attempts"], row["state"]) == ("Poison", 1, "open")
    assert "plumbline.events.v1.Article" in str(row["reason"])
    assert row["first_seen"] == clock.now()
    assert row["trace_id"] == TRACE.split("-")[1]


async def test_D7_a_record_that_dies_again_at_the_same_place_is_one_dead_letter(
    sheets: Running, newsroom: Newsroom
) -> None:
    heard = broken(newsroom)
    await deliver(sheets, [heard], times=3)
    assert len(await sheets.resources.dead_letters.find()) == 1
    await deliver(sheets, [moved(heard, offset=18)])
    assert len(await sheets.resources.dead_letters.find()) == 2


async def test_D7_the_bytes_are_sealed_in_the_database(sheets: Running, newsroom: Newsroom) -> None:
    await deliver(sheets, [broken(newsroom, secret=b"reader@example.org wrote")])
    row, _, body = await the_letter(sheets)
    assert body is not None
    assert b"reader@example.org" in body
    stored = await sheets.resources.db.fetchval("SELECT dead_letter::text FROM dead_letter")
    assert b"reader@example.org".hex() not in stored
    assert "reader@example.org" not in stored
    assert b"reader@example.org" not in bytes(row["sealed"])  # type: ignore[call-overload]


async def test_D7_with_its_days_key_destroyed_a_letter_is_unreadable_but_still_listed(
    sheets: Running, newsroom: Newsroom, clock: SetClock
) -> None:
    found = sheets.resources
    await deliver(sheets, [broken(newsroom, "old")])
    clock.advance(timedelta(days=2).total_seconds())
    await deliver(sheets, [broken(newsroom, "new")])
    async with found.db.transaction() as tx:
        await found.vault.forget_before(tx, clock.now().date())
    old, new = await found.dead_letters.find()
    with pytest.raises(Forgotten):
        await found.dead_letters.show(old["dead_letter_id"])
    with pytest.raises(Forgotten):
        await found.dead_letters.replay(found.outbox, old["dead_letter_id"], person="ops")
    assert await found.db.fetchval("SELECT count(*) FROM outbox") == 0
    assert len(await found.dead_letters.find(state="open")) == 2, "a replay that failed settles nothing"
    assert (await found.dead_letters.show(new["dead_letter_id"]))[2] is not None


async def test_D7_another_master_key_opens_nothing(sheets: Running, newsroom: Newsroom) -> None:
    await deliver(sheets, [broken(newsroom)])
    row, _, _ = await the_letter(sheets)
    other = Vault(MasterKey(b"another master key of 32 bytes.."))
    with pytest.raises(Forgotten):
        await other.open(sheets.resources.db, row["sealed_day"], row["sealed"])  # type: ignore[arg-type]


async def test_D7_a_replay_tells_the_same_event_again_and_says_who_did(sheets: Running, newsroom: Newsroom) -> None:
    heard = broken(newsroom)
    await deliver(sheets, [heard])
    found = sheets.resources
    (letter,) = await found.dead_letters.find()
    await found.dead_letters.replay(found.outbox, letter["dead_letter_id"], person="ops@desk")
    (again,) = await told_by(sheets)
    assert (again.topic, again.key, again.value) == (heard.topic, heard.key, heard.value)
    assert list(again.headers) == list(heard.headers)
    act = await found.db.fetchrow("SELECT person, act, subject FROM operator_act")
    assert tuple(act or ()) == ("ops@desk", "dead_letter.replayed", str(letter["dead_letter_id"]))


async def test_D7_a_discarded_letter_is_not_replayed_and_a_missing_one_is_named(
    sheets: Running, newsroom: Newsroom
) -> None:
    await deliver(sheets, [broken(newsroom)])
    found = sheets.resources
    (letter,) = await found.dead_letters.find()
    await found.dead_letters.discard(found.outbox, letter["dead_letter_id"], person="ops")
    with pytest.raises(Refused) as refusal:
        await found.dead_letters.replay(found.outbox, letter["dead_letter_id"], person="ops")
    assert (refusal.value.reason, refusal.value.field) == ("ALREADY_DISCARDED", "dead_letter_id")
    with pytest.raises(NotFound):
        await found.dead_letters.replay(found.outbox, uuid4(), person="ops")
    assert await told_by(sheets) == []


async def test_D7_nul_and_lone_bytes_in_a_reason_do_not_stop_a_letter_from_being_kept(
    sheets: Running, newsroom: Newsroom
) -> None:
    heard = record(newsroom.articles, article("a1", 1), changed={"ce_id": "\x00"})
    unnamed = Heard(newsroom.articles, b"a\x00\xff", None, [], offset=7_000_000)
    await deliver(sheets, [Heard(heard.topic, b"\x00k", heard.value, heard.headers, offset=heard.offset), unnamed])
    found = await sheets.resources.dead_letters.find()
    assert [letter["key"] for letter in found] == ["k", "a\ufffd"]
