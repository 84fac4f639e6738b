"""What connectors decide without asking anybody: when to rest, what to search for, what counts as saying it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.verification.connected import Answers, retrieval
from services.verification.connectors.analyses import _front_matter, _moment, _without_markup
from services.verification.connectors.breaker import LONGEST_REST, Breaker
from services.verification.connectors.port import Lead
from services.verification.connectors.remembering import Asked
from services.verification.engine.checking import structured_stage
from services.verification.engine.disputed import about_a_rumour, only_repeated
from services.verification.engine.page_numbers import on_page, page_of
from services.verification.engine.search_words import nearest, search_words
from services.verification.gathering import Gathered
from services.verification.model import Lookup, StageStatus, Stance
from services.verification.store.evidence import Page
from tests.unit.verification.builders import T0, claim, evidence

FOUND, NOTHING, FAILED, NOT_ASKED = StageStatus.FOUND, StageStatus.NOTHING, StageStatus.FAILED, StageStatus.NOT_ASKED
URL = "https://a.example/2026/05/depth-of-the-wreck"


def test_a_breaker_rests_longer_each_time_and_a_success_ends_that() -> None:
    breaker, rests = Breaker(failures=2, rest=10.0), []
    for now in (0.0, 100.0, 200.0, 300.0, 400.0):
        breaker = breaker.failing(now)
        rests.append(breaker.resting(now))
    assert rests == [0.0, 10.0, 20.0, 40.0, 80.0]
    assert breaker.succeeded().resting(400.0) == 0.0


def test_what_a_provider_asks_for_holds_at_once_but_not_for_ever() -> None:
    assert Breaker().failing(5.0, 120.0).resting(5.0) == 120.0
    assert Breaker().failing(5.0, 10.0**9).resting(5.0) == LONGEST_REST


def test_a_search_asks_for_names_first_and_for_words_of_substance() -> None:
    assert search_words("Inflation in the United Kingdom fell to 3.9 per cent in November.")[0] == "United Kingdom"
    assert search_words("It was.") == ()


def test_texts_on_the_matter_come_before_texts_that_share_a_word() -> None:
    texts = ["Choir wins prize in Germany", "Population of Germany grew in 2022", "Population of geese", ""]
    assert nearest("In 2022, the population of Germany was 84 million people.", texts, 3) == [1]


@given(some.text(max_size=80), some.lists(some.text(max_size=40), max_size=5))
def test_choosing_among_texts_never_fails_and_never_doubles(words: str, texts: list[str]) -> None:
    chosen = nearest(words, texts, 3)
    assert len(chosen) == len(set(chosen)) <= 3


@pytest.mark.parametrize(
    "sentence",
    [
        "The claim that rents rose by 12 percent last year is false.",
        "A viral post claims that rents rose by 12 percent last year.",
        "It is wrong to say rents rose by 12 percent last year.",
        "Posts shared on Facebook say rents rose by 12 percent last year.",
        "Rents rose by 12 percent last year?",
        "The mayor denied rents rose by 12 percent last year.",
        "Rumours that rents rose by 12 percent last year spread quickly.",
        "There is no evidence that rents rose by 12 percent last year.",
    ],
)
def test_J3_who_only_repeats_a_figure_neither_supports_nor_contradicts_it(sentence: str) -> None:
    assert only_repeated(sentence)
    for text in ("Rents rose by 12 percent last year.", "Rents rose by 20 percent last year."):
        stage = structured_stage(claim(text), [evidence("e1", sentence)])
        assert all(each.stance is Stance.DISCUSSES for each in stage.findings), sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "Rents rose by 12 percent last year, the statistics office said.",
        "Insurance claims rose by 12 percent last year.",
        "Jobless claims fell to 210,000 in May.",
    ],
)
def test_who_states_a_figure_vouches_for_it(sentence: str) -> None:
    assert not only_repeated(sentence)


def test_a_text_about_a_rumour_supports_nothing() -> None:
    stated = evidence("e1", "Rents rose by 12 percent last year.", title="Fact check: did rents rise?")
    assert about_a_rumour(stated.title)
    assert structured_stage(claim("Rents rose by 12 percent last year."), [stated]).findings == ()


def test_a_sentence_names_the_page_its_source_stands_on() -> None:
    text = "One.\n\fTwo.\n\fThree.\n\f"
    assert [page_of(text, text.index(word)) for word in ("One", "Two", "Three")] == [1, 2, 3]
    assert page_of("No pages here.", 3) == 0
    assert on_page("The report says 31 %.", text, text.index("Three")) == "The report says 31 %, page 3."
    report = evidence("e1", f"About us.\n\f{'Nothing here. ' * 3}\n\fRents rose by 3 percent last year.\n\f")
    (finding,) = structured_stage(claim(), [report]).findings
    assert finding.explanation.endswith("3 percent, page 3.")


def test_front_matter_says_title_author_and_date() -> None:
    said, rest = _front_matter("---\ntitle: Rents\nauthor: Ada Keller\ndate: 2026-03-02\n---\nBody --- here\n")
    assert (said["title"], said["author"], _moment(said["date"]), rest) == (
        "Rents", "Ada Keller", datetime(2026, 3, 2, tzinfo=UTC), "Body --- here\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    "front",
    ["!!python/object/apply:os.system ['true']", "a: &a [1]\nb: *a", "- a\n- b", ": :", "date: yesterday", "\t"],
)
def test_front_matter_that_is_odd_says_nothing_and_runs_nothing(front: str) -> None:
    said, rest = _front_matter(f"---\n{front}\n---\nBody.")
    assert rest == "Body."
    assert _moment(said.get("date")) is None


def test_markup_of_an_analysis_is_left_out_and_its_words_kept() -> None:
    source = "# Rents\n\nThey rose by **3 percent**, the [office](https://o.example/x) *said*.\n\n- one\n> two\n`code`"
    assert _without_markup(source).split("\n") == [
        "Rents", "", "They rose by 3 percent, the office said.", "", "one", "two", "code",
    ]  # fmt: skip


def asked(*urls: str) -> Asked:
    return Asked(Lookup("feeds", FOUND), tuple(Lead(url) for url in urls))


def answers(*urls: str) -> Answers:
    return Answers({"c1": [asked(*urls)]}, {"c1": urls})


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (Page(URL, T0, evidence()), FOUND),
        (Page(URL, T0, problem="timed_out"), FAILED),
        (Page(URL, T0, problem="gone"), NOTHING),
        (Page(URL, T0, problem="forbidden_address"), NOTHING),
        (None, FAILED),
    ],
)
def test_J3_a_lead_counts_as_what_its_page_turned_out_to_be(page: Page | None, status: StageStatus) -> None:
    gathered = Gathered({URL: page} if page else {})
    assert [each.status for each in answers(URL).lookups("c1", gathered)] == [status]


@pytest.mark.parametrize(
    ("pages", "connectors", "together"),
    [
        (NOT_ASKED, [], NOT_ASKED),
        (NOT_ASKED, [NOT_ASKED], NOT_ASKED),
        (NOT_ASKED, [NOTHING, NOT_ASKED], NOTHING),
        (FOUND, [NOTHING], FOUND),
        (NOTHING, [FOUND], FOUND),
        (FOUND, [FAILED, FOUND], FAILED),
        (NOT_ASKED, [FAILED, NOTHING], FAILED),
    ],
)
def test_J3_a_look_up_that_failed_is_never_passed_over(
    pages: StageStatus, connectors: list[StageStatus], together: StageStatus
) -> None:
    status, detail = retrieval((pages, "1 of 1 pages read"), [Lookup(f"c{n}", s) for n, s in enumerate(connectors)])
    assert status is together
    assert all(f"c{n}: {s.value.replace('_', ' ')}" in detail for n, s in enumerate(connectors))


def test_every_claim_has_its_first_lead_read_before_any_has_its_second() -> None:
    held = Answers({}, {"c1": ("a1", "a2", "a3"), "c2": ("b1",), "c3": ("a1", "c2")})
    assert held.wanted == ["a1", "b1", "a2", "c2", "a3"]
