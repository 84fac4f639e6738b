"""Promises that need a real group, real offsets and restarts (D1, D2, D4, D5, D6, D7, D9)."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from shared.errors import Transient
from shared.local.choice import Broker
from shared.runtime import Running
from shared.telemetry import names
from shared.testing.kit import Stage, create_topics, eventually
from shared.testing.patience import PATIENCE
from shared.testing.records import record
from tests.integration.kit.on_kafka import committed, count, counted, ends, write
from tests.sample.newsroom import Newsroom, article, publish

pytestmark = pytest.mark.kafka


def process_spans(stage: Stage, running: Running) -> list[Any]:
    return [s for s in stage.observed[running.spec.group].spans if s.name.startswith("process")]


async def test_D2_the_offset_is_committed_after_the_transaction_and_not_before(
    stage: Stage, quiet_kafka: Broker, newsroom: Newsroom
) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def linger(_event: Any, _work: Any) -> None:
        entered.set()
        await go_on.wait()

    newsroom.on_article = linger
    (sheets,) = await stage.run(quiet_kafka, [newsroom.sheet_maker], topics=newsroom.topics)
    await write(quiet_kafka, [record(newsroom.articles, article("a1", 1))])
    await asyncio.wait_for(entered.wait(), PATIENCE)
    assert await committed(quiet_kafka, sheets.spec.group, newsroom.articles) == 0
    go_on.set()
    await eventually(counted(sheets, "sheet", 1))

    async def is_committed() -> bool:
        return await committed(quiet_kafka, sheets.spec.group, newsroom.articles) == 1

    await eventually(is_committed)


async def test_D2_a_record_cut_off_in_its_handler_is_handled_by_the_next_start(
    stage: Stage, quiet_kafka: Broker, newsroom: Newsroom
) -> None:
    entered = asyncio.Event()

    async def hang(_event: Any, _work: Any) -> None:
        entered.set()
        await asyncio.sleep(3600)

    newsroom.on_article = hang
    (sheets,) = await stage.run(quiet_kafka, [newsroom.sheet_maker], topics=newsroom.topics, stop_within_seconds=1.0)
    await write(quiet_kafka, [record(newsroom.articles, article("a1", 1)), record(newsroom.articles, article("a2", 1))])
    await asyncio.wait_for(entered.wait(), PATIENCE)
    await stage.stop([sheets])
    newsroom.on_article = _nothing
    (sheets,) = await stage.run(quiet_kafka, [newsroom.sheet_maker])
    await eventually(counted(sheets, "sheet", 2))


async def _nothing(_event: Any, _work: Any) -> None:
    return


async def test_D5_a_long_wait_keeps_its_partition_past_the_poll_limit_and_ends_handled(
    stage: Stage, quiet_kafka: Broker, newsroom: Newsroom
) -> None:
    until: float | None = None

    async def not_yet(_event: Any, _work: Any) -> None:
        nonlocal until
        until = until or time.monotonic() + 4  # twice the poll limit
        if time.monotonic() < until:
            raise Transient("the world is away")

    newsroom.on_article = not_yet
    (sheets,) = await stage.run(
        quiet_kafka,
        [newsroom.sheet_maker],
        topics=newsroom.topics,
        max_poll_interval_ms=2_000,
        session_timeout_ms=60_000,
    )
    await eventually(lambda: _assigned(sheets))
    generation = _generation(sheets)
    await write(quiet_kafka, [record(newsroom.articles, article("a1", 1))])
    await eventually(lambda: sheets.delivery.progress.retrying_since)
    assert "waiting for a database or the network" in await sheets.problems()
    await eventually(counted(sheets, "sheet", 1))
    assert until is not None
    assert time.monotonic() >= until
    assert _generation(sheets) == generation, "the group rebalanced during the wait"
    assert await count(sheets, "dead_letter") == 0

    async def no_longer_waiting() -> bool:
        return "waiting for a database or the network" not in await sheets.problems()

    await eventually(no_longer_waiting)
    await eventually(lambda: len(process_spans(stage, sheets)) == 1)


def _assigned(running: Running) -> Any:
    consumer = running._subscription and running._subscription.consumer
    return consumer and consumer.assignment()


def _generation(running: Running) -> int:
    assert running._subscription is not None
    return int(running._subscription.consumer._coordinator.generation)  # type: ignore[union-attr]


async def test_D1_everything_accepted_ends_handled_or_in_a_dead_letter(
    stage: Stage, quiet_kafka: Broker, newsroom: Newsroom
) -> None:
    """Bad records, doubles, unheard types, failing handlers, killed sessions and a restart, all at once."""
    tries: dict[str, int] = {}

    async def moody(event: Any, _work: Any) -> None:
        tries[event.article_id] = tries.get(event.article_id, 0) + 1
        if event.article_id.startswith("broken"):
            raise RuntimeError("a bug")
        if tries[event.article_id] == 1 and event.article_id.endswith("7"):
            raise Transient("once")

    newsroom.on_article = moody
    await create_topics(quiet_kafka, newsroom.topics)
    desk, sheets = await stage.run(quiet_kafka, [newsroom.desk, newsroom.sheet_maker])
    for number in range(60):
        name = f"broken{number}" if number % 20 == 0 else f"a{number}"
        await publish(newsroom, desk.resources.outbox, name, 1)
    strange = [
        record(newsroom.articles, article("x", 1), changed={"ce_type": "plumbline.events.v1.Unheard"}),
        record(newsroom.articles, article("y", 1), changed={"ce_id": "no id"}),
    ]
    await write(quiet_kafka, strange)
    await eventually(lambda: len(tries) > 15)
    await sheets.resources.db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await stage.stop([sheets])
    (sheets,) = await stage.run(quiet_kafka, [newsroom.sheet_maker])
    await eventually(counted(sheets, "sheet", 57))
    await eventually(counted(sheets, "dead_letter", 4))
    accepted = {row["event_id"] for row in await desk.resources.db.fetch("SELECT event_id FROM outbox")}
    ended = await sheets.resources.db.fetch(
        "SELECT event_id FROM inbox UNION ALL SELECT event_id FROM dead_letter WHERE event_id IS NOT NULL"
    )
    assert sorted(accepted) == sorted(row["event_id"] for row in ended)

    async def all_committed() -> bool:
        written = sum((await ends(quiet_kafka, newsroom.articles)).values())
        return written == 62 == await committed(quiet_kafka, sheets.spec.group, newsroom.articles)

    await eventually(all_committed)


async def test_D4_a_replay_from_offset_zero_ends_in_the_same_state(
    stage: Stage, quiet_kafka: Broker, newsroom: Newsroom
) -> None:
    desk, sheets, panels = await stage.run(quiet_kafka, newsroom.specs, topics=newsroom.topics)
    for counter in (1, 2, 3):
        for number in range(8):
            await publish(newsroom, desk.resources.outbox, f"a{number}", counter)
    await eventually(counted(panels, "panel WHERE sheet_counter = 3 AND article_counter = 3", 8))
    before = await panels.resources.db.fetch("SELECT * FROM panel ORDER BY article_id")
    told_before = await count(sheets, "outbox")
    for running in (sheets, panels):
        await _start_over(running)
    await eventually(counted(panels, "inbox WHERE topic LIKE '%article'", 24))
    await eventually(counted(panels, "inbox WHERE topic LIKE '%claim'", 24))
    await eventually(counted(sheets, "inbox", 24))
    assert await panels.resources.db.fetch("SELECT * FROM panel ORDER BY article_id") == before
    assert await count(sheets, "outbox") == told_before


async def _start_over(running: Running) -> None:
    """Forget what was handled and read everything again. The harshest case: only versions guard the state then."""
    await running.resources.db.execute("TRUNCATE inbox")
    await eventually(lambda: _assigned(running))
    assert running._subscription is not None
    assert running._subscription.consumer is not None
    await running._subscription.consumer.seek_to_beginning()


async def test_D7_a_replayed_dead_letter_reaches_the_failed_service_and_is_dropped_by_the_others(
    stage: Stage, quiet_kafka: Broker, newsroom: Newsroom
) -> None:
    broken = True

    async def sometimes(event: Any, _work: Any) -> None:
        if broken and event.title.startswith("bad"):
            raise RuntimeError("a bug, soon mended")

    newsroom.on_article = sometimes
    desk, sheets, panels = await stage.run(quiet_kafka, newsroom.specs, topics=newsroom.topics)
    await publish(newsroom, desk.resources.outbox, "late", 1, title="bad 1")
    await publish(newsroom, desk.resources.outbox, "alone", 1, title="bad 2")
    await eventually(counted(sheets, "dead_letter", 2))
    broken = False
    await publish(newsroom, desk.resources.outbox, "late", 2, title="newer")
    await eventually(counted(panels, "panel WHERE claim = 'newer'", 1))
    for letter in await sheets.resources.dead_letters.find():
        await sheets.resources.dead_letters.replay(sheets.resources.outbox, letter["dead_letter_id"], person="ops")
    await eventually(counted(panels, "panel WHERE claim = 'bad 2'", 1))
    await eventually(counted(sheets, "inbox", 3))
    titles = await panels.resources.db.fetch("SELECT article_id, claim FROM panel ORDER BY article_id")
    assert [tuple(row) for row in titles] == [("alone", "bad 2"), ("late", "newer")]

    def results() -> list[Any]:
        spans = [span for span in process_spans(stage, panels) if span.name.endswith(newsroom.articles)]
        return sorted(span.attributes[names.RESULT] for span in spans)

    await eventually(lambda: len(results()) >= 5)
    assert results() == ["handled", "handled", "handled", "twin", "twin"]
    assert await count(sheets, "dead_letter WHERE state = 'replayed' AND settled_by = 'ops'") == 2


async def test_D9_a_stop_under_load_ends_in_time_and_loses_nothing(
    stage: Stage, quiet_kafka: Broker, newsroom: Newsroom
) -> None:
    async def slow(_event: Any, _work: Any) -> None:
        await asyncio.sleep(0.01)

    newsroom.on_article = newsroom.on_sheet = slow
    # With a limit far beyond the test's patience nothing is cut off: every part comes to its end by itself.
    limit = 10 * PATIENCE
    desk, sheets, panels = await stage.run(
        quiet_kafka, newsroom.specs, topics=newsroom.topics, stop_within_seconds=limit
    )
    for number in range(150):
        await publish(newsroom, desk.resources.outbox, f"a{number}", 1)
    await eventually(lambda: len(process_spans(stage, sheets)) > 20)
    await asyncio.wait_for(asyncio.gather(*(stage.stop([one]) for one in (desk, sheets, panels))), PATIENCE)
    desk, sheets, panels = await stage.run(quiet_kafka, newsroom.specs)
    await eventually(counted(panels, "panel WHERE claim <> '' AND claim = title", 150))
    await eventually(counted(panels, "announcement", 150))
    assert await count(sheets, "dead_letter") + await count(panels, "dead_letter") == 0
