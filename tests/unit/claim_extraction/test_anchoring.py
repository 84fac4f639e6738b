from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.claim_extraction.model import Anchor, Block, Fate, anchor_at, normalise, reanchor, words_hash

SENTENCE = "Unemployment fell to 4.1 percent in March."


def block(text: str, block_id: str = "a") -> Block:
    return Block(block_id, text)


def anchored(text: str, words: str = SENTENCE, block_id: str = "a") -> Anchor:
    start = text.index(words)
    return anchor_at(block(text, block_id), start, start + len(words))


@given(st.text(min_size=1, max_size=400), st.data())
def test_an_anchor_holds_exactly_the_words_at_its_place(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    anchor = anchor_at(block(text), start, end)
    assert text[anchor.start : anchor.end] == anchor.exact
    assert text[: anchor.start].endswith(anchor.prefix)
    assert text[anchor.end :].startswith(anchor.suffix)


@pytest.mark.parametrize(("start", "end"), [(3, 3), (5, 4), (-1, 2), (0, 99)])
def test_an_anchor_outside_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not inside block a"):
        anchor_at(block("short"), start, end)


def test_unchanged_text_keeps_the_anchor() -> None:
    anchor = anchored(f"Prices rose. {SENTENCE} Nobody cheered.")
    assert reanchor(anchor, [block(f"Prices rose. {SENTENCE} Nobody cheered.")]).anchor == anchor


def test_words_behind_an_insertion_are_moved() -> None:
    anchor = anchored(f"Prices rose. {SENTENCE}")
    found = reanchor(anchor, [block(f"Prices rose again and again. {SENTENCE}")])
    assert found.fate is Fate.MOVED
    assert found.anchor is not None
    assert found.anchor.exact == SENTENCE


def test_words_that_went_to_another_block_are_moved_there() -> None:
    anchor = anchored(SENTENCE)
    found = reanchor(anchor, [block("Something new.", "a"), block(f"Intro. {SENTENCE}", "b")])
    assert found.anchor is not None
    assert (found.fate, found.anchor.block_id) == (Fate.MOVED, "b")


@pytest.mark.parametrize(
    "changed",
    [
        "Unemployment fell to 4.2 percent in March.",
        "It is false that Unemployment fell to 4.1 percent in March.",
        "Unemployment fell to 4.1 percent in March",
        "Youth-Unemployment fell to 4.1 percent in March.x",
        "",
    ],
)
def test_J7_changed_words_are_never_anchored(changed: str) -> None:
    assert reanchor(anchored(SENTENCE), [block(changed)]).fate is Fate.ORPHANED


def test_J7_a_denial_in_front_makes_other_words_of_it() -> None:
    before = "The minister said that unemployment fell to 4 percent."
    after = "The minister denied that unemployment fell to 4 percent."
    anchor = anchored(before, "unemployment fell to 4 percent")
    assert reanchor(anchor, [block(after)]).fate is Fate.ORPHANED


def test_J7_a_denial_far_to_the_left_counts_too() -> None:
    middle = (
        "during a long meeting with the members of the budget committee in the capital late on Tuesday evening that"
    )
    before = f"The minister said {middle} unemployment fell to 4 percent."
    after = f"The minister denied {middle} unemployment fell to 4 percent."
    anchor = anchored(before, "unemployment fell to 4 percent")
    assert reanchor(anchor, [block(before + " More.")]).fate is Fate.EXACT
    assert reanchor(anchor, [block(after)]).fate is Fate.ORPHANED


def test_J7_a_negation_behind_the_words_makes_other_words_of_it() -> None:
    anchor = anchored("Rents fell by 3 percent", "Rents fell by 3 percent")
    assert reanchor(anchor, [block("Rents fell by 3 percent, which is not true.")]).fate is Fate.ORPHANED


def test_two_equal_places_are_never_guessed_between() -> None:
    anchor = anchored(SENTENCE)
    assert reanchor(anchor, [block(SENTENCE, "x"), block(SENTENCE, "y")]).fate is Fate.ORPHANED


def test_of_two_places_the_one_with_the_same_surroundings_is_taken() -> None:
    anchor = anchored(f"Prices rose. {SENTENCE} Nobody cheered.")
    text = f"{SENTENCE} Later: Prices rose. {SENTENCE} Nobody cheered."
    found = reanchor(anchor, [block(text)])
    assert found.anchor is not None
    assert found.anchor.start == text.rindex(SENTENCE)


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["Rents rose.", SENTENCE, "Nobody won 3 seats.", "ß ﬁ 😀 é."]), min_size=1, max_size=6),
    st.lists(st.sampled_from(["Rents rose.", SENTENCE, "It is not so.", "é 😀."]), max_size=6),
    st.data(),
)
def test_J7_whatever_the_edit_an_anchor_stands_on_its_own_words_or_nowhere(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    text = " ".join(before)
    words = data.draw(st.sampled_from(before))
    anchor = anchored(text, words)
    edited = block(" ".join(after))
    found = reanchor(anchor, [edited])
    assert (found.anchor is None) == (found.fate is Fate.ORPHANED)
    if found.anchor is not None:
        assert edited.text[found.anchor.start : found.anchor.end] == words


def test_typography_is_not_a_change_of_words() -> None:
    assert words_hash("“It’s 5–6 %,” he said…") == words_hash('"It\'s  5-6 %," he said...')


@pytest.mark.parametrize("other", ["it fell by 3", "It fell by 4", "It fell by 3%", "It fell by 3!", "It  fel by 3"])
def test_case_digits_and_marks_are_words(other: str) -> None:
    assert words_hash("It fell by 3") != words_hash(other)


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_lone_surrogates_are_hashed_not_raised() -> None:
    assert len(words_hash("broken \ud800 text")) == 64


def test_a_megabyte_of_the_same_sentence_is_searched_in_bounded_work() -> None:
    copies = " ".join([SENTENCE] * 20_000)
    assert reanchor(anchored(SENTENCE + " Unlike."), [block(copies)]).fate in (Fate.ORPHANED, Fate.MOVED, Fate.EXACT)
