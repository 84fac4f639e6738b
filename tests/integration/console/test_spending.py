"""What paid providers cost, as the desk shows it."""

from __future__ import annotations

from plumbline.staff.v1.review_service_pb2 import DaySpending

from tests.integration.console.house import House


async def test_the_day_stands_beside_its_budget_and_every_provider_beside_its_part(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get("/console/spending")
    assert "1.2500 of 5.0000 spent." in ann.text
    assert "llm 1.2500" in ann.text
    assert ann.find("progress").attributes["value"] == "1250000"
    assert not ann.page.css(".failed")


async def test_a_day_whose_budget_is_used_up_says_what_that_means(house: House) -> None:
    house.reviews.spending.days[0].micros = 5_000_000
    ann = await house.visitor("ann", "reviewer")
    await ann.get("/console/spending")
    assert "paid providers are not asked again before tomorrow" in ann.find(".failed").text()


async def test_yesterdays_costs_are_not_todays(house: House) -> None:
    del house.reviews.spending.days[:]
    house.reviews.spending.days.append(DaySpending(day="2026-05-30", micros=5_000_000))
    ann = await house.visitor("ann", "reviewer")
    await ann.get("/console/spending")
    assert "0.0000 of 5.0000 spent." in ann.text
    assert "2026-05-30" in ann.text


async def test_S4_costs_are_for_reviewers(house: House) -> None:
    mod = await house.visitor("mod", "moderator")
    await mod.get("/console/spending")
    assert mod.status == 403
