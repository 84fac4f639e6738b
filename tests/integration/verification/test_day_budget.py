"""Paid providers cost no more a day than the site allows; what is beyond is not asked, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.verification.connectors.asking import Asking, Limits
from services.verification.connectors.port import Answer, Lead, Question
from services.verification.model import PolicySettings, Stage, StageStatus
from services.verification.plugins.consulting import Consultation, Consulting, Spend
from services.verification.plugins.llm import LanguageModel, Prices
from services.verification.plugins.port import Offered, Proposal, VerifierFailed
from services.verification.settings import Settings
from services.verification.spending import DayBudget
from shared.ids import DEFAULT_SITE
from tests.integration.verification.room import Room
from tests.unit.verification.builders import claim, evidence

pytestmark = pytest.mark.postgres

SITE, OTHER = str(DEFAULT_SITE), "00000000-0000-7000-8000-00000000000f"
SAID = "The old lighthouse was repaired in 1994 and opened to visitors again in May of that year."
CLAIM = "The old lighthouse was repaired in 1994."
NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)


class Wall:
    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Model:
    """A paid model: its most is known before, its cost after."""

    name, outside = "llm", True

    def __init__(self, most: int = 1_000, cost: int = 700, fails: Exception | None = None) -> None:
        self.prices, self.fails, self.asked = (most, cost), fails, 0

    def most(self, claim: str, offered: Sequence[Offered]) -> int:
        return self.prices[0]

    async def propose(self, claim: str, offered: Sequence[Offered]) -> Proposal:
        self.asked += 1
        if self.fails is not None:
            raise self.fails
        await asyncio.sleep(0)
        return Proposal((), 10, self.prices[1], "m" * 64)


class Paid:
    """A paid connector of two requests a question."""

    name, outside = "brave", True

    async def ask(self, question: Question, provider: Any) -> Answer:
        await provider.ask("http://search.example/1")
        await provider.ask("http://search.example/2")
        return Answer((Lead("https://a.example/1"),))


class Door:
    def __init__(self) -> None:
        self.requests = 0

    async def ask(self, url: str, **_: Any) -> Any:
        self.requests += 1


def case(number: int, site: str = SITE) -> Consultation:
    return Consultation(claim(CLAIM, language="en"), [evidence(f"e{number}", SAID)], PolicySettings(), True, site)


async def spent(room: Room, wall: Wall, site: str = SITE) -> int:
    found: int | None = await room.resources.db.fetchval(
        "SELECT micros FROM day_spending WHERE site_id = $1 AND day = $2", UUID(site), wall.at.date()
    )
    return found or 0


async def test_a_model_is_not_asked_beyond_the_day_and_is_asked_again_at_its_turn(room: Room) -> None:
    wall, model = Wall(), Model()
    asking = Consulting(model, Spend(at_once=1), purse=DayBudget(room.resources.db, wall, 2_500))
    results = await asking.round([case(n) for n in range(5)])
    # 700 + 700 leave room for one more question of at most 1,000; 2,100 do not
    assert [each.status for each in results] == [StageStatus.NOTHING] * 3 + [StageStatus.NOT_ASKED] * 2
    assert {each.detail for each in results[3:]} == {"llm: the day's budget is spent"}
    assert (model.asked, await spent(room, wall)) == (3, 2_100)
    wall.at = datetime(2026, 5, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert [each.status for each in await asking.round([case(0)])] == [StageStatus.NOT_ASKED]
    wall.at += timedelta(microseconds=1)
    assert [each.status for each in await asking.round([case(0)])] == [StageStatus.NOTHING]
    assert await spent(room, wall) == 700


async def test_what_the_claims_record_is_what_the_day_counts_also_when_a_question_fails(room: Room) -> None:
    wall, purse = Wall(), DayBudget(room.resources.db, Wall(), 100_000)
    results = []
    for model in (
        Model(),
        Model(fails=VerifierFailed("no JSON", spent=Proposal((), 5, 300))),
        Model(fails=VerifierFailed("refused")),
        Model(fails=TimeoutError()),
        Model(most=500, cost=900),
    ):
        results += await Consulting(model, purse=purse).round([case(0)])
    assert [each.cost_micros for each in results] == [700, 300, 0, 1_000, 900]
    assert await spent(room, wall) == sum(each.cost_micros for each in results)


async def test_many_instances_at_once_spend_no_more_than_the_day(room: Room) -> None:
    wall, model = Wall(), Model(most=100, cost=100)
    instances = [Consulting(model, purse=DayBudget(room.resources.db, wall, 1_050)) for _ in range(6)]
    rounds = await asyncio.gather(*(each.round([case(n) for n in range(5)]) for each in instances))
    asked = [one for results in rounds for one in results if one.status is not StageStatus.NOT_ASKED]
    assert (len(asked), model.asked, await spent(room, wall)) == (10, 10, 1_000)


async def test_S8_one_site_does_not_spend_anothers_money(room: Room) -> None:
    wall, model = Wall(), Model()
    asking = Consulting(model, purse=DayBudget(room.resources.db, wall, 1_000))
    assert (await asking.round([case(0)]))[0].status is StageStatus.NOTHING
    assert (await asking.round([case(0)]))[0].status is StageStatus.NOT_ASKED
    assert (await asking.round([case(0, OTHER)]))[0].status is StageStatus.NOTHING


async def test_a_paid_connector_is_counted_by_the_request_and_a_free_one_not_at_all(room: Room) -> None:
    wall = Wall()
    door: Any = Door()
    purse = DayBudget(room.resources.db, wall, 1_000)
    options: dict[str, Any] = {"purse": purse, "price": 300}
    found = [await Asking(Paid(), door, Limits(remember_seconds=0), **options).ask(Question(SITE, "x")) for _ in "ab"]
    assert [each.lookup.status for each in found] == [StageStatus.FOUND, StageStatus.NOT_ASKED]
    assert found[1].lookup.detail == "the day's budget is spent"
    assert (door.requests, await spent(room, wall)) == (3, 900)
    free = await Asking(Paid(), door, Limits(), purse=purse).ask(Question(SITE, "y"))
    assert (free.lookup.status, await spent(room, wall)) == (StageStatus.FOUND, 900)


async def test_J3_a_stage_that_was_not_paid_for_is_no_verdict_and_the_desk_reads_why(room: Room) -> None:
    assert Settings().day_budget == 5_000_000
    with pytest.raises(ValueError):
        Settings(day_budget=-1)
    door: Any = None
    model = LanguageModel(door, "http://m.example/v1", "m", prices=Prices(1_000, 5_000))
    asking = Consulting(model, purse=DayBudget(room.resources.db, Wall(), 0, room.observed.telemetry.metrics))
    (result,) = await asking.round([case(0)])
    assert (result.stage, result.status, result.findings) == (Stage.PLUGIN, StageStatus.NOT_ASKED, ())
    assert result.detail == "llm: the day's budget is spent"
    shown = room.observed.telemetry.metrics.render().decode()
    assert 'plumbline_budget_refused_total{provider="llm",service="verification"} 1.0' in shown


def test_the_most_a_question_costs_is_never_less_than_what_it_costs() -> None:
    door: Any = None
    offered = [Offered("e1", "Yearbook", ("Стара зграда је отворена 1994. године.", SAID))]
    model = LanguageModel(door, "http://m.example/v1", "m", most_tokens=800, prices=Prices(1_000, 5_000))
    bytes_asked = len(model._question(CLAIM, offered))
    assert model.most(CLAIM, offered) == -(-(bytes_asked // 2 * 1_000 + 800 * 5_000) // 1_000)
    assert LanguageModel(door, "http://m.example/v1", "m").most(CLAIM, offered) == 0
