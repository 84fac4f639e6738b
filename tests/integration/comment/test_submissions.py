"""Comments of the CMS: threads, decisions, repetitions, every order of arrival."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from plumbline.events.v1 import comment_pb2
from plumbline.staff.v1 import moderation_service_pb2 as staff_pb2

from services.comment.model import Settings
from services.comment.store import set_settings
from shared.ids import DEFAULT_SITE, derived_id
from shared.telemetry import names
from shared.testing.records import Heard
from tests.builders.comments import APPROVED, ARTICLE, REMOVED, comment_id, heard_article, heard_comment
from tests.builders.markup import HOSTILE
from tests.integration.comment.desk import Desk, begin

PUBLISHED, HELD, GONE = (
    comment_pb2.COMMENT_STATUS_PUBLISHED,
    comment_pb2.COMMENT_STATUS_HELD,
    comment_pb2.COMMENT_STATUS_REMOVED,
)
SPAM = "Click here http://a.example http://b.example http://c.example"


async def status_of(desk: Desk, name: str) -> int:
    return (await desk.told_comments())[str(comment_id(name))].status


async def test_a_comment_is_cleaned_published_and_told_with_the_count(desk: Desk) -> None:
    await desk.hear(heard_comment("a", "<p class=x>So <em title=y>true</em>.</p><blink>!</blink>"))
    told = (await desk.told_comments())[str(comment_id("a"))]
    assert (told.status, told.author_name) == (PUBLISHED, "Ann")
    assert told.body_html == "<p>So <em>true</em>.</p>!"
    assert told.root_id == told.comment_id
    assert await desk.told_count() == 1
    rows = await desk.running.resources.db.fetch("SELECT topic, key FROM outbox")
    assert {tuple(row) for row in rows} == {("plumbline.comment.v1", str(ARTICLE))}


async def test_C3_C4_a_held_comment_tells_its_reasons_and_nothing_of_its_words(desk: Desk) -> None:
    await desk.hear(heard_comment("a", SPAM, author="Best Deals"))
    told = (await desk.told_comments())[str(comment_id("a"))]
    assert (told.status, told.body_html, told.author_name) == (HELD, "", "")
    assert {reason.rule for reason in told.reasons} == {"links", "suspect_word"}
    for reason in told.reasons:
        assert reason.score >= reason.threshold
        assert reason.model_version == "rules-1"
        assert reason.end > reason.start
    assert await desk.told_count() == 0
    assert (await desk.get()).json["comments"] == []


async def test_the_cmss_decisions_count(desk: Desk) -> None:
    await desk.hear(heard_comment("a", SPAM, decision=APPROVED))
    assert await status_of(desk, "a") == PUBLISHED
    await desk.hear(heard_comment("a", counter=2, decision=REMOVED))
    assert await status_of(desk, "a") == GONE
    assert await desk.told_count() == 0
    row = await desk.running.resources.db.fetchrow("SELECT raw, html, text FROM comment")
    assert tuple(row or ()) == ("", "", "")
    await desk.check_counts()


async def test_C1_D4_ten_repetitions_and_older_states_change_nothing(desk: Desk) -> None:
    records = [heard_comment("a"), heard_comment("b", parent="a"), heard_comment("a", "Changed words.", counter=2)]
    await desk.hear(*records, times=10)
    before, told = await desk.domain_state(), len(await desk.told())
    await desk.hear(*records, heard_comment("a", "Old words.", counter=1))
    assert await desk.domain_state() == before
    assert len(await desk.told()) == told
    assert await desk.told_count() == 2


async def test_a_reply_that_comes_before_its_parent_waits_and_joins(desk: Desk) -> None:
    await desk.hear(heard_comment("c", parent="b"), heard_comment("b", parent="a"))
    told = await desk.told_comments()
    assert {m.root_id for m in told.values()} == {""}
    assert await desk.told_count() == 0
    await desk.hear(heard_comment("a"))
    told = await desk.told_comments()
    assert {m.root_id for m in told.values()} == {str(comment_id("a"))}
    assert await desk.told_count() == 3
    assert [m.version.counter for m in told.values()] == [2, 2, 1]


async def test_a_reply_to_a_comment_of_another_article_is_never_shown(desk: Desk) -> None:
    other = derived_id("another-article")
    for order in itertools.permutations([heard_comment("a", article_id=other), heard_comment("b", parent="a")]):
        await begin(desk)
        await desk.hear(*order)
        assert (await desk.told_comments())[str(comment_id("b"))].root_id == ""
        await desk.check_counts([ARTICLE, other])
    assert (await desk.get()).json["comments"] == []


async def test_comments_that_answer_each_other_in_a_circle_are_never_shown(desk: Desk) -> None:
    await desk.hear(heard_comment("a", parent="b"), heard_comment("b", parent="a"), heard_comment("c", parent="c"))
    assert await desk.told_count() == 1  # c answers itself, which is no answer
    await desk.check_counts()


async def test_a_comment_may_come_before_its_article(desk: Desk) -> None:
    early = derived_id("early-article")
    await desk.hear(heard_comment("a", article_id=early))
    assert (await desk.get(article_id=early)).status == 404
    await desk.hear(heard_article(early))
    assert (await desk.get(article_id=early)).json["count"] == 1


async def test_C4_the_comments_of_a_withdrawn_article_are_gone_until_it_is_back(desk: Desk) -> None:
    await desk.hear(heard_comment("a"), heard_article(counter=3, withdrawn=True), heard_article(counter=2))
    assert (await desk.get()).status == 404
    counts = await desk.request("POST", "/comments/counts", json={"article_ids": [str(ARTICLE)]})
    assert counts.json["counts"] == {str(ARTICLE): 0}
    assert (await desk.post({"comment": "Still there?"})).status == 409
    await desk.hear(heard_article(counter=4))
    assert (await desk.get()).json["count"] == 1


async def test_a_flood_and_repeated_words_are_held(desk: Desk) -> None:
    await desk.hear(*(heard_comment(f"f{n}", author_key="k", minute=n / 10) for n in range(6)))
    assert [await status_of(desk, f"f{n}") for n in range(6)] == [PUBLISHED] * 5 + [HELD]
    await desk.hear(heard_comment("x", "Sign the petition now, please!", author_key="p", minute=60))
    await desk.hear(heard_comment("y", "SIGN the petition now please.", author_key="p", minute=90))
    assert (await status_of(desk, "x"), await status_of(desk, "y")) == (PUBLISHED, HELD)
    await desk.hear(
        *(heard_comment(f"s{n}", "Save the pier, sign it.", author_key=f"s{n}", minute=100) for n in range(4))
    )
    assert [await status_of(desk, f"s{n}") for n in range(4)] == [PUBLISHED] * 3 + [HELD]


async def test_a_site_may_read_everything_first(desk: Desk) -> None:
    await set_settings(desk.running.resources.db, DEFAULT_SITE, Settings(premoderated=True))
    await desk.hear(heard_comment("a"))
    assert await status_of(desk, "a") == HELD
    await desk.hear(heard_comment("b", decision=APPROVED))
    assert await status_of(desk, "b") == PUBLISHED


async def test_C7_no_payload_survives_the_cms_path(desk: Desk) -> None:
    for at, payload in enumerate(HOSTILE):
        await desk.hear(heard_comment(f"h{at}", f"<p>x</p>{payload}", author=payload, decision=APPROVED, minute=at))
    page = (await desk.get("?limit=100")).json
    shown = [one["body_html"] for one in page["comments"]]
    while page["next"]:
        page = (await desk.get(f"?limit=100&cursor={page['next']}")).json
        shown += [one["body_html"] for one in page["comments"]]
    assert len(shown) == len(HOSTILE)
    for html in shown:
        tags = [piece.partition(">")[0] for piece in html.split("<")[1:]]
        allowed = ("p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "code", "pre", "del", "a")
        assert all(tag.lstrip("/").split(" ")[0] in allowed for tag in tags), html
        assert all(tag.lstrip("/").split(" ")[0] == "a" or " " not in tag for tag in tags), html
        assert not any(
            'href="' in tag and not tag.partition('href="')[2].startswith(("http", "mailto")) for tag in tags
        )


_RECORDS: dict[str, list[Heard]] = {
    "articles": [heard_article(counter=2), heard_article(counter=3, withdrawn=True), heard_article(counter=4)],
    "submissions": [
        heard_comment("b", parent="a"),
        heard_comment("a"),
        heard_comment("c", SPAM, parent="b"),
        heard_comment("a", counter=2, decision=REMOVED),
        heard_comment("d", parent="c"),
        heard_comment("c", SPAM, parent="b", counter=2, decision=APPROVED),
        heard_comment("a", "I say it again, better.", counter=3),
    ],
}


async def test_D4_every_interleaving_of_the_topics_ends_in_the_same_state(desk: Desk) -> None:
    ends: list[Any] = []
    total = len(_RECORDS["articles"]) + len(_RECORDS["submissions"])
    choices = list(itertools.combinations(range(total), len(_RECORDS["articles"])))
    for places in random.Random(7).sample(choices, 25):
        await begin(desk)
        articles, submissions = iter(_RECORDS["articles"]), iter(_RECORDS["submissions"])
        await desk.hear(*(next(articles) if at in places else next(submissions) for at in range(total)))
        ends.append(await desk.domain_state())
        await desk.check_counts()
    assert all(end == ends[0] for end in ends)


async def test_D4_late_repetitions_in_any_order_change_nothing(desk: Desk) -> None:
    await desk.hear(*_RECORDS["submissions"])
    before = await desk.domain_state()
    late = list(_RECORDS["submissions"]) * 3
    random.Random(11).shuffle(late)
    await desk.hear(*late)
    assert await desk.domain_state() == before


@pytest.mark.parametrize("seed", range(12))
async def test_C5_counts_equal_a_recount_after_every_step(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    versions: dict[str, int] = {}
    for _ in range(14):
        name = f"n{chance.randrange(6)}"
        parent = f"n{chance.randrange(6)}" if chance.random() < 0.6 else ""
        step = chance.choice(["open", "spam", "approved", "removed", "publish", "remove"])
        versions[name] = versions.get(name, 0) + 1
        if step in {"publish", "remove"}:
            async with desk.moderator() as (stub, who):
                if name in {n for n in versions if str(comment_id(n)) in await desk.told_comments()}:
                    request = staff_pb2.DecideCommentRequest(
                        comment_id=str(comment_id(name)), publish=step == "publish"
                    )
                    await stub.DecideComment(request, metadata=who)
        else:
            ruling = {"approved": APPROVED, "removed": REMOVED}.get(step, 0)
            body = SPAM if step == "spam" else f"{name} says {versions[name]} things."
            await desk.hear(heard_comment(name, body, parent=parent, counter=versions[name], decision=ruling))  # type: ignore[arg-type]
        await desk.check_counts()


async def test_T5_one_comment_takes_at_most_six_statements(desk: Desk) -> None:
    desk.observed.exporter.clear()
    await desk.hear(
        heard_comment("b", parent="a"), heard_comment("a"), heard_comment("c", parent="b"), heard_article(counter=2)
    )
    statements = [
        int(str((s.attributes or {})[names.STATEMENTS]))
        for s in desk.observed.spans
        if names.STATEMENTS in (s.attributes or {})
    ]
    assert len(statements) == 4
    assert max(statements) <= 6


async def test_T3_no_words_and_no_author_stand_in_logs_or_spans(desk: Desk) -> None:
    await desk.hear(heard_comment("a", "canary words", author="canary name", author_key="canary-key"))
    seen = desk.observed.log.getvalue() + "".join(span.to_json() for span in desk.observed.spans)
    assert "canary" not in seen
