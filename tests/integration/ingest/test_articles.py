"""Articles through the door: versions, revisions, withdrawals, repetitions."""

from __future__ import annotations

import asyncio
import itertools
from uuid import UUID

from plumbline.events.v1 import article_pb2

from services.ingest.model import Origin
from services.ingest.store import lock_articles
from shared.ids import DEFAULT_SITE
from tests.builders.cms import PUBLISHED, REVISED, WITHDRAWN, article, as_json, event, signed
from tests.integration.ingest.door import Door

ARTICLE_ID = str(Origin("cms", DEFAULT_SITE).article_id("harbour-lights"))


async def last_article(door: Door) -> article_pb2.Article:
    found = (await door.told())[-1]
    assert isinstance(found, article_pb2.Article)
    return found


async def test_an_article_is_taken_in_and_told_in_full(door: Door) -> None:
    answer = await door.tell(
        article(html='<p>Lit <b onclick=x>again</b>, see <a href="/pier">the pier</a>.</p><script>x</script>')
    )
    assert answer.status == 202
    assert answer.json["article_id"] == ARTICLE_ID
    found = await last_article(door)
    assert (found.article_id, found.source, found.external_id) == (ARTICLE_ID, "cms", "harbour-lights")
    assert (found.version.epoch, found.version.counter, found.status) == (1, 1, article_pb2.ARTICLE_STATUS_PUBLISHED)
    assert found.title == "The harbour lights are on again"
    assert list(found.bylines) == ["Ines Farrow"]
    assert found.published_at.ToJsonString() == "2026-11-22T08:30:00Z"
    (block,) = found.blocks
    assert block.text == "Lit again, see the pier."
    assert block.html == (
        'Lit <strong>again</strong>, see <a href="https://courier.example/pier" rel="noopener">the pier</a>.'
    )
    assert list(found.links) == ["https://courier.example/pier"]
    (envelope,) = await door.envelopes()
    assert (envelope["topic"], envelope["key"], envelope["ce_subject"]) == (
        "plumbline.article.v1",
        ARTICLE_ID,
        ARTICLE_ID,
    )
    assert envelope["ce_aggregateversion"] == "1.1"


async def test_what_became_of_a_delivery_can_be_asked(door: Door) -> None:
    answer = await door.tell(article())
    asked = await door.get(f"/v1/submissions/{answer.json['submission_id']}")
    assert asked.status == 200
    found = asked.json
    assert (found["outcome"], found["article_id"], found["event_id"]) == ("accepted", ARTICLE_ID, "e1")
    assert found["told"] is False
    await door.running.resources.db.execute("UPDATE outbox SET published_at = now()")
    assert (await door.get(f"/v1/submissions/{answer.json['submission_id']}")).json["told"] is True
    for unknown in ("01900000-0000-7000-8000-00000000ffff", "nonsense"):
        assert (await door.get(f"/v1/submissions/{unknown}")).status == 404


async def test_a_revision_keeps_the_ids_of_its_blocks(door: Door) -> None:
    await door.tell(article())
    before = await last_article(door)
    await door.tell(
        article(
            version=2,
            html="<p>New at the top.</p><p>The lights came back at dusk.</p><p>The repair cost 39,000 pounds.</p>",
        ),
        id="e2",
        type=REVISED,
    )
    after = await last_article(door)
    assert [b.block_id for b in after.blocks][1:] == [b.block_id for b in before.blocks]
    assert after.text_sha256 != before.text_sha256


async def test_D4_old_and_equal_versions_are_answered_200_and_change_nothing(door: Door) -> None:
    await door.tell(article(version=5))
    before = await door.state()
    for number, version in enumerate((5, 4, 1)):
        answer = await door.tell(article(version=version, title="Something else"), id=f"old{number}", type=REVISED)
        assert (answer.status, answer.json["stale"]) == (200, True)
        asked = await door.get(f"/v1/submissions/{answer.json['submission_id']}")
        assert asked.json["outcome"] == "stale"
    assert await door.state() == before


async def test_a_withdrawal_takes_the_words_out_of_the_event_and_holds(door: Door) -> None:
    await door.tell(article())
    blocks = [b.block_id for b in (await last_article(door)).blocks]
    await door.tell({"id": "harbour-lights", "version": 3}, id="e2", type=WITHDRAWN)
    gone = await last_article(door)
    assert gone.status == article_pb2.ARTICLE_STATUS_WITHDRAWN
    assert not gone.blocks
    assert gone.title == "The harbour lights are on again"
    assert (await door.tell(article(version=2), id="e3", type=REVISED)).json["stale"] is True
    await door.tell(article(version=4), id="e4", type=PUBLISHED)
    assert [b.block_id for b in (await last_article(door)).blocks] == blocks


async def test_a_withdrawal_may_come_before_its_article(door: Door) -> None:
    assert (await door.tell({"id": "harbour-lights", "version": 2}, type=WITHDRAWN)).status == 202
    assert (await door.tell(article(version=1), id="e2")).json["stale"] is True


async def test_D4_every_order_of_versions_ends_in_the_same_article(door: Door) -> None:
    versions = [
        (PUBLISHED, article(version=1)),
        (REVISED, article(version=2, title="Second")),
        (WITHDRAWN, {"id": "harbour-lights", "version": 3}),
        (REVISED, article(version=4, title="Fourth")),
    ]
    ends = set()
    for at, order in enumerate(itertools.permutations(versions)):
        for number, (kind, data) in enumerate(order):
            answer = await door.tell({**data, "id": f"article-{at}"}, id=f"{at}-{number}", type=kind)
            assert answer.status in {200, 202}
        row = await door.running.resources.db.fetchrow(
            "SELECT epoch, counter, withdrawn, title, text_sha256 FROM article WHERE external_id = $1", f"article-{at}"
        )
        ends.add(tuple(row or ()))
    assert len(ends) == 1


