from __future__ import annotations

import pytest

from shared.retrieval.lexical import FEW_TEXTS, VISIBLE_WITHIN, LexicalIndex


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


TEXTS = [("rent", "Rents in the capital rose by three percent"), ("sharks", "Sharks swam along the flooded motorway")]


@pytest.fixture
def index() -> LexicalIndex:
    index = LexicalIndex()
    index.put_many(TEXTS)
    index.commit()
    return index


def test_finds_by_stem_and_ignores_accents(index: LexicalIndex) -> None:
    index.put("cafe", "The cafés were closed")
    index.commit()
    assert [hit.id for hit in index.search("rising rent", 5)] == ["rent"]
    assert [hit.id for hit in index.search("cafe closing", 5)] == ["cafe"]


def test_a_change_shows_within_a_second_and_costs_one_commit_for_many() -> None:
    clock = Clock()
    index = LexicalIndex(clock=clock)
    for id, text in TEXTS:
        index.put(id, text)
    assert index.search("sharks", 5) == []
    clock.now = VISIBLE_WITHIN
    assert VISIBLE_WITHIN < 1
    assert [hit.id for hit in index.search("sharks", 5)] == ["sharks"]


def test_put_replaces_and_remove_forgets(index: LexicalIndex) -> None:
    index.put("rent", "Bread became cheaper")
    index.remove("sharks")
    index.commit()
    assert index.search("capital rents", 5) == []
    assert index.search("sharks", 5) == []
    assert [hit.id for hit in index.search("cheap bread", 5)] == ["rent"]
    assert len(index) == 1


@pytest.mark.parametrize(
    "query",
    ['"', "text:", "rent AND (", "id:sharks", "*", "a~2 [1 TO 5}", "\x00", "", "rent^9999", "-rent", "\\", "🦈" * 50],
)
def test_no_character_of_a_query_is_syntax(index: LexicalIndex, query: str) -> None:
    assert {hit.id for hit in index.search(query, 5)} <= {"rent", "sharks"}


def test_the_id_field_is_out_of_a_querys_reach(index: LexicalIndex) -> None:
    assert index.search("id:rent id", 5) == index.search("rent", 5)


def test_a_long_query_keeps_its_rarest_words() -> None:
    index = LexicalIndex(terms=1)
    index.put_many([(str(n), "the report on housing") for n in range(20)])
    index.put("rare", "the report on molybdenum")
    index.commit()
    assert [hit.id for hit in index.search("the report on housing and molybdenum", 5)] == ["rare"]


def test_of_many_texts_the_words_most_of_them_have_are_not_looked_up() -> None:
    index = LexicalIndex()
    index.put_many([(str(n), "the report on housing") for n in range(FEW_TEXTS + 1)])
    index.put("rare", "a report on molybdenum, cobalt and nickel")
    index.commit()
    assert [hit.id for hit in index.search("the report on molybdenum, cobalt and nickel", 5)] == ["rare"]
    assert len(index.search("the report on housing", 5)) == 5
