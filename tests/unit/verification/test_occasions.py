"""Figures count for or against a claim only where both speak of one event, one year and one thing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.verification.engine.assessing import Found, assess
from services.verification.engine.checking import structured_stage
from services.verification.engine.numeric import Figures, check_numbers
from services.verification.engine.occasions import occasions
from services.verification.engine.told import Told
from services.verification.model import Claim, Evidence, PolicySettings, StageStatus, Stance

THIS, LATER = datetime(2024, 5, 17, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)
LOST = "The bank lost 85 million euros last year."
BOTH = "The bank lost 58 million euros last year, after a loss of 85 million euros the year before."


def stances(claim: Claim, *texts: str) -> list[Stance]:
    sources = [Evidence(f"e{n}", text, publisher=f"P{n}") for n, text in enumerate(texts)]
    return [finding.stance for finding in structured_stage(claim, sources).findings]


def claim(text: str, *parts: str) -> Claim:
    return Claim("c", text, "h", parts=parts)


@pytest.mark.parametrize(
    ("passage", "met"),
    [
        ("Ines Dahl scored twice in the semi-final.", False),
        ("Ines Dahl scored twice in the second round.", False),
        ("Ines Dahl scored twice in the final.", True),
    ],
)
def test_J3_a_figure_of_another_match_supports_nothing(passage: str, met: bool) -> None:
    check = check_numbers("Ines Dahl scored twice in the final.", passage)
    assert check.complete is met
    assert not check_numbers("Ines Dahl scored twice.", passage).complete, "which match is not said"


def test_J3_a_figure_of_another_match_contradicts_nothing() -> None:
    said = "A crowd of 54,000 watched the match at the National Stadium."
    assert check_numbers(said, "A crowd of 45,000 watched the match at the National Stadium.").result is Figures.DIFFERS
    told = "A crowd of 45,000 watched the semi-final match, the second leg, at the National Stadium."
    assert check_numbers(said, told).result is Figures.NOT_COMPARABLE


def test_J3_a_result_of_another_year_is_another_result() -> None:
    dated = "Norrland beat Westmark 2-1 in 2001."
    assert check_numbers("Norrland beat Westmark 3-1.", dated).result is not Figures.DIFFERS
    assert not check_numbers("Norrland beat Westmark 2-1.", dated).complete
    assert check_numbers("Norrland beat Westmark 2-1 in 2001.", dated).complete


def test_a_day_both_name_says_that_they_mean_one_event() -> None:
    check = check_numbers(
        "Norrland beat Westmark 3-1 on Saturday.", "Norrland beat Westmark 3-1 in the final on Saturday."
    )
    assert check.complete


def test_final_is_an_event_only_as_a_noun() -> None:
    assert occasions("The final report names the semi-finals and the first round.") == {"semi-final", "first-round"}


def test_a_figure_of_the_year_before_is_told_as_such_and_counts_for_nothing() -> None:
    check = check_numbers(LOST, BOTH, source="the bank")
    assert (check.result, check.complete) == (Figures.AGREES, False)
    assert "the year before" in check.explanation


def test_a_figure_of_the_year_before_is_the_wrong_one_where_both_were_told_in_one_year() -> None:
    check = check_numbers(LOST, BOTH, told=Told(THIS, THIS))
    assert (check.result, check.stated) == (Figures.DIFFERS, "58 million euros")


@pytest.mark.parametrize(("at", "result"), [(THIS, Figures.DIFFERS), (LATER, Figures.NOT_COMPARABLE)])
def test_J3_last_year_is_another_year_in_a_text_of_another_year(at: datetime, result: Figures) -> None:
    told = Told(THIS, at)
    assert check_numbers(LOST, "The bank lost 58 million euros last year.", told=told).result is result


def test_last_year_meets_the_year_it_was() -> None:
    told = Told(THIS, LATER)
    assert check_numbers(LOST, "The bank lost 85 million euros in 2023.", told=told).complete
    assert not check_numbers(LOST, "The bank lost 85 million euros last year.", told=told).complete


def test_a_part_s_figure_is_held_against_that_of_the_whole_where_the_source_gives_both() -> None:
    said = "Only 61 percent of trains arrived on time last year."
    told = "Last year 61 percent of long-distance trains arrived on time; of all trains it was 87 percent."
    check = check_numbers(said, told, source="the regulator")
    assert check.result is Figures.DIFFERS
    assert check.explanation == "The regulator gives 61 percent for a part alone, and 87 percent for all."
    buses = "Last year 61 percent of long-distance trains arrived on time; of all buses it was 87 percent."
    assert check_numbers(said, buses).result is Figures.AGREES
    assert not check_numbers(said, buses).complete


def test_how_often_something_happened_is_held_year_by_year() -> None:
    told = "The shop was robbed once in 2022 and once in 2021."
    assert check_numbers("The shop was robbed twice in 2022.", told).result is Figures.DIFFERS
    assert check_numbers("The shop was robbed twice in 2019.", told).result is Figures.NOT_COMPARABLE
    assert (
        check_numbers("The shop was robbed twice in 2022.", "The town was once a port.").result is not Figures.DIFFERS
    )


def test_J3_they_counts_against_a_claim_only_after_a_sentence_about_what_the_claim_is_about() -> None:
    said = claim("The suspects, aged 24 and 31, took watches worth about £180,000.")
    them = "Two men aged 24 and 31 were arrested after a robbery. They took watches worth about £80,000."
    others = "Three women in Leeds were fined for parking. They took watches worth about £80,000."
    assert stances(said, them) == [Stance.CONTRADICTS]
    assert stances(said, others) == []


BUILT = "We have built 13,500 homes in three years"
WHOLE = f"{BUILT}, and another 4,000 are under construction."
MINISTRY = "Since the election 13,500 homes were built in three years. Another 4,000 are under construction."
BUILDERS = "By our count 8,700 homes were built in three years."


def test_J4_a_claim_of_several_statements_is_no_surer_than_they_are() -> None:
    parts = (BUILT, "another 4,000 are under construction")
    assert Stance.SUPPORTS not in stances(claim(WHOLE), MINISTRY, BUILDERS)
    assert {Stance.SUPPORTS, Stance.CONTRADICTS} <= set(stances(claim(WHOLE, *parts), MINISTRY, BUILDERS))


def test_a_statement_that_nobody_bears_out_leaves_the_whole_contradicted() -> None:
    few = "Another 1,000 homes are under construction."
    parts = (BUILT, "another 4,000 homes are under construction")
    found = stances(
        claim(f"{BUILT}, and another 4,000 homes are under construction.", *parts),
        MINISTRY.split(". ")[0],
        BUILDERS,
        few,
    )
    assert Stance.SUPPORTS not in found
    assert Stance.CONTRADICTS in found


def test_J4_a_statement_borne_out_does_not_bear_out_the_whole() -> None:
    """Nothing but the support of one statement is left once the source against the other may not be used."""
    parts = ("the hospital was founded in 1952", "it was founded in 1925")
    whole = Claim("c", "; ".join(parts), "h", parts=parts)
    ours = Evidence("e1", "The hospital was founded in 1952.", url="https://courier.example/a-first-story-of-it")
    theirs = Evidence("e2", "Harbour Hospital was founded in 1925.", url="https://hospital.example/news/in-figures")
    found = Found(sources=(ours, theirs), retrieval=(StageStatus.FOUND, ""))
    settings = PolicySettings(own_domains=frozenset({"courier.example"}))
    assert assess(whole, found, settings, lambda: 0.0).rating is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("The march was the third in four weeks.", "At the first march, police counted 2,500 people."),
        ("The march was the third in four weeks.", "The march came two weeks before the vote."),
        (
            "The hospital treated 61,000 patients and employs 830 people.",
            "The hospital treated 61,000 patients, of whom 48,000 were outpatients.",
        ),
        ("The hospital employs 830 people.", "The hospital has 1,030 people, of whom 600 are nurses."),
    ],
)
def test_J3_a_figure_of_another_kind_contradicts_nothing(said: str, told: str) -> None:
    check = check_numbers(said, told)
    assert check.result is not Figures.DIFFERS or check.stated == "1,030", check.explanation


def test_J3_a_row_of_a_table_neither_supports_nor_contradicts() -> None:
    row = "Schools, million euros | 118 | 135"
    assert stances(claim("The city will spend 130 million euros on schools."), row) == []
    assert Stance.SUPPORTS not in stances(claim("The city spends 118 million euros on schools."), row)
    said = claim("The city will spend 130 million euros on schools.")
    assert stances(said, "The city will spend 135 million euros on schools.") == [Stance.CONTRADICTS]
