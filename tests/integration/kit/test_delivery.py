"""What becomes of one record, on a real database: handled once, waited for, or set aside (promises D1, D2, D5)."""

from __future__ import annotations

import asyncio
import errno
from typing import Any

import asyncpg
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from plumbline.events.v1.article_pb2 import Article

from shared.consumer import BackOff, Delivery, GivenBack, Hears
from shared.dead_letter import DeadLetterLimit
from shared.errors import Poison, Transient
from shared.kafka import Cluster
from shared.runtime import Running
from shared.telemetry import names
from shared.testing.kit import Stage, eventually
from shared.testing.patience import PATIENCE
from shared.testing.records import SOON, Heard, Still, deliver, delivery, moved, record, told_by
from tests.sample.newsroom import Newsroom, article

NOWHERE = Cluster("127.0.0.1:1")


@pytest.fixture
async def sheets(stage: Stage, newsroom: Newsroom) -> Running:
    return await stage.prepare(newsroom.sheet_maker, stage.surroundings(NOWHERE))


def of_article(
    newsroom: Newsroom, article_id: str = "a1", counter: int = 1, changed: dict[str, str] | None = None
) -> Heard:
    return record(newsroom.articles, article(article_id, counter), subject=article_id, changed=changed)


NO_ID = {"ce_id": ""}


def letters(running: Running) -> Any:
    return running.resources.dead_letters.find()