async def test_S1_a_delivery_sent_ten_times_has_one_effect(door: Door) -> None:
    first = await door.tell(article())
    before = await door.state()
    for _ in range(9):
        again = await door.tell(article())
        assert (again.status, again.json["duplicate"]) == (200, True)
        assert again.json["submission_id"] == first.json["submission_id"]
    assert await door.state() == before
    assert await door.count("delivery") == await door.count("submission") == 1


async def test_S1_the_same_event_under_another_webhook_id_is_the_same_event(door: Door) -> None:
    first = await door.tell(article())
    body = as_json(event(article()))
    again = await door.send(body, signed(door.secret, body, webhook_id="another"))
    assert (again.status, again.json["duplicate"]) == (200, True)
    assert again.json["submission_id"] == first.json["submission_id"]


async def test_S1_a_webhook_id_used_again_for_other_words_changes_nothing(door: Door) -> None:
    await door.tell(article())
    before = await door.state()
    body = as_json(event(article(version=2), id="e2"))
    again = await door.send(body, signed(door.secret, body, webhook_id="e1"))
    assert (again.status, again.json["duplicate"]) == (200, True)
    assert await door.state() == before
    assert (await door.tell(article(version=2), id="e2")).status == 202


async def test_C1_ten_twins_at_once_have_one_effect(door: Door) -> None:
    answers = await asyncio.gather(*(door.tell(article()) for _ in range(10)))
    assert sorted(a.status for a in answers) == [200] * 9 + [202]
    assert len({a.json["submission_id"] for a in answers}) == 1
    assert len(await door.told()) == 1


async def test_versions_at_once_are_told_in_the_order_they_were_settled(door: Door) -> None:
    answers = await asyncio.gather(*(door.tell(article(version=n), id=f"e{n}") for n in range(1, 21)))
    assert {a.status for a in answers} <= {200, 202}
    counters = [m.version.counter for m in await door.told() if isinstance(m, article_pb2.Article)]
    assert counters == sorted(counters)
    assert counters[-1] == 20


async def test_a_batch_is_taken_whole_with_a_receipt_for_each(door: Door) -> None:
    batch = [
        event(article(), id="b1"),
        event(article(version=2, title="Second"), id="b2", type=REVISED),
        event(article(), id="b1"),
        event(article(id="other", version=9), id="b3"),
    ]
    answer = await door.post(batch, content_type="application/cloudevents-batch+json")
    assert answer.status == 202
    receipts = answer.json["submissions"]
    assert [r["event_id"] for r in receipts] == ["b1", "b2", "b1", "b3"]
    assert [r.get("duplicate", False) for r in receipts] == [False, False, True, False]
    assert receipts[2]["submission_id"] == receipts[0]["submission_id"]
    assert len(await door.told()) == 3
    again = await door.post(batch, content_type="application/cloudevents-batch+json")
    assert again.status == 200
    assert all(r["duplicate"] for r in again.json["submissions"])


async def test_a_batch_with_one_bad_event_writes_nothing(door: Door) -> None:
    batch = [event(article(), id="b1"), event(article(version="two"), id="b2")]
    answer = await door.post(batch, content_type="application/cloudevents-batch+json")
    assert (answer.status, answer.json["field"]) == (422, "[1].data.version")
    assert await door.state() == [[], [], []]
    batch[1] = event(article(version=2), id="b2")
    assert (await door.post(batch, content_type="application/cloudevents-batch+json")).status == 202


async def test_batches_that_cross_do_not_stop_each_other(door: Door) -> None:
    async def send(at: int) -> int:
        names = ["one", "two", "three"] if at % 2 else ["three", "two", "one"]
        batch = [event(article(id=name, version=at + 1), id=f"{name}-{at}") for name in names]
        return (await door.post(batch, content_type="application/cloudevents-batch+json", webhook_id=f"w{at}")).status

    assert {*await asyncio.gather(*(send(at) for at in range(12)))} <= {200, 202}


async def test_first_versions_that_arrive_together_do_not_fail_each_other(door: Door) -> None:
    db, origin = door.running.resources.db, Origin("cms", DEFAULT_SITE)

    async def lock(names: dict[UUID, str]) -> None:
        async with db.transaction() as unit:
            await lock_articles(unit, origin.site_id, origin.source_id, names)

    for at in range(150):
        named = [(origin.article_id(f"{name}-{at}"), f"{name}-{at}") for name in ("one", "two", "three")]
        await asyncio.gather(*(lock(dict(named[:: 1 if twin % 2 else -1])) for twin in range(6)))


async def test_binary_mode_is_taken(door: Door) -> None:
    body = as_json(article())
    headers = signed(door.secret, body, content_type="application/json")
    headers |= {"ce-specversion": "1.0", "ce-id": "e1", "ce-source": "/courier/cms", "ce-type": PUBLISHED}
    assert (await door.send(body, headers)).status == 202
    assert (await last_article(door)).title == "The harbour lights are on again"


async def test_the_raw_delivery_is_kept_sealed_and_can_be_forgotten(door: Door) -> None:
    body = as_json(event(article()))
    await door.send(body, signed(door.secret, body))
    found = door.running.resources
    row = await found.db.fetchrow("SELECT * FROM delivery")
    assert row is not None
    assert b"harbour" not in row["sealed"]
    assert await found.vault.open(found.db, row["sealed_day"], row["sealed"]) == body
