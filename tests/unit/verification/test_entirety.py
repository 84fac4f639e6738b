"""A passage supports a claim when it says the whole of it, of the same things, in its own voice; else it only discusses it."""

from __future__ import annotations

import pytest

from services.verification.engine.checking import structured_stage
from services.verification.engine.numeric import Figures, check_numbers
from services.verification.model import Stance
from tests.unit.verification.builders import claim, evidence

ABOUT, FULL = Stance.DISCUSSES, Stance.SUPPORTS


@pytest.mark.parametrize(
    ("said", "passage", "stance"),
    [
        ("Only 61 percent of trains arrived on time.", "Of all trains 61 percent arrived on time.", FULL),
        ("Only 61 percent of trains arrived on time.", "Of all long-distance trains 61 percent arrived on time.", ABOUT),
        ("The region has lost 40 percent of its glaciers.", "The region has lost 40 percent of its glaciers.", FULL),
        ("The region has lost 40 percent of its glaciers.", "The region has lost 40 percent of its glacier area.", ABOUT),
        ("Some 1,400 jobs will go by 2026.", "Some 1,400 jobs will go by 2026.", FULL),
        ("Some 1,400 jobs will go by 2026.", "The union expects some 1,400 jobs to go by 2026.", ABOUT),
        ("The city inherited a deficit of 90 million euros.", "The city inherited a deficit of 90 million euros.", FULL),
        ("The city inherited a deficit of 90 million euros.", "Reyes: The city inherited a deficit of 90 million euros.", ABOUT),
        ("The city inherited a deficit of 90 million euros.", "He said “The city inherited a deficit of 90 million euros.”", ABOUT),
        ("Forty shops on Mill Street were robbed on Sunday.", "Forty shops on Mill Street were robbed.", ABOUT),
    ],
)  # fmt: skip
def test_what_a_passage_does_for_a_claim(said: str, passage: str, stance: Stance) -> None:
    (finding,) = structured_stage(claim(said), [evidence("e1", passage)]).findings
    assert finding.stance is stance


@pytest.mark.parametrize(
    ("said", "passage"),
    [
        ("The shop at 12 Mill Street was robbed twice.", "Two men aged 24 and 31 robbed a shop on Mill Street."),
        (
            "The agency built 13,500 homes in three years, and another 4,000 homes are under construction.",
            "The agency built 13,500 homes in three years.",
        ),
    ],
)
def test_a_number_that_answers_to_something_else_is_no_contradiction(said: str, passage: str) -> None:
    assert check_numbers(said, passage).result is not Figures.DIFFERS
