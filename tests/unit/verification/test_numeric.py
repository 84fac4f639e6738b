from __future__ import annotations

import pytest

from services.verification.engine.numeric import Figures, check_numbers


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("4 in 10 households cannot pay their rent.", "31% of households cannot pay their rent.", Figures.DIFFERS),
        ("4 in 10 households cannot pay their rent.", "39.6% of households cannot pay their rent.", Figures.AGREES),
        ("The tax rate rose by 3 percent.", "The tax rate rose by 3 percentage points.", Figures.DIFFERS),
        ("The tax rate rose by 3 points.", "The tax rate rose from 19 percent to 22 percent.", Figures.AGREES),
        ("Exports fell by 4 percent.", "Exports rose by 4 percent.", Figures.DIFFERS),
        ("More than 500 people died.", "According to the ministry, 212 people died.", Figures.DIFFERS),
        ("More than 500 people died.", "According to the ministry, 612 people died.", Figures.AGREES),
        ("The treatment costs 2,000 to 3,000 euros.", "The treatment costs 2,400 euros.", Figures.AGREES),
        ("It is the largest city in the country.", "It is the second-largest city in the country.", Figures.DIFFERS),
        ("The bridge was opened in 1932.", "The bridge opened in 1957.", Figures.DIFFERS),
        ("The worker earned 3,000 euros a month.", "The worker earned 36,000 euros a year.", Figures.AGREES),
        ("Staff numbers were halved.", "Staff numbers fell from 240 to 210.", Figures.DIFFERS),
    ],
)
def test_figures_of_one_measure_are_held_together(claim: str, evidence: str, expected: Figures) -> None:
    check = check_numbers(claim, evidence)
    assert check.result is expected
    assert check.explanation.endswith(".")


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Inflation was 2 percent in 2019.", "Inflation was 8 percent in 2022."),
        ("The population of Norway is 5.4 million.", "The population of Sweden is 10.4 million."),
        ("Youth unemployment is 24 percent.", "The unemployment rate is 9 percent."),
        ("Exports grew by 5 percent.", "Imports grew by 2 percent."),
        ("The economy grew by 3 percent.", "The economy is expected to grow by 1.5 percent."),
        ("Unemployment rose by 5 percent.", "Unemployment rose to 5 percent."),
        ("The company employs 600 people.", "The company employs more than 500 people."),
        ("The plant cost 1.5 billion dollars.", "The plant cost 1.4 billion euros."),
        ("The river is 650 kilometres long.", "The river is 30 metres wide."),
        ("About 40 percent of farmland is irrigated.", "About 40 percent of members voted for a strike."),
        ("The number of wolves rose by 30 percent.", "The number of wolves has risen considerably."),
        ("It is cold.", "It is 5 degrees Celsius."),
    ],
)
def test_what_cannot_be_compared_is_never_called_a_contradiction(claim: str, evidence: str) -> None:
    assert check_numbers(claim, evidence).result is Figures.NOT_COMPARABLE


def test_the_explanation_names_both_figures_and_the_source() -> None:
    check = check_numbers("4 in 10 voters stayed home.", "31 % of voters stayed home.", source="the census")
    assert check.explanation == "The article says 4 in 10; the census says 31 %."


def test_a_claim_of_two_figures_is_complete_only_when_both_are_met() -> None:
    evidence = "The storm damaged 40 houses."
    assert check_numbers("The storm damaged 40 houses.", evidence).complete
    partly = check_numbers("The storm damaged 40 houses and 12 boats.", evidence)
    assert partly.result is Figures.AGREES
    assert not partly.complete
