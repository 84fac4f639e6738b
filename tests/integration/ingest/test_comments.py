"""The CMS's reader comments through the door."""

from __future__ import annotations

from typing import Any

import pytest
from plumbline.events.v1 import submission_pb2

from services.ingest.model import Origin
from shared.ids import DEFAULT_SITE
from tests.builders.cms import APPROVED, POSTED, REMOVED, article, comment
from tests.builders.markup import HOSTILE
from tests.integration.ingest.door import Door

ORIGIN = Origin("cms", DEFAULT_SITE)


async def submissions(door: Door) -> list[submission_pb2.CommentSubmission]:
    return [m for m in await door.told() if isinstance(m, submission_pb2.CommentSubmission)]


async def test_a_comment_is_told_with_its_article_and_parent(door: Door) -> None:
    answer = await door.tell(comment(id="c2", parent_id="c1"), type=POSTED)
    assert answer.status == 202
    assert answer.json["comment_id"] == str(ORIGIN.comment_id("c2"))
    (told,) = await submissions(door)
    assert told.article_id == answer.json["article_id"] == str(ORIGIN.article_id("harbour-lights"))
    assert told.parent_comment_id == str(ORIGIN.comment_id("c1"))
    assert (told.author_name, told.body) == ("Wilma Okafor", "I saw them from the ferry.")
    assert told.cms_decision == submission_pb2.CMS_DECISION_UNSPECIFIED
    (envelope,) = await door.envelopes()
    assert (envelope["topic"], envelope["key"]) == ("plumbline.submission.v1", told.article_id)
    assert envelope["ce_subject"] == told.comment_id


async def test_a_comment_may_come_before_its_article(door: Door) -> None:
    await door.tell(comment(), id="e1", type=POSTED)
    await door.tell(article(), id="e2")
    told = await door.told()
    assert told[0].article_id == told[1].article_id  # type: ignore[attr-defined]


async def test_the_cmss_decisions_follow_each_other_and_old_ones_are_stale(door: Door) -> None:
    times = ("2026-11-22T09:12:00Z", "2026-11-22T09:13:00Z", "2026-11-22T09:14:00Z")
    await door.tell(comment(), id="e1", type=POSTED, time=times[0])
    await door.tell(comment(), id="e3", type=REMOVED, time=times[2])
    late = await door.tell(comment(), id="e2", type=APPROVED, time=times[1])
    assert (late.status, late.json["stale"]) == (200, True)
    told = await submissions(door)
    assert [t.cms_decision for t in told] == [
        submission_pb2.CMS_DECISION_UNSPECIFIED,
        submission_pb2.CMS_DECISION_REMOVED,
    ]
    assert told[1].body == ""


async def test_C10_the_author_is_a_keyed_hash_that_is_the_same_for_the_same_reader(door: Door) -> None:
    authors: list[dict[str, Any] | None] = [
        {"name": "Wilma", "email": "wilma@mail.example"},
        {"name": "W.", "email": " WILMA@mail.example "},
        {"name": "Wilma", "email": "other@mail.example"},
        {"name": "Wilma", "id": 17},
        {"name": "Wilma"},
        None,
    ]
    for at, author in enumerate(authors):
        await door.tell(comment(id=f"c{at}", author=author), id=f"e{at}", type=POSTED)
    keys = [told.author_key for told in await submissions(door)]
    assert keys[0] == keys[1]
    assert len(set(keys[:4])) == 3
    assert keys[4:] == ["", ""]
    assert all(len(key) == 32 for key in keys[:4])


@pytest.mark.parametrize("name", ["wilma@mail.example", "Wilma <wilma@mail.example>"])
async def test_C10_an_address_given_as_a_name_does_not_pass(door: Door, name: str) -> None:
    await door.tell(comment(author={"name": name}), type=POSTED)
    (told,) = await submissions(door)
    assert told.author_name == ""


async def test_C8_a_readers_words_pass_untouched(door: Door) -> None:
    for at, body in enumerate(HOSTILE):
        answer = await door.tell(comment(id=f"c{at}", body=body), id=f"e{at}", type=POSTED)
        assert answer.status == 202
    assert [told.body for told in await submissions(door)] == [body.strip() for body in HOSTILE]
