from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.claim_extraction.engine import Extractor
from services.claim_extraction.model import Block, ClaimKind, FoundClaim, LinkKind, SourceKind

PUBLISHED = datetime(2023, 11, 23, 9, 0, tzinfo=UTC)


def claims(extractor: Extractor, *paragraphs: str) -> tuple[FoundClaim, ...]:
    on = [Block(f"b{index}", text) for index, text in enumerate(paragraphs)]
    found = extractor.extract(on, published_at=PUBLISHED, language="en").claims
    texts = {block.block_id: block.text for block in on}
    for claim in found:
        for anchor in claim.anchors:
            assert texts[anchor.block_id][anchor.start : anchor.end] == anchor.exact
    return found


def statements(found: tuple[FoundClaim, ...]) -> list[str]:
    return [claim.text for claim in found if claim.kind is ClaimKind.STATEMENT]


def test_a_plain_fact_is_the_authors_claim(extractor: Extractor) -> None:
    (claim,) = claims(extractor, "The city lost 4,000 jobs in 2020, twice as many as in 2019.")
    assert claim.attribution.kind is SourceKind.AUTHOR
    assert [each.value for each in claim.quantities] == [4000, 2]
    assert [each.value for each in claim.dates] == ["2020", "2019"]
    assert claim.check_worthiness is not None
    assert claim.check_worthiness.reasons
    assert claim.check_worthiness.model_sha256 == extractor.worthiness.sha256


@pytest.mark.parametrize(
    "text",
    [
        "I think this is a wonderful town and a lovely place to live.",
        "Why did nobody ask the mayor about it?",
        "We should all be kinder to each other in these hard times.",
        "Imagine a world in which nobody ever has to wait.",
    ],
)
def test_opinions_questions_and_wishes_are_no_claims(extractor: Extractor, text: str) -> None:
    assert claims(extractor, text) == ()


def test_what_somebody_said_gives_two_claims_linked_to_each_other(extractor: Extractor) -> None:
    found = claims(extractor, "Finance minister Jane Smith said that unemployment fell to 4.1 percent in March.")
    statement = next(each for each in found if each.kind is ClaimKind.STATEMENT)
    report = next(each for each in found if each.kind is ClaimKind.REPORT)
    assert statement.text == "unemployment fell to 4.1 percent in March"
    assert report.text.startswith("Finance minister Jane Smith said")
    assert [(each.kind, each.claim_id) for each in statement.links] == [(LinkKind.REPORTED_BY, report.key)]
    assert [(each.kind, each.claim_id) for each in report.links] == [(LinkKind.REPORTS, statement.key)]
    assert statement.attribution.source_name == "Jane Smith"
    assert statement.attribution.kind is SourceKind.NAMED
    assert not statement.attribution.verbatim


@pytest.mark.parametrize(
    ("text", "words", "speaker"),
    [
        ("“Unemployment fell to 4.1 percent in March,” Jane Smith said.", "Unemployment fell to 4.1 percent in March", "Jane Smith"),
        ('"Unemployment fell to 4.1 percent in March," said Jane Smith, the minister.', "Unemployment fell to 4.1 percent in March", "Jane Smith"),
        ('Jane Smith said: "Unemployment fell to 4.1 percent in March."', "Unemployment fell to 4.1 percent in March.", "Jane Smith"),
        ("Unemployment fell to 4.1 percent in March, according to Jane Smith.", "Unemployment fell to 4.1 percent in March", "Jane Smith"),
        ("According to Jane Smith, unemployment fell to 4.1 percent in March.", "unemployment fell to 4.1 percent in March", "Jane Smith"),
        ("Unemployment fell to 4.1 percent in March, Jane Smith said on Monday.", "Unemployment fell to 4.1 percent in March", "Jane Smith"),
        ("Jane Smith, the finance minister, said unemployment fell to 4.1 percent in March.", "unemployment fell to 4.1 percent in March", "Jane Smith"),
    ],
)  # fmt: skip
def test_the_speaker_is_found_whatever_the_order(extractor: Extractor, text: str, words: str, speaker: str) -> None:
    statement = next(each for each in claims(extractor, text) if each.kind is ClaimKind.STATEMENT)
    assert statement.text == words
    assert statement.attribution.source_name == speaker


def test_an_interrupted_quotation_is_one_claim_with_two_places(extractor: Extractor) -> None:
    found = claims(
        extractor, '"We cut taxes for 3 million people," Jane Smith said, "and created 200,000 jobs in 2022."'
    )
    (statement,) = [each for each in found if each.kind is ClaimKind.STATEMENT]
    assert [anchor.exact for anchor in statement.anchors] == [
        "We cut taxes for 3 million people",
        "and created 200,000 jobs in 2022.",
    ]


def test_a_quotation_over_several_sentences_keeps_its_speaker(extractor: Extractor) -> None:
    found = claims(
        extractor,
        '"Unemployment fell to 4.1 percent in March," Jane Smith said. "Wages rose by 3 percent in 2022."',
    )
    assert {each.attribution.source_name for each in found if each.kind is ClaimKind.STATEMENT} == {"Jane Smith"}
    assert "Wages rose by 3 percent in 2022." in statements(found)


def test_a_quotation_over_several_paragraphs_keeps_its_speaker(extractor: Extractor) -> None:
    found = claims(
        extractor,
        'Jane Smith said: "Unemployment fell to 4.1 percent in March.',
        '"Wages rose by 3 percent in 2022."',
    )
    assert {each.attribution.source_name for each in found if each.kind is ClaimKind.STATEMENT} == {"Jane Smith"}


