"""Promise J6 on the ways newsrooms really pass stories on: each copy counts with its original, and nothing else does."""

from __future__ import annotations

import pytest

from services.verification.engine.independence import independent_groups
from services.verification.engine.policy import decide
from services.verification.model import OutcomeStatus, Rating, Stage, Stance
from tests.unit.verification.builders import SETTINGS, by_id, claim, evidence, finding, found

WIRE = (
    "The number of households that rent their home in the capital grew for the sixth year in a row, the statistics office "
    "said on Monday, as prices for flats rose faster than wages. Rents rose by 12 percent last year. Officials counted more "
    "than four hundred thousand contracts in all districts and asked every tenth household what it pays. A spokeswoman for "
    "the tenants' union called on the city to act before winter, while owners pointed to the cost of heating and repairs. "
    "The next count is due in spring, when the office also plans to ask about the size of homes for the first time."
)
FIRST, *REST = WIRE.split(". ")
CUT = ". ".join([FIRST, *REST[:2]]) + "."
LINE = "Subscribe to our newsletter for more on housing, and follow us for daily updates from the region. "
COPIES = {
    "printed as it came": WIRE,
    "under another place line": f"CAPITAL CITY (AP) - {WIRE}",
    "cut from the end": CUT,
    "in capitals": WIRE.upper(),
    "with other quotation marks and dashes": WIRE.replace("'", "’").replace(" - ", " — "),
    "in lines of sixty characters": "\n".join(WIRE[n : n + 60] for n in range(0, len(WIRE), 60)).replace("\n ", "\n"),
    "with the paper's own words around it": f"{LINE}{WIRE} {LINE}",
    "with a paragraph of its own": f"{WIRE} In our town the count is done by volunteers of the fire brigade, as every year since 1961.",
    "sentences moved": ". ".join([REST[1], FIRST, *REST[2:], REST[0]]),
    "reporters' names and a correction": f"By A. Writer and B. Other. {WIRE} Correction: an earlier version misspelled a name.",
}
OWN = {
    "another count": "In a poll of 2,100 tenants by the university, most said that they pay an eighth more than in the spring before.",
    "another story on the matter": "Builders finished fewer homes than planned, the ministry said, and asked towns to free land near railways.",
    "the same few words quoted": (
        "A landlord in the old harbour wrote to us that his costs doubled. “Rents rose by 12 percent last year,” he said, and "
        "told of a roof that leaks, of craftsmen who come late, and of a bank that wants to see its money by the end of May."
    ),
}


@pytest.mark.parametrize("how", COPIES)
def test_J6_a_copy_counts_with_its_original(how: str) -> None:
    assert len(independent_groups([evidence("e1", WIRE), evidence("e2", COPIES[how])])) == 1


@pytest.mark.parametrize("what", OWN)
def test_J6_a_report_of_its_own_counts_for_itself(what: str) -> None:
    assert len(independent_groups([evidence("e1", WIRE), evidence("e2", OWN[what])])) == 2


def test_J6_a_whole_front_of_copies_and_one_report_are_two_sources() -> None:
    pages = [evidence(f"e{n}", text) for n, text in enumerate([*COPIES.values(), OWN["another count"]])]
    assert sorted(map(len, independent_groups(pages))) == [1, len(COPIES)]
    assert sorted(map(len, independent_groups(pages[::-1]))) == [1, len(COPIES)]


def test_J6_an_agencys_story_rewritten_by_two_papers_is_one_source() -> None:
    """Both name the agency, and half the words are the papers' own."""
    shared = "rents rose by 12 percent last year as prices for flats rose faster than wages, the statistics office said"
    one = f"(Reuters) Tenants in the capital pay more than ever: {shared}. Politicians of all parties asked for a debate soon."
    two = f"(Reuters) It has become dearer to live here, for {shared}. Students, of whom many arrive in autumn, feel it most."
    assert len(independent_groups([evidence("e1", one), evidence("e2", two)])) == 1


def test_J6_pages_of_one_house_are_one_source_whatever_they_say() -> None:
    pages = [
        evidence("a", WIRE, url="https://www.paper.example/2026/03/rents-rose-again"),
        evidence("b", OWN["another count"], url="https://m.paper.example/2026/04/tenants-asked"),
    ]
    assert len(independent_groups(pages)) == 1


def test_J6_copies_do_not_make_a_suggestion_where_one_source_would_not() -> None:
    pages = [evidence(f"e{n}", text) for n, text in enumerate(COPIES.values())]
    kept = [finding(page, stance=Stance.SUPPORTS, score=0.95) for page in pages]
    outcome = decide(claim(), [found(Stage.STANCE, *kept)], by_id(*pages), SETTINGS)
    assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, None)
    other = evidence("own", OWN["another count"])
    more = [*kept, finding(other, stance=Stance.SUPPORTS, score=0.95)]
    outcome = decide(claim(), [found(Stage.STANCE, *more)], by_id(*pages, other), SETTINGS)
    assert (outcome.status, outcome.rating) == (OutcomeStatus.ASSESSED, Rating.SUPPORTED)
