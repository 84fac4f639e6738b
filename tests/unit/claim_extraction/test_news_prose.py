"""Turns of news prose that were once misread: who speaks, where what was said begins and ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.claim_extraction.engine import Extractor
from services.claim_extraction.engine.dates import read_dates
from services.claim_extraction.engine.quantities import read_quantities
from services.claim_extraction.engine.sentences import split_sentences
from services.claim_extraction.model import Block, ClaimKind, FoundClaim, SourceKind

PUBLISHED = datetime(2023, 11, 23, tzinfo=UTC)


def claims(extractor: Extractor, *paragraphs: str) -> tuple[FoundClaim, ...]:
    on = [Block(f"b{at}", text) for at, text in enumerate(paragraphs)]
    return extractor.extract(on, published_at=PUBLISHED, language="en").claims


def said(extractor: Extractor, *paragraphs: str) -> list[tuple[str, str]]:
    """(source, statement) of everything somebody else says."""
    found = [each for each in claims(extractor, *paragraphs) if each.kind is ClaimKind.STATEMENT]
    return [(each.attribution.source_name, each.text) for each in found if each.attribution.kind != SourceKind.AUTHOR]


def test_a_sum_that_was_agreed_has_agreed_to_nothing(extractor: Extractor) -> None:
    text = (
        "A person familiar with the plans said that the hall had cost 2.4 million pounds, twice the sum first agreed."
    )
    words = "the hall had cost 2.4 million pounds, twice the sum first agreed"
    assert said(extractor, text) == [("A person familiar with the plans", words)]
    (claim,) = claims(extractor, "The sum claimed in court is twice what was agreed in 2018.")
    assert claim.attribution.kind is SourceKind.AUTHOR


def test_the_word_that_joins_the_clauses_is_no_part_of_who_says_it(extractor: Extractor) -> None:
    text = "The share of mapped floor has grown from 6 to 26 per cent since 2017, as the survey reports show."
    assert {source for source, _ in said(extractor, text)} == {"the survey reports"}


def test_both_halves_before_a_closing_said_are_the_sources(extractor: Extractor) -> None:
    text = (
        "The van had an escort of four cars, but the guards took her away in 2019 before it came, another source said."
    )
    first, *parts = said(extractor, text)
    assert first == (
        "another source",
        "The van had an escort of four cars, but the guards took her away in 2019 before it came",
    )
    assert {source for source, _ in parts} == {"another source"}


def test_a_clause_that_ends_in_a_quotation_is_kept_whole(extractor: Extractor) -> None:
    text = (
        'Ada Holm told a crowd in Varn that she wants a budget of 40 million euros "made for the people of this town and'
        ' for nobody else who may come and ask for it in the years ahead."'
    )
    assert [text.startswith("she wants a budget of 40 million euros") for _, text in said(extractor, text)] == [True]


def test_a_mark_is_never_left_without_its_pair(extractor: Extractor) -> None:
    text = 'Ada Holm said at a meeting in Varn on Friday that "a bomb" had killed 12 people in the old harbour in 2019.'
    ((_, statement),) = said(extractor, text)
    assert statement == '"a bomb" had killed 12 people in the old harbour in 2019'


def test_a_participle_takes_no_sentence_as_its_content(extractor: Extractor) -> None:
    found = claims(extractor, "Two parties won 40 seats in 2019, each touting their record and promising lower taxes.")
    assert [(each.kind, each.attribution.kind) for each in found] == [(ClaimKind.STATEMENT, SourceKind.AUTHOR)]


def test_what_opens_with_a_quotation_is_not_the_authors(extractor: Extractor) -> None:
    text = (
        "“It was a bad day,” said Ada Holm, the minister, summing up a decision in 2019 that had cost the town 40 million"
        " euros, two schools, a ferry and the trust of many of the people who live there."
    )
    assert not [each for each in claims(extractor, text) if each.attribution.kind is SourceKind.AUTHOR]


def test_a_pronoun_takes_whom_its_paragraph_opens_with_before_whoever_spoke_last(extractor: Extractor) -> None:
    texts = (
        "Ada Holm and Erik Salo lead the two parties. Peter Lund said that 4,000 people left the town in 2021.",
        "Salo spoke of 12 endorsements on Tuesday. He said that 9,000 people would stay in 2024.",
    )
    assert said(extractor, *texts)[-1] == ("Erik Salo", "9,000 people would stay in 2024")
    title = ("Mr. Lund read the report. He said that 9,000 people would stay in 2024.",)
    assert said(extractor, *title)[-1][0] == "Lund"


def test_names_are_one_whatever_apostrophe_they_are_written_with(extractor: Extractor) -> None:
    texts = (
        "The fire began at 8.30, according to James O’Neill, who leads 400 firemen.",
        "“The fire killed 12 people in 2019,” O'Neill said.",
    )
    assert said(extractor, *texts)[-1][0] == "James O’Neill"


def test_a_commission_keeps_the_matter_in_its_name(extractor: Extractor) -> None:
    text = "The Commission on Public Debates said 4,000 people watched in 2021."
    assert said(extractor, text)[0][0] == "Commission on Public Debates"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("An arbitration panel", SourceKind.GROUP),
        ("Another slide", SourceKind.DOCUMENT),
        ("The leaflet", SourceKind.DOCUMENT),
    ],
)
def test_panels_and_slides_are_no_anonymous_people(extractor: Extractor, source: str, kind: SourceKind) -> None:
    found = claims(extractor, f"{source} said that 4,000 people left the town in 2021.")
    assert {each.attribution.kind for each in found} == {kind}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The ceremony of Sept. 11 cost much.", "2023-09-11"),
        ("A plan is due by March of next year.", "2024-03"),
        ("It opened in May last year.", "2022-05"),
    ],
)
def test_months_are_read_in_their_year(text: str, value: str) -> None:
    assert [each.value for each in read_dates(text, PUBLISHED.date())] == [value]


def test_a_place_a_sentence_opens_with_is_not_who_he_is(extractor: Extractor) -> None:
    text = (
        "In Varnmouth last week, he told a meeting of 200 fishers that few harbours had lost so much."
        " The quay is 40 metres shorter than in 1990, he noted."
    )
    opening = "Mayor Peter Lund opened the harbour of Varnmouth in 2019."
    sources = {source for source, _ in said(extractor, opening, text)}
    assert sources == {"Peter Lund"}


def test_a_parenthesis_between_dashes_is_an_aside_and_claims_nothing(extractor: Extractor) -> None:
    text = (
        "The town signed a bold - some say rash - promise made in Varn to halve its debt of 80 million euros by 2030."
    )
    assert said(extractor, text) == []
    assert [each.text for each in claims(extractor, text)][:1] == [text]


def test_both_halves_of_an_interrupted_quotation_are_one_statement(extractor: Extractor) -> None:
    first = "The sea could take the homes of 3 million people by 2080, Ada Holm said in an interview."
    second = (
        '"If you move even a tenth of those 3 million people inland," she said, "you need 120,000 new homes by 2090."'
    )
    words = "If you move even a tenth of those 3 million people inland you need 120,000 new homes by 2090."
    assert ("Ada Holm", words) in [
        (source, text.replace(",", "", 0)) for source, text in said(extractor, first, second)
    ]


def test_a_quotation_that_opens_the_clause_leaves_the_rest_of_it_said(extractor: Extractor) -> None:
    text = (
        "Ada Holm tells Radio Varn’s “Morning Call” that “exactly who did it” remains under investigation since 2019."
    )
    (one,) = said(extractor, text)
    assert one == ("Ada Holm", "“exactly who did it” remains under investigation since 2019")


def test_who_is_praised_for_saying_something_says_it(extractor: Extractor) -> None:
    text = "Ada Holm was praised in the council for saying that the quay had cost 12 million euros in 2019."
    assert ("Ada Holm", "the quay had cost 12 million euros in 2019") in said(extractor, text)


def test_who_was_elected_and_said_something_says_it(extractor: Extractor) -> None:
    text = "Ada Holm was elected by the council on Monday and said that the quay had cost 12 million euros."
    assert ("Ada Holm", "the quay had cost 12 million euros") in said(extractor, text)


def test_doubling_down_doubles_nothing() -> None:
    assert read_quantities("Ada Holm is doubling down on her promise.") == ()
    assert [each.value for each in read_quantities("Doubling the fleet took a year.")] == [2.0]


def test_a_part_of_a_sentence_opens_with_none_of_the_words_that_join_it(extractor: Extractor) -> None:
    text = "And while the quay cost 12 million euros in 2019, the tower had cost only 3 million euros in 1990."
    parts = [each.text for each in claims(extractor, text)][1:]
    assert parts == ["the quay cost 12 million euros in 2019", "the tower had cost only 3 million euros in 1990"]


def test_what_somebody_cited_is_not_what_they_said(extractor: Extractor) -> None:
    text = "At Monday's debate, Holm cited harsh remarks Lund had made about the 40 fishers of Varn as proof of his contempt."
    assert said(extractor, text) == []


def test_a_letter_that_says_something_is_the_source(extractor: Extractor) -> None:
    text = "The council released a letter from the harbour office on Friday that says the quay lost 40 metres in 2019."
    ((source, words),) = said(extractor, text)
    assert words == "the quay lost 40 metres in 2019"
    assert source.startswith("a letter")
    assert "that" not in source


def test_he_is_who_opened_the_sentence_and_not_somebody_in_it_with_a_title(extractor: Extractor) -> None:
    before = "The critic Karl T. Berg called the plan of Mr. Lund a fraud."
    text = (
        "Mr. Lund dismissed the charge as the voice of Mr. Berg's client, the coal board."
        ' "Karl has spoken for coal firms in 12 court cases since 2009," he said.'
    )
    assert said(extractor, before, text)[-1] == ("Lund", "Karl has spoken for coal firms in 12 court cases since 2009")


def test_a_quotation_goes_on_though_a_word_in_it_could_report(extractor: Extractor) -> None:
    first = '"The quay has lost 40 metres since 1990," Ada Holm said.'
    second = (
        '"If the trend of those 30 years continues, the quay will be gone by 2060 and 3,000 people will have to move."'
    )
    assert ("Ada Holm", second.strip('"')) in said(extractor, f"{first} {second}")


def test_a_title_behind_an_opening_mark_ends_no_sentence() -> None:
    text = "“Mr. President, the quay cost 12 million euros,” she said."
    assert [each.text for each in split_sentences([Block("b", text)])] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "The quay, as Ada Holm said in 2019, had cost 12 million euros.",
        "The quay had cost 12 million euros, as Ada Holm said in 2019.",
    ],
)
def test_as_somebody_said_makes_the_sentence_around_it_theirs(extractor: Extractor, text: str) -> None:
    assert [source for source, _ in said(extractor, text)] == ["Ada Holm"]
    assert [words for _, words in said(extractor, text)] == ["The quay had cost 12 million euros"]


def test_while_somebody_said_something_else_nothing_around_it_is_theirs(extractor: Extractor) -> None:
    text = "The quay, as Ada Holm said goodbye to it in 2019, had cost 12 million euros."
    assert said(extractor, text) == []


def test_the_word_that_joins_what_comes_next_is_no_part_of_what_was_said(extractor: Extractor) -> None:
    text = "Ada Holm said that the quay cost 12 million euros, and Lund left the room."
    assert said(extractor, text)[0] == ("Ada Holm", "the quay cost 12 million euros")


def test_it_says_something_and_is_no_person(extractor: Extractor) -> None:
    before = "Peter Lund said that the quay had cost 12 million euros in 2019."
    after = "A letter came on Friday. It says the quay had cost 15 million euros in 2019."
    assert ("", "the quay had cost 15 million euros in 2019") in said(extractor, before, after)
    report = "The annual report said that the quay had cost 12 million euros in 2019."
    assert ("The annual report", "the tower had cost 3 million euros in 1990") in said(
        extractor, report, "It says the tower had cost 3 million euros in 1990."
    )


def test_who_is_quoted_within_a_quotation_says_nothing_outside_it(extractor: Extractor) -> None:
    text = (
        "Ada Holm, a historian who attended the session in 2012, recalled, \"Out of nowhere, he said, 'The quay will cost"
        " 12 million euros.'\""
    )
    assert {source for source, _ in said(extractor, text)} <= {"Ada Holm"}
