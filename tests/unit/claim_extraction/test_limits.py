"""No text costs more than its length: what is too long is refused with a reason, what is read is read in linear time."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.claim_extraction.engine.dates import read_dates
from services.claim_extraction.engine.limits import (
    MAX_BLOCK,
    MAX_NUMBERS,
    MAX_SENTENCE,
    MAX_SENTENCES,
    MAX_TEXT,
    TextTooLong,
)
from services.claim_extraction.engine.names import Names
from services.claim_extraction.engine.numbers import value_of
from services.claim_extraction.engine.opinions import leans_to_opinion, not_a_statement
from services.claim_extraction.engine.quantities import read_quantities
from services.claim_extraction.engine.quotations import find_quotations
from services.claim_extraction.engine.sentences import split_sentences
from services.claim_extraction.model import Block, DateMention, Quantity, words_hash

SIZE = MAX_BLOCK // 2
CPU_SECONDS = 10.0  # of this thread for SIZE characters, the square of the length would take far more
NASTY = (
    "a", "1", "1,", "1 ", "1-", "1.", "123,", ". ", "A. ", "U.S. ", '"', "“", "'", '" ', ' a"', "'a ", "said ", "Smith ",
    "Mr. ", "of ", "two ", "two-", "one hundred and ", "a million ", "in the past ", "between 1 and ", "March 1 ",
    "2020-", "\n", " ", "\n ", "!?", "?”", "x) ", "$", "1%", "Four three ", ". A", "Ab Cd. ", "more than ", "up to 1 ",
    "e\u0301", "\u202e", "😀", "according to ", ":\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", NASTY)
def test_S7_a_block_of_any_repeated_text_is_read_in_linear_time(piece: str) -> None:
    text = (piece * SIZE)[:SIZE]
    start = time.thread_time()
    blocks = [Block("b", text)]
    with contextlib.suppress(TextTooLong):  # a list of a mark and a line break
        split_sentences(blocks)
    find_quotations(blocks)
    Names(blocks)
    not_a_statement(text)
    leans_to_opinion(text)
    words_hash(text)
    assert time.thread_time() - start < CPU_SECONDS


@pytest.mark.parametrize("piece", NASTY)
def test_S7_sentences_of_any_repeated_text_are_read_for_numbers_in_linear_time(piece: str) -> None:
    text = (piece * MAX_SENTENCE)[:MAX_SENTENCE]
    start = time.thread_time()
    for _ in range(10):
        read_quantities(text)
        read_dates(text, date(2024, 2, 29))
    assert time.thread_time() - start < CPU_SECONDS


ALPHABETS = {
    "any character": "".join(chr(at) for at in (*range(0x20), *range(0xA0, 0x3000, 7), *range(0x1F300, 0x1F700, 3))),
    "marks": "“”\"'’‘«»()[]…—–-.,;:!?%$£€ \n",
    "numbers": "0123456789.,-–%$£€ \u00a0½²٣１ kmbnpt",
    "letters": "aAbBéßİıﬁ한漢ж \u0301\u200b\u202e\ufeff.\n",
    "words": "",
}
WORDS = (
    *NASTY,
    "million ",
    "per cent ",
    "in 2020 ",
    "first time in 12 years ",
    "at least ",
    "Holm ",
    "Mr. Lund said ",
    "fell by 3% ",
)


def random_text(alphabet: str, size: int, seed: int) -> str:
    """Characters of an alphabet, or words where it has none; the same every time."""
    chance = random.Random(seed)
    pieces: Sequence[str] = ALPHABETS[alphabet] or WORDS
    return "".join(chance.choices(pieces, k=size))[:size]


def read_all(text: str) -> int:
    """Every sentence of the text, and every number and date of each: all of them hold the words they name."""
    blocks = [Block(str(at), text[at : at + MAX_BLOCK]) for at in range(0, len(text), MAX_BLOCK)]
    read = 0
    for first in range(0, len(blocks), MAX_TEXT // MAX_BLOCK):
        part = blocks[first : first + MAX_TEXT // MAX_BLOCK]
        for sentence in split_sentences(part):
            assert part[sentence.block].text[sentence.start : sentence.end] == sentence.text
            if len(sentence.text) <= MAX_SENTENCE:
                found: list[Quantity | DateMention] = [*read_quantities(sentence.text)]
                found += read_dates(sentence.text, date(2024, 2, 29))
                for each in found:
                    assert sentence.text[each.start : each.end] == each.exact != ""
                read += 1
    return read


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_S7_random_text_of_any_alphabet_breaks_no_reader(alphabet: str) -> None:
    start = time.thread_time()
    for seed in range(4):
        read_all(random_text(alphabet, 10_000, seed))
    assert time.thread_time() - start < CPU_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_S7_a_megabyte_of_random_text_breaks_no_reader(alphabet: str) -> None:
    for seed in range(5):
        text = random_text(alphabet, 1_000_000, seed)
        start = time.thread_time()
        read_all(text)
        assert time.thread_time() - start < 20 * CPU_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_S7_the_longest_text_that_is_taken_is_read_in_seconds_whatever_it_holds(alphabet: str) -> None:
    text = random_text(alphabet, MAX_TEXT, 1)
    start = time.thread_time()
    read_all(text)
    assert time.thread_time() - start < 2 * CPU_SECONDS, "twice what it takes where nobody else computes"


def test_S7_a_text_of_too_many_sentences_is_refused_before_they_are_read() -> None:
    with pytest.raises(TextTooLong, match=f"more than {MAX_SENTENCES} sentences"):
        split_sentences([Block(str(at), "One. " * 5_000) for at in range(8)])


def test_S7_a_megabyte_is_refused_with_the_bound_it_broke() -> None:
    with pytest.raises(TextTooLong, match=f"block b has 1000000 characters; at most {MAX_BLOCK}"):
        split_sentences([Block("b", "x" * 1_000_000)])
    with pytest.raises(TextTooLong, match=f"the text has 1000000 characters; at most {MAX_TEXT}"):
        split_sentences([Block(str(at), "x" * 50_000) for at in range(20)])


@pytest.mark.parametrize("read", [read_quantities, lambda text: read_dates(text, date(2024, 1, 1))])
def test_S7_what_is_no_sentence_is_refused_by_the_number_readers(read: object) -> None:
    assert callable(read)
    with pytest.raises(TextTooLong, match=f"at most {MAX_SENTENCE}"):
        read("1 " * MAX_SENTENCE)


def test_of_a_table_only_the_first_numbers_are_read() -> None:
    assert len(read_quantities("12, " * 400)) == MAX_NUMBERS


@settings(max_examples=150)
@given(st.lists(st.text(max_size=300), max_size=5))
def test_sentences_hold_their_words_and_lose_nothing_but_blanks(texts: list[str]) -> None:
    blocks = [Block(str(at), text) for at, text in enumerate(texts)]
    sentences = split_sentences(blocks)
    for each in sentences:
        assert blocks[each.block].text[each.start : each.end] == each.text
        assert each.text.strip() == each.text != ""
    for at, block in enumerate(blocks):
        joined = "".join("".join(each.text.split()) for each in sentences if each.block == at)
        assert joined == "".join(block.text.split())


@settings(max_examples=150)
@given(st.lists(st.text(alphabet=st.sampled_from("ab .,?!\"'“”‘’«»`\n"), max_size=120), max_size=4))
def test_quotations_lie_in_their_block_and_never_cross(texts: list[str]) -> None:
    blocks = [Block(str(at), text) for at, text in enumerate(texts)]
    last: dict[int, int] = {}
    for each in find_quotations(blocks):
        assert 0 <= each.start < each.inner_start <= each.inner_end <= each.end <= len(blocks[each.block].text)
        assert each.start >= last.get(each.block, 0)
        last[each.block] = each.end


@pytest.mark.parametrize("words", ["", "many", "1.2.3", "²", "x 5"])
def test_what_is_no_number_has_no_value(words: str) -> None:
    with pytest.raises(ValueError, match="no "):
        value_of(words)
