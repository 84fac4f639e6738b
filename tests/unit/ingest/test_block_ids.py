"""Block ids survive edits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.engine.block_ids import Block, give_ids
from services.ingest.engine.passages import Passage


def passages(*texts: str) -> list[Passage]:
    return [Passage("paragraph", text, text) for text in texts]


def blocks(*texts: str) -> tuple[Block, ...]:
    return give_ids(passages(*texts), (), article_id="a")


def ids(found: tuple[Block, ...]) -> list[str]:
    return [block.block_id for block in found]


ONE, TWO, THREE = "The pier was built in 1902.", "It is 310 metres long and made of oak.", "Entry is free."


def test_unchanged_blocks_keep_their_ids_around_a_new_one() -> None:
    before = blocks(ONE, TWO, THREE)
    after = give_ids(passages(ONE, "Something quite different stands here.", TWO, THREE), before, article_id="a")
    assert [ids(after)[at] for at in (0, 2, 3)] == ids(before)
    assert ids(after)[1] not in ids(before)


def test_an_edited_block_keeps_the_id_of_the_block_it_was() -> None:
    before = blocks(ONE, TWO, THREE)
    after = give_ids(passages(ONE, "It is 290 metres long and made of oak.", THREE), before, article_id="a")
    assert ids(after) == ids(before)


def test_a_rewritten_block_is_a_new_one() -> None:
    before = blocks(ONE, TWO, THREE)
    after = give_ids(passages(ONE, "Nobody had expected so many visitors.", THREE), before, article_id="a")
    assert ids(after)[1] not in ids(before)


def test_a_moved_block_keeps_its_id() -> None:
    before = blocks(ONE, TWO, THREE)
    assert ids(give_ids(passages(THREE, ONE, TWO), before, article_id="a")) == [ids(before)[at] for at in (2, 0, 1)]


def test_the_most_similar_block_wins_whatever_the_order() -> None:
    before = blocks(ONE, TWO)
    after = give_ids(
        passages("It is 310 metres long and made of steel.", "The pier was built in 1903."), before, article_id="a"
    )
    assert ids(after) == list(reversed(ids(before)))


def test_a_block_that_comes_back_has_the_id_it_had_first() -> None:
    before = blocks(ONE, TWO)
    without = give_ids(passages(ONE), before, article_id="a")
    assert ids(give_ids(passages(ONE, TWO), without, article_id="a")) == ids(before)


def test_two_articles_share_no_ids() -> None:
    assert ids(give_ids(passages(ONE), (), article_id="b")) != ids(blocks(ONE))


_TEXTS = st.lists(st.sampled_from(["a b c", "a b d", "x y z", "x y", "q", ""]), max_size=12)


@given(st.lists(_TEXTS, min_size=1, max_size=5))
def test_ids_are_unique_and_a_repetition_changes_none(versions: list[list[str]]) -> None:
    known: tuple[Block, ...] = ()
    for texts in versions:
        known = give_ids(passages(*texts), known, article_id="a")
        assert len(set(ids(known))) == len(texts)
        assert give_ids(passages(*texts), known, article_id="a") == known


def test_thousands_of_equal_lines_are_aligned_in_a_moment() -> None:
    before = blocks(*["the same line"] * 5_000)
    after = give_ids(passages(*["the same line"] * 4_999, "another"), before, article_id="a")
    assert ids(after)[:4_999] == ids(before)[:4_999]
