"""Sources, turns, parts and repetitions: how whole texts are read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.claim_extraction.engine import Extractor
from services.claim_extraction.engine.attribution import AttributionReader, SpacyParser
from services.claim_extraction.engine.findings import bare_words
from services.claim_extraction.model import Block, ClaimKind, FoundClaim, LinkKind, SourceKind

PUBLISHED = datetime(2023, 11, 23, tzinfo=UTC)


def claims(extractor: Extractor, *paragraphs: str) -> tuple[FoundClaim, ...]:
    on = [Block(f"b{at}", text) for at, text in enumerate(paragraphs)]
    return extractor.extract(on, published_at=PUBLISHED, language="en").claims


def speaker(extractor: Extractor, *paragraphs: str) -> tuple[str, SourceKind]:
    reported = [each for each in claims(extractor, *paragraphs) if each.kind is ClaimKind.REPORT]
    return reported[-1].attribution.source_name, reported[-1].attribution.kind


@pytest.mark.parametrize(
    ("paragraphs", "name"),
    [
        (("Mayor Bill de Vries opened 12 schools in 2020.", "The mayor said 4,000 children moved in 2021."), "Bill de Vries"),
        (("Jane Smith met Paul Jones in 2020.", "She said that 4,000 people left the town in 2021."), "Jane Smith"),
        (("Massachusetts Sen. Elizabeth Warner said 4,000 people left the town in 2021.",), "Elizabeth Warner"),
        (("The company's lawyer, Erik Salo, said 4,000 people left the firm in 2021.",), "Erik Salo"),
        (("The Committee for a Better Varn said 4,000 people left the town in 2021.",), "Committee for a Better Varn"),
        (("Chief executive Dana Whitlock told reporters that 4,000 people left the firm in 2021.",), "Dana Whitlock"),
    ],
)  # fmt: skip
def test_a_source_is_named_as_the_text_names_it(extractor: Extractor, paragraphs: tuple[str, ...], name: str) -> None:
    assert speaker(extractor, *paragraphs) == (name, SourceKind.NAMED)


def test_a_share_of_people_is_a_figure_and_no_source(extractor: Extractor) -> None:
    (claim,) = claims(extractor, "Only 52 percent of voters said that the economy was good.")
    assert (claim.kind, claim.attribution.kind) == (ClaimKind.STATEMENT, SourceKind.AUTHOR)


def test_of_a_report_of_a_report_only_the_last_word_is_left_to_check(extractor: Extractor) -> None:
    found = claims(extractor, "The Times reports that Jane Smith said unemployment fell to 4.1 percent in March 2021.")
    statements = [each for each in found if each.kind is ClaimKind.STATEMENT]
    assert [each.text for each in statements] == ["unemployment fell to 4.1 percent in March 2021"]
    assert statements[0].attribution.source_name == "Jane Smith"


@pytest.mark.parametrize(
    "text",
    [
        "Jane Smith hopes that unemployment fell to 4.1 percent in March.",
        "Jane Smith did not say that unemployment fell to 4.1 percent in March.",
        "Jane Smith asked whether unemployment fell to 4.1 percent in March.",
    ],
)
def test_what_is_hoped_asked_or_not_said_is_put_forward_by_nobody_else(extractor: Extractor, text: str) -> None:
    assert {each.attribution.kind for each in claims(extractor, text)} <= {SourceKind.AUTHOR}


def test_a_quotation_announced_by_a_colon_belongs_to_who_announced_it(extractor: Extractor) -> None:
    found = claims(extractor, "Jane Smith continued:", '"Unemployment fell to 4.1 percent in March 2021."')
    assert {each.attribution.source_name for each in found} == {"Jane Smith"}


def test_straight_quotations_may_hold_curly_ones(extractor: Extractor) -> None:
    found = claims(extractor, 'Jane Smith said: "The “growth plan” cost taxpayers 30 billion pounds in 2022."')
    (statement,) = [each for each in found if each.kind is ClaimKind.STATEMENT]
    assert statement.text == "The “growth plan” cost taxpayers 30 billion pounds in 2022."
    assert statement.attribution.verbatim


def test_a_label_speaks_for_its_paragraph(extractor: Extractor) -> None:
    found = claims(extractor, "RASK: We built 13,500 homes in three years.", "HOLM: You promised 20,000 homes in 2019.")
    assert {each.attribution.source_name for each in found} == {"RASK", "HOLM"}


@pytest.mark.parametrize(
    "text",
    [
        "Average wages rose by 2.2 percent while prices climbed 3.4 percent.",
        "Fares have risen by 38 percent since 2015, and only 61 percent of trains arrived on time last year.",
        "The voter sample is 834, with an error of 4 points; the likely voter sample is 651, with an error of 5 points.",
        "The Harbour Bank lost 85 million euros in 2022, but Delta Credit made 12 million euros in the same year.",
    ],
)
def test_the_parts_of_a_compound_sentence_hold_all_its_numbers_and_names(extractor: Extractor, text: str) -> None:
    found = claims(extractor, text)
    whole = found[0]
    parts = [each for each in found[1:] if each.links[0].kind is LinkKind.PART_OF]
    assert len(parts) == 2
    assert {each.links[0].claim_id for each in parts} == {whole.key}
    assert [q.exact for part in parts for q in part.quantities] == [q.exact for q in whole.quantities]
    assert [d.exact for part in parts for d in part.dates] == [d.exact for d in whole.dates]
    capitals = [word for word in whole.text.split()[1:] if word[0].isupper()]
    assert all(any(word in part.text for part in parts) for word in capitals)
    for part in parts:
        anchor = part.anchors[0]
        assert text[anchor.start : anchor.end] == part.text


@pytest.mark.parametrize(
    "text",
    ["Wages and prices rose by 2.2 percent in 2021.", "He said 4 and 5 are numbers.", "Prices rose by 3 percent because wages rose by 4 percent."],
)  # fmt: skip
def test_what_is_one_statement_is_not_cut(extractor: Extractor, text: str) -> None:
    assert not [each for each in claims(extractor, text) if any(link.kind is LinkKind.PART_OF for link in each.links)]


def test_near_identical_sentences_are_one_claim_with_an_anchor_for_each(extractor: Extractor) -> None:
    (claim,) = claims(
        extractor, "The city lost 4,000 jobs in 2020.", "But the city lost 4,000 jobs in 2020.", "the city lost 4,000 jobs in 2020!"
    )  # fmt: skip
    assert [each.block_id for each in claim.anchors] == ["b0", "b1", "b2"]


@pytest.mark.parametrize(
    "other",
    ["The city lost 4,001 jobs in 2020.", "The city did not lose 4,000 jobs in 2020.", "The city lost 4,000 jobs by 2020.", "The town lost 4,000 jobs in 2020."],
)  # fmt: skip
def test_J8_another_number_name_or_negation_is_another_claim(other: str) -> None:
    assert bare_words("The city lost 4,000 jobs in 2020.") != bare_words(other)


def test_a_text_without_reported_speech_never_loads_the_parser() -> None:
    class Loud(SpacyParser):
        def _loaded(self) -> object:
            raise AssertionError("the parser was loaded")

    reader = AttributionReader(Loud())
    assert reader.read([Block("b", "Prices rose by 3 percent. The bridge was closed for two days.")]) == []
    with pytest.raises(AssertionError, match="was loaded"):
        reader.read([Block("b", "She said that prices rose.")])


def test_word_order_alone_finds_the_plain_forms_too() -> None:
    plain = Extractor.load(syntax=False)
    assert speaker(plain, "Jane Smith, the minister, said that 4,000 people left the town in 2021.")[0] == "Jane Smith"
    assert (
        speaker(plain, "About 4,000 people left the town in 2021, according to a report by the ministry.")[1]
        is SourceKind.DOCUMENT
    )
