"""The conformance suite of connectors: every one of them gives four different answers, whatever its provider does."""

from __future__ import annotations

import asyncio
import re
import time

import pytest

from services.verification.connectors.asking import Asking, Limits, Sources
from services.verification.connectors.port import Answer, AskFailed, Connector, Lead, Provider, Question
from services.verification.connectors.remembering import Asked
from services.verification.fetcher import Fetcher
from services.verification.model import StageStatus
from shared.testing.kit import eventually
from shared.testing.patience import PATIENCE
from tests.integration.verification.worlds import (
    CLAIM,
    PAGE,
    QUESTION,
    SITE,
    TROUBLES,
    UNHURRIED,
    WORLDS,
    ProviderServer,
    World,
    asking,
    status,
)

each_world = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)


class Time:
    """Seconds a test moves by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@each_world
async def test_J3_a_connector_that_finds_something_says_found(
    world: World, server: ProviderServer, door: Fetcher
) -> None:
    server.sends(world.found)
    asked = await asking(world, server, door).ask(QUESTION)
    assert (asked.lookup.connector, asked.lookup.status) == (world.name, StageStatus.FOUND), asked.lookup
    assert asked.leads or asked.documents or asked.reviews
    assert 1 <= asked.lookup.requests == server.requests <= UNHURRIED.requests
    assert {each.site_id if hasattr(each, "site_id") else SITE for each in asked.documents} <= {SITE}


@each_world
async def test_J3_a_connector_that_finds_nothing_says_nothing(
    world: World, server: ProviderServer, door: Fetcher
) -> None:
    server.sends(world.nothing)
    asked = await asking(world, server, door).ask(QUESTION)
    assert asked.lookup.status is StageStatus.NOTHING, asked.lookup
    assert (asked.leads, asked.documents, asked.reviews) == ((), (), ())


@each_world
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_J3_a_provider_in_trouble_has_failed_and_found_nothing_out(
    world: World, trouble: str, server: ProviderServer, door: Fetcher, hasty_door: Fetcher
) -> None:
    server.trouble = TROUBLES[trouble]
    asked = await asking(world, server, hasty_door if trouble == "drip" else door).ask(QUESTION)
    assert asked.lookup.status is StageStatus.FAILED, asked.lookup
    assert asked.lookup.detail
    assert (asked.leads, asked.documents, asked.reviews) == ((), (), ())


@each_world
async def test_J3_an_outside_connector_is_not_asked_about_drafts_unless_the_operator_says_so(
    world: World, server: ProviderServer, door: Fetcher
) -> None:
    server.sends(world.found)
    draft = Question(SITE, CLAIM, public=False)
    kept, told = asking(world, server, door), asking(world, server, door, drafts=True)
    asked = await kept.ask(draft)
    if kept.connector.outside:
        assert (asked.lookup.status, server.requests) == (StageStatus.NOT_ASKED, 0)
    else:
        assert asked.lookup.status is StageStatus.FOUND
    assert (await told.ask(draft)).lookup.status is StageStatus.FOUND


@each_world
async def test_a_retry_after_is_honoured_without_asking_again(
    world: World, server: ProviderServer, door: Fetcher
) -> None:
    clock = Time()
    asked = asking(world, server, door, seconds=clock)
    server.trouble = status(429, **{"Retry-After": "120"})
    assert (await asked.ask(QUESTION)).lookup.status is StageStatus.FAILED
    spent, server.trouble = server.requests, None
    server.sends(world.found)
    clock.now += 100
    resting = await asked.ask(QUESTION)
    assert (resting.lookup.status, server.requests) == (StageStatus.FAILED, spent)
    assert "left alone" in resting.lookup.detail
    clock.now += 21
    assert (await asked.ask(QUESTION)).lookup.status is StageStatus.FOUND


@each_world
async def test_an_answer_is_remembered_with_its_age_and_a_failure_is_not(
    world: World, server: ProviderServer, door: Fetcher
) -> None:
    clock = Time()
    asked = asking(world, server, door, Limits(seconds=PATIENCE, remember_seconds=900), seconds=clock)
    server.trouble = status(500)
    assert (await asked.ask(QUESTION)).lookup.status is StageStatus.FAILED
    server.trouble = None
    server.sends(world.found)
    first = await asked.ask(QUESTION)
    spent = server.requests
    clock.now += 300
    again = await asked.ask(QUESTION)
    assert (again.lookup.status, again.lookup.age_seconds, again.lookup.requests) == (StageStatus.FOUND, 300, 0)
    assert (again.leads, again.documents, again.reviews) == (first.leads, first.documents, first.reviews)
    assert server.requests == spent
    assert (await asked.ask(QUESTION, anew=True)).lookup.age_seconds == 0  # "Verify now" asks again
    assert server.requests > spent


@each_world
async def test_a_connector_spends_no_more_than_its_budget_of_requests(
    world: World, server: ProviderServer, door: Fetcher
) -> None:
    server.sends(world.found)
    asked = await asking(world, server, door, Limits(seconds=PATIENCE, requests=0)).ask(QUESTION)
    assert (asked.lookup.status, server.requests) == (StageStatus.FAILED, 0)
    assert "spent" in asked.lookup.detail


@each_world
async def test_keys_stand_in_no_address(world: World, server: ProviderServer, door: Fetcher) -> None:
    server.sends(world.found)
    await asking(world, server, door).ask(QUESTION)
    assert all("k-1234" not in str((path, query)) for path, query, _ in server.asked)
    if world.name in ("brave", "google_fact_check"):
        assert all("k-1234" in headers.values() for _, _, headers in server.asked)


@each_world
async def test_hostile_words_in_a_claim_stay_words(world: World, server: ProviderServer, door: Fetcher) -> None:
    server.sends(world.nothing)
    text = "Germany's “population” & key=1#../../?x=\n\x00 was 84% of Zoë's 2022 😀 \ud800 count"
    asked = await asking(world, server, door).ask(Question(SITE, text))
    assert asked.lookup.status in (StageStatus.NOTHING, StageStatus.NOT_ASKED, StageStatus.FAILED)
    assert all(re.fullmatch(r"/[\w./:-]*", path) for path, _, _ in server.asked)


class Slow:
    """A connector that counts how many ask it at once."""

    name, outside = "slow", False

    def __init__(self, seconds: float = 0.05) -> None:
        self.seconds, self.here, self.most = seconds, 0, 0

    async def ask(self, question: Question, provider: Provider) -> Answer:
        self.here += 1
        self.most = max(self.most, self.here)
        await asyncio.sleep(self.seconds)
        self.here -= 1
        return Answer((Lead(PAGE),))


class Held(Slow):
    """Answers one question; whoever asks after it waits until the test lets go."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self.answered, self.go_on = False, asyncio.Event()

    async def ask(self, question: Question, provider: Provider) -> Answer:
        if self.answered:
            await self.go_on.wait()
        self.answered = True
        return await super().ask(question, provider)