class Raising:
    """A handler that raises what it is given, in order, and then handles."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self, _event: Any, work: Any) -> None:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        async with work.once():
            pass


async def test_D2_a_record_delivered_ten_times_has_its_effects_once(newsroom: Newsroom, sheets: Running) -> None:
    first, second = of_article(newsroom, counter=1), of_article(newsroom, counter=2)
    await deliver(sheets, [first, second, moved(first, offset=9), first], times=10)
    told = await told_by(sheets)
    assert [heard.envelope.version.counter for heard in told] == [1, 2]
    assert await sheets.resources.db.fetchval("SELECT count(*) FROM inbox") == 2


async def test_D2_twins_handled_at_the_same_time_have_their_effects_once(
    stage: Stage, newsroom: Newsroom, sheets: Running
) -> None:
    together = asyncio.Barrier(4)

    async def meet(_event: Any, _work: Any) -> None:
        await together.wait()

    newsroom.on_article = meet
    heard = of_article(newsroom)
    await asyncio.gather(*(delivery(sheets).settle(moved(heard, partition=n), Still()) for n in range(4)))
    assert len(await told_by(sheets)) == 1
    results = [
        (span.attributes or {})[names.RESULT] for span in _spans(stage, sheets, newsroom) if "process" in span.name
    ]
    assert sorted(map(str, results)) == ["handled", "twin", "twin", "twin"]


async def test_D2_state_inbox_and_events_of_a_failed_attempt_vanish_together(
    newsroom: Newsroom, sheets: Running
) -> None:
    async def handler(event: Any, work: Any) -> None:
        async with work.once() as tx:
            await tx.execute("INSERT INTO sheet VALUES ('a1', 1, 1, 1, 1, 't')")
            raise RuntimeError("after the statements, before the commit")

    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    await to.settle(of_article(newsroom), Still())
    db = sheets.resources.db
    assert await db.fetchval("SELECT (SELECT count(*) FROM sheet) + (SELECT count(*) FROM inbox)") == 0
    assert await told_by(sheets) == []
    assert len(await letters(sheets)) == 1


@pytest.mark.parametrize(
    "changed",
    [{"ce_id": ""}, {"ce_id": "nonsense"}, {"ce_type": ""}, {"ce_aggregateversion": "x"}, {"ce_time": "noon"}],
)
async def test_D5_a_broken_envelope_is_set_aside_at_once(
    newsroom: Newsroom, sheets: Running, changed: dict[str, str]
) -> None:
    await deliver(sheets, [of_article(newsroom, changed=changed)])
    (letter,) = await letters(sheets)
    assert (letter["error"], letter["attempts"]) == ("Poison", 1)


async def test_D5_bytes_that_are_no_message_are_set_aside_at_once(newsroom: Newsroom, sheets: Running) -> None:
    heard = of_article(newsroom)
    await deliver(sheets, [Heard(heard.topic, heard.key, b"\xff\xff\xff", heard.headers)])
    (letter,) = await letters(sheets)
    assert (letter["error"], letter["attempts"], letter["event_id"]) == ("Poison", 1, heard.envelope.event_id)


@pytest.mark.parametrize("error", [Poison("never"), ValueError("field: bad"), KeyError("missing")])
async def test_D5_a_message_the_contract_refuses_is_set_aside_at_once(
    newsroom: Newsroom, sheets: Running, error: Exception
) -> None:
    def read(_wire: Any) -> Any:
        raise error

    handler = Raising()
    to = delivery(sheets, [Hears(newsroom.articles, Article, handler, read)])
    await to.settle(of_article(newsroom), Still())
    (letter,) = await letters(sheets)
    assert (letter["error"], letter["attempts"], handler.calls) == ("Poison", 1, 0)


async def test_D5_anything_else_gets_three_tries(newsroom: Newsroom, sheets: Running) -> None:
    handler = Raising(RuntimeError("a"), RuntimeError("b"))
    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    await to.settle(of_article(newsroom), Still())
    assert (handler.calls, await letters(sheets)) == (3, [])

    hopeless = Raising(*[RuntimeError(f"try {n}") for n in range(9)])
    to = delivery(sheets, [Hears(newsroom.articles, Article, hopeless)])
    await to.settle(of_article(newsroom, "a2"), Still())
    (letter,) = await letters(sheets)
    assert (hopeless.calls, letter["attempts"], letter["error"]) == (3, 3, "RuntimeError")


@pytest.mark.parametrize(
    "trouble",
    [
        Transient("overload"),
        ConnectionResetError(),
        TimeoutError(),
        asyncpg.InternalClientError("cannot switch to state 12"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.TooManyConnectionsError("too many clients"),
        asyncpg.InvalidCachedStatementError("cached plan must not change result type"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_D5_trouble_of_the_world_is_waited_out_and_never_set_aside(
    newsroom: Newsroom, sheets: Running, trouble: Exception
) -> None:
    handler = Raising(*[trouble] * 12)
    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    still = Still()
    await to.settle(of_article(newsroom), still)
    assert (handler.calls, await letters(sheets)) == (13, [])
    assert still.held >= 10
    assert still.resumed == 12


@pytest.mark.parametrize(
    "bug",
    [
        FileNotFoundError(errno.ENOENT, "template.html"),
        asyncpg.UndefinedColumnError('column "titel" does not exist'),
        asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"),
        asyncpg.DataError("invalid input for query argument $1"),
        asyncpg.FeatureNotSupportedError("not supported"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_D5_a_bug_is_not_taken_for_trouble_of_the_world(
    newsroom: Newsroom, sheets: Running, bug: Exception
) -> None:
    handler = Raising(*[bug] * 12)
    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)])
    await asyncio.wait_for(to.settle(of_article(newsroom), Still()), PATIENCE)
    assert (handler.calls, len(await letters(sheets))) == (3, 1)


async def test_D5_the_sixth_dead_letter_in_a_row_halts_before_it_is_taken(newsroom: Newsroom, sheets: Running) -> None:
    to = delivery(sheets)
    for number in range(5):
        await to.settle(of_article(newsroom, f"bad{number}", changed=NO_ID), Still())
    still = Still()
    standing = asyncio.create_task(to.settle(of_article(newsroom, "bad5", changed=NO_ID), still))
    await eventually(lambda: to.progress.halted)
    assert len(await letters(sheets)) == 5
    assert not standing.done()
    to.stop()
    with pytest.raises(GivenBack):
        await standing


async def test_D5_dead_letters_among_handled_records_halt_beyond_a_share(newsroom: Newsroom, sheets: Running) -> None:
    to = delivery(sheets, limit=DeadLetterLimit(share=0.1, window=20))
    for number in range(4):
        await to.settle(of_article(newsroom, f"good{number}"), Still())
    for number in range(2):
        await to.settle(of_article(newsroom, f"bad{number}", changed=NO_ID), Still())
        await to.settle(of_article(newsroom, f"good-after{number}"), Still())
    standing = asyncio.create_task(to.settle(of_article(newsroom, "bad2", changed=NO_ID), Still()))
    await eventually(lambda: to.progress.halted)
    assert len(await letters(sheets)) == 2
    to.stop()
    with pytest.raises(GivenBack):
        await standing


async def test_D5_a_wait_ends_at_once_when_the_service_stops(newsroom: Newsroom, sheets: Running) -> None:
    to = _endless_wait(newsroom, sheets)
    waiting = asyncio.create_task(to.settle(of_article(newsroom), Still()))
    await eventually(lambda: to.progress.retrying_since)
    to.stop()
    with pytest.raises(GivenBack):
        await asyncio.wait_for(waiting, PATIENCE)
    assert await letters(sheets) == []


async def test_D5_a_wait_ends_when_the_partition_moved_to_another_member(newsroom: Newsroom, sheets: Running) -> None:
    with pytest.raises(GivenBack):
        await asyncio.wait_for(
            _endless_wait(newsroom, sheets).settle(of_article(newsroom), Still(ours=False)), PATIENCE
        )


def _endless_wait(newsroom: Newsroom, sheets: Running) -> Delivery:
    handler = Raising(*[Transient("for ever")] * 10_000)
    return delivery(
        sheets, [Hears(newsroom.articles, Article, handler)], back_off=BackOff(base=100 * PATIENCE, cap=100 * PATIENCE)
    )


async def test_D10_a_wait_counts_as_retrying_until_its_record_is_settled(newsroom: Newsroom, sheets: Running) -> None:
    seen: list[float | None] = []

    async def handler(_event: Any, work: Any) -> None:
        seen.append(to.progress.retrying_since)
        if len(seen) < 4:
            raise Transient("not yet")
        async with work.once():
            pass

    to = delivery(sheets, [Hears(newsroom.articles, Article, handler)], back_off=SOON)
    await to.settle(of_article(newsroom), Still())
    assert seen[0] is None
    assert len({*seen[1:]}) == 1
    assert seen[1] is not None
    assert to.progress.retrying_since is None


async def test_D1_an_unheard_type_is_acknowledged_without_a_trace(
    stage: Stage, newsroom: Newsroom, sheets: Running
) -> None:
    await deliver(sheets, [of_article(newsroom, changed={"ce_type": "plumbline.events.v1.Unheard"})])
    assert await sheets.resources.db.fetchval("SELECT count(*) FROM inbox") == 0
    assert await letters(sheets) == []
    assert _spans(stage, sheets, newsroom) == []


async def test_D1_a_dead_letter_that_cannot_be_stored_is_waited_for(
    newsroom: Newsroom, sheets: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, refusals = sheets.resources.dead_letters.keep, [Transient("disk"), ConnectionError(), Transient("again")]

    async def unwilling(failure: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return await keep(failure)

    monkeypatch.setattr(sheets.resources.dead_letters, "keep", unwilling)
    await deliver(sheets, [of_article(newsroom, changed=NO_ID)])
    assert len(await letters(sheets)) == 1


def _spans(stage: Stage, sheets: Running, newsroom: Newsroom) -> list[ReadableSpan]:
    return [span for span in stage.observed[sheets.spec.group].spans if newsroom.articles in span.name]
