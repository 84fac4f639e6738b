"""A figure or a date that is met supports a claim only where the passage says all of it; else it is about it."""

from __future__ import annotations

import pytest

from services.verification.engine.checking import structured_stage
from services.verification.engine.numeric import Figures, check_numbers
from services.verification.model import Stance
from tests.unit.verification.builders import claim, evidence

FULL = Stance.SUPPORTS
ABOUT = SILENT = None


@pytest.mark.parametrize(
    ("said", "passage", "stance"),
    [
        # another event on the same day
        ("Maren Holt was born on 4 May 1961.", "Maren Holt (born 4 May 1961) is a Danish cellist.", FULL),
        ("Maren Holt graduated on 4 May 1961.", "Maren Holt (born 4 May 1961) is a Danish cellist.", ABOUT),
        ("The bridge was closed in 1998.", "The bridge was opened in 1998 and widened later.", ABOUT),
        # another thing of the same year
        ("The play is based on a 1995 novel.", "The play is based on the 1995 novel by Anna Reed.", FULL),
        ("Harbour is based on a 1995 film.", "Harbour is a 1998 film based on the 1995 novel by Anna Reed.", ABOUT),
        # fences of the claim
        ("The ferry sank in 1987.", "The ferry sank in 1987 off the coast.", FULL),
        ("The ferry only ever sank in 1987.", "The ferry sank in 1987 off the coast.", ABOUT),
        ("The prize was awarded in every year but 1931.", "The prize was awarded in 1931 and every year after.", ABOUT),
        # part of a decade
        ("The firm entered shipping in the late 1970s.", "The firm entered shipping in the late 1970s.", FULL),
        ("The firm entered steel in the late 1970s.", "The firm entered coal in the late 1960s and steel in the mid-1970s.", ABOUT),
        # the other side of a contrast
        ("The paper was printed in tabloid format for 219 years.", "The paper was printed in broadsheet format for 219 years, but switched to tabloid in 2004.", ABOUT),
        ("The paper was printed in broadsheet format for 219 years.", "The paper was printed in broadsheet format for 219 years, but switched to tabloid in 2004.", FULL),
        # a rank within a fence the claim does not have
        ("Lake Orn is the largest lake in the valley.", "Lake Orn is the largest lake in the valley.", FULL),
        ("Lake Orn is the largest lake.", "Lake Orn is the largest lake by volume east of the ridge.", ABOUT),
        # two words that stand apart are no name
        ("Tarn is the highest peak in the Northern Range.", "Tarn, whose Northern face is steep, is the highest peak in the Silver Range.", ABOUT),
        # a number inside a name counts nothing
        ("Ida Brook was director of Radio Two.", "Ida Brook was controller of Radio Two and director of music.", SILENT),
        ("Peru is a founding member of the Group of 15.", "Chile has since joined the Group of 15; Peru, a founding member, left.", SILENT),
    ],
)  # fmt: skip
def test_a_passage_that_meets_the_figure_alone_is_no_support(said: str, passage: str, stance: Stance | None) -> None:
    found = structured_stage(claim(said), [evidence("e1", passage)]).findings
    told = [each.stance for each in found]
    assert told == [FULL] if stance is FULL else FULL not in told


def test_one_rank_counted_from_both_ends_is_not_the_same_figure() -> None:
    for said, told in (("sixth least populous", "sixth most populous"), ("least prescribed", "most prescribed")):
        check = check_numbers(f"Orland is the {said} of the states.", f"Orland is the {told} of the states.")
        assert check.result is not Figures.AGREES


@pytest.mark.parametrize(
    ("said", "passage"),
    [
        (
            "The drama stars an actor who was born in May 1957.",
            "Carl Brook (born 19 February 1957) is an English actor.",
        ),
        (
            "The Long Shore (1998 film) features an actor born in the 1960s.",
            "Carl Brook (born 17 August 1960) is an actor.",
        ),
        ("Jed Moor is the son of someone born in August.", "Jed Moor (born 18 July 1974) is the son of Tom Moor."),
    ],
)
def test_a_time_that_may_be_another_ones_contradicts_nothing(said: str, passage: str) -> None:
    assert check_numbers(said, passage).result is not Figures.DIFFERS


@pytest.mark.parametrize(
    ("said", "passage"),
    [
        ("The label was founded in 1979.", "The label was founded in 1971 by two brothers."),
        ("Carl Brook was born on 28 July 1991.", "Carl Brook (born 28 June 1991) is an actor."),
        ("The show had 14.3 billion viewers.", "The show had 14.3 million viewers."),
    ],
)
def test_what_differs_still_does(said: str, passage: str) -> None:
    assert check_numbers(said, passage).result is Figures.DIFFERS