class Broken:
    name, outside = "broken", False

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self, question: Question, provider: Provider) -> Answer:
        self.asked += 1
        raise AskFailed("down")


def questions(count: int) -> list[Question]:
    return [Question(SITE, f"Claim number {n}.") for n in range(count)]


async def test_no_more_questions_at_once_than_the_cap(door: Fetcher) -> None:
    slow = Slow()
    answers = await Sources([Asking(slow, door, Limits(at_once=2))]).about(questions(7))
    assert slow.most == 2
    assert [[each.lookup.status for each in found] for found in answers] == [[StageStatus.FOUND]] * 7


async def test_J3_what_a_round_has_no_time_for_has_failed_and_later_rounds_know_the_rest(door: Fetcher) -> None:
    held = Held()
    sources = Sources([Asking(held, door, Limits(seconds=PATIENCE, at_once=1))], round_seconds=0.5)
    asked = questions(4)

    async def told() -> list[StageStatus]:
        return [found[0].lookup.status for found in await sources.about(asked)]

    first = await told()
    assert (first.count(StageStatus.FOUND), first.count(StageStatus.FAILED)) == (1, 3)
    held.go_on.set()

    async def all_found() -> bool:
        return await told() == [StageStatus.FOUND] * 4

    await eventually(all_found)


async def test_a_breaker_opens_after_three_failures_and_one_question_tries_again(door: Fetcher) -> None:
    clock, broken = Time(), Broken()
    asked = Asking(broken, door, Limits(failures=3, rest_seconds=60), seconds=clock)
    for each in questions(10):
        assert (await asked.ask(each)).lookup.status is StageStatus.FAILED
    assert broken.asked == 3
    clock.now += 61
    for each in questions(5):
        await asked.ask(each)
    assert broken.asked == 4
    clock.now += 61  # twice the rest after the second opening
    await asked.ask(QUESTION)
    assert broken.asked == 4


async def test_one_connector_in_trouble_hurts_no_other(door: Fetcher) -> None:
    answers = await Sources([Asking(Broken(), door), Asking(Slow(), door)]).about([QUESTION])
    assert [(a.lookup.connector, a.lookup.status) for a in answers[0]] == [
        ("broken", StageStatus.FAILED),
        ("slow", StageStatus.FOUND),
    ]


def test_every_connector_fits_the_port() -> None:
    made: list[Connector] = [world.make("http://x.example", time.monotonic) for world in WORLDS]
    assert [each.name for each in made] == [world.name for world in WORLDS]
    assert isinstance(Asked, type)