def test_scare_quotes_speak_for_nobody(extractor: Extractor) -> None:
    (claim,) = claims(extractor, "The so-called “growth plan” cost taxpayers 30 billion pounds in 2022.")
    assert claim.attribution.kind is SourceKind.AUTHOR


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A senior official said that 4,000 people were deported in 2022.", SourceKind.ANONYMOUS),
        ("Two people familiar with the matter said the company lost 4 million dollars in 2022.", SourceKind.ANONYMOUS),
        ("A report by the ministry found that 4,000 people were deported in 2022.", SourceKind.DOCUMENT),
        ("Police said that 4,000 people were arrested in 2022.", SourceKind.GROUP),
        ("Jane Smith said that 4,000 people were deported in 2022.", SourceKind.NAMED),
    ],
)
def test_the_kind_of_source_is_told(extractor: Extractor, text: str, kind: SourceKind) -> None:
    statement = next(each for each in claims(extractor, text) if each.kind is ClaimKind.STATEMENT)
    assert statement.attribution.kind is kind


def test_a_surname_and_a_pronoun_find_their_full_name(extractor: Extractor) -> None:
    found = claims(
        extractor,
        "Finance minister Jane Smith said that unemployment fell to 4.1 percent in March.",
        "Smith said that wages rose by 3 percent in 2022. She said exports grew by 12 percent in 2021.",
    )
    assert {each.attribution.source_name for each in found} == {"Jane Smith"}


def test_what_somebody_denied_is_not_said(extractor: Extractor) -> None:
    found = claims(extractor, "Jane Smith denied that the ministry lost 4 million dollars in 2022.")
    assert statements(found) == ["Jane Smith denied that the ministry lost 4 million dollars in 2022."]
    assert found[0].attribution.denied


def test_the_same_sentence_twice_is_one_claim_with_two_anchors(extractor: Extractor) -> None:
    sentence = "The city lost 4,000 jobs in 2020."
    (claim,) = claims(extractor, sentence, f"To repeat it. {sentence}")
    assert [anchor.block_id for anchor in claim.anchors] == ["b0", "b1"]


def test_another_language_is_said_to_be_unsupported_and_never_guessed(extractor: Extractor) -> None:
    text = "La ville a perdu 4 000 emplois en 2020, deux fois plus qu'en 2019, selon le ministère du Travail."
    found = extractor.extract([Block("b", text)], published_at=PUBLISHED)
    assert (found.claims, found.language) == ((), "fr")
    assert "English" in found.note


def test_S7_a_text_too_long_is_refused_with_a_reason(extractor: Extractor) -> None:
    found = extractor.extract([Block("b", "It lost 4 jobs. " * 20_000)], published_at=PUBLISHED, language="en")
    assert found.claims == ()
    assert "block b has 320000 characters" in found.note


@pytest.mark.parametrize(
    "text", ["", " \n\t ", "\x00\x00", "\ud800 broken", "“““", '"' * 500, "said " * 500, "1" * 3000]
)
def test_S7_no_text_breaks_the_extractor(extractor: Extractor, text: str) -> None:
    extractor.extract([Block("b", text)], published_at=PUBLISHED, language="en")


def test_an_empty_article_has_no_claims(extractor: Extractor) -> None:
    assert extractor.extract([], published_at=PUBLISHED).claims == ()


def test_words_a_person_selects_are_read_like_any_other(extractor: Extractor) -> None:
    block = Block("b", "Nobody asked. Rents rose by 12 percent last year.")
    claim = extractor.claim_at(block, 14, len(block.text), published_at=PUBLISHED)
    assert (claim.text, claim.quantities[0].value, claim.dates[0].value) == (block.text[14:], 12, "2022")
    with pytest.raises(ValueError, match="not inside block b"):
        extractor.claim_at(block, 14, 99, published_at=PUBLISHED)


WORDS = st.sampled_from(
    ["said ", "Jane Smith ", "“", "”", '"', "'", ", ", ". ", "4 million ", "according to ", "that ", "she ", "fell by 3% ", "in 2020 ",
     "\n", "é̈", "\U0001f600", "\u202e", "\x00", "and ", "while prices rose ", ": ", "RASK: ", "(", ")", "…", "\ud800", "ß"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(WORDS | st.text(max_size=12), max_size=25).map("".join), max_size=4))
def test_J7_whatever_the_text_every_anchor_holds_its_exact_words(extractor: Extractor, texts: list[str]) -> None:
    blocks = [Block(str(at), text) for at, text in enumerate(texts)]
    found = extractor.extract(blocks, published_at=PUBLISHED, language="en")
    by_id = {block.block_id: block.text for block in blocks}
    keys = {claim.key for claim in found.claims}
    for claim in found.claims:
        said = claim.attribution
        for anchor in (*claim.anchors, *said.contents, *filter(None, (said.source, said.cue))):
            text = by_id[anchor.block_id]
            assert text[anchor.start : anchor.end] == anchor.exact != ""
            assert text[: anchor.start].endswith(anchor.prefix)
            assert text[anchor.end :].startswith(anchor.suffix)
        for number in claim.quantities:
            assert claim.text[number.start : number.end] == number.exact
        for day in claim.dates:
            assert claim.text[day.start : day.end] == day.exact
        assert {link.claim_id for link in claim.links} <= keys
