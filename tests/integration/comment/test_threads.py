"""Threads as readers page through them: roots, replies, counts, and what is never shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shared.ids import derived_id
from tests.builders.comments import ARTICLE, comment_id, heard_comment
from tests.integration.comment.desk import Desk


async def all_pages(desk: Desk, query: str, *, during: Any = None) -> list[str]:
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await desk.get(f"?{query}" + (f"&cursor={cursor}" if cursor else ""))).json
        seen += [one["comment_id"] for one in page["comments"]]
        if not page["next"]:
            return seen
        cursor = page["next"]
        if during is not None:
            await during()


async def test_C6_paging_over_equal_times_skips_and_repeats_nothing(desk: Desk) -> None:
    await desk.hear(*(heard_comment(f"r{n}", author=f"A{n}") for n in range(53)))
    expected = {str(comment_id(f"r{n}")) for n in range(53)}
    for limit in (1, 7, 20, 53, 100):
        seen = await all_pages(desk, f"limit={limit}")
        assert len(seen) == len(set(seen)) == 53
        assert set(seen) == expected


async def test_C6_comments_posted_and_removed_while_paging_disturb_nobody_else(desk: Desk) -> None:
    await desk.hear(*(heard_comment(f"r{n}", minute=n % 3) for n in range(30)))
    expected = {str(comment_id(f"r{n}")) for n in range(30)}
    steps = iter(range(100))

    async def during() -> None:
        at = next(steps)
        await desk.hear(heard_comment(f"new{at}", minute=1_000 + at))

    seen = await all_pages(desk, "limit=4", during=during)
    assert len(seen) == len(set(seen))
    assert set(seen) == expected


async def test_C6_replies_page_from_the_first_three_on(desk: Desk) -> None:
    await desk.hear(heard_comment("root"), *(heard_comment(f"k{n}", parent="root") for n in range(25)))
    (root,) = (await desk.get()).json["comments"]
    assert root["replies_count"] == 25
    assert len(root["replies"]) == 3
    first = [reply["comment_id"] for reply in root["replies"]]
    page = (await desk.get(f"?parent={root['comment_id']}&cursor={root['replies_next']}")).json
    rest = [one["comment_id"] for one in page["comments"]]
    page = (await desk.get(f"?parent={root['comment_id']}&cursor={page['next']}")).json
    rest += [one["comment_id"] for one in page["comments"]]
    assert page["next"] is None
    assert set(first + rest) == {str(comment_id(f"k{n}")) for n in range(25)}
    assert len(first + rest) == 25
    assert await all_pages(desk, f"parent={root['comment_id']}&limit=4") == first + rest


async def test_C4_replies_of_a_hidden_root_are_hidden_too(desk: Desk) -> None:
    await desk.hear(heard_comment("root", "Click here."), heard_comment("k", parent="root"))
    assert (await desk.get()).json["comments"] == []
    assert (await desk.get(f"?parent={comment_id('root')}")).json["comments"] == []
    assert (await desk.get()).json["count"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("cursor=nonsense", "cursor"),
        ("cursor=%C3%A4", "cursor"),
        ("cursor=" + "A" * 400, "cursor"),
        ("cursor=f_________8AAAAAAAAAAAAAAAAAAAAA", "cursor"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=9999999999", "limit"),
        ("parent=x", "parent"),
    ],
)
async def test_S7_a_bad_query_is_named(desk: Desk, query: str, field: str) -> None:
    answer = await desk.get(f"?{query}")
    assert (answer.status, answer.json["field"]) == (422, field)


async def test_an_unchanged_thread_is_a_304(desk: Desk) -> None:
    await desk.post({"comment": "One."})
    first = await desk.get()
    again = await desk.get(headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    await desk.post({"comment": "Two."})
    assert (await desk.get(headers={"if-none-match": first.headers["etag"]})).status == 200


async def test_counts_of_many_articles_at_once(desk: Desk) -> None:
    await desk.hear(*(heard_comment(f"c{n}") for n in range(3)), heard_comment("h", "Click here."))
    unheard = str(derived_id("unheard"))
    answer = await desk.request("POST", "/comments/counts", json={"article_ids": [str(ARTICLE), unheard]})
    assert answer.json == {"counts": {str(ARTICLE): 3, unheard: 0}}


@pytest.mark.parametrize(
    ("ids", "field"),
    [
        (None, "article_ids"),
        ("x", "article_ids"),
        ([1], "article_ids"),
        (["x"], "article_ids[0]"),
        ([str(UUID(int=1))] * 201, "article_ids"),
    ],
)
async def test_S7_bad_count_requests_are_named(desk: Desk, ids: Any, field: str) -> None:
    answer = await desk.request("POST", "/comments/counts", json={"article_ids": ids})
    assert (answer.status, answer.json["field"]) == (422, field)
