"""Claims are marked on exactly their characters, and no markup from outside reaches the page."""

from __future__ import annotations

import html

from hypothesis import given
from hypothesis import strategies as st

from services.publish.markup import Span, lay_out, read_paragraphs
from services.publish.views import Piece

TEXT = "The Amazon, at 6,400 km, is long. “It is,” she said."


def words_of(pieces: tuple[Piece, ...], claim_id: str) -> str:
    return "".join(piece.text for piece in pieces if piece.claim_id == claim_id)


def shown(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)


def test_J7_a_claim_across_a_link_is_marked_exactly_and_keeps_the_link() -> None:
    pieces = lay_out(
        "<p>The <a href='https://s.example'>Amazon river</a> is long</p>",
        "The Amazon river is long",
        [Span("k", 11, 24)],
    )
    assert words_of(pieces, "k") == "river is long"
    assert [piece.text for piece in pieces if piece.href] == ["Amazon ", "river"]
    assert [piece.opens for piece in pieces] == [False, False, True, False]
    assert [piece.chips for piece in pieces] == [(), (), (), ("k",)]


@st.composite
def block(draw: st.DrawFn) -> tuple[str, str, list[Span]]:
    words = draw(
        st.lists(st.sampled_from(["Amazon", "6,400", "é🚒", "<b>", "&amp;", "long.", "“yes”"]), min_size=1, max_size=12)
    )
    styles = draw(
        st.lists(
            st.sampled_from(["{}", "<em>{}</em>", "<a href='https://s.example'>{}</a>", "<span>{}</span>"]),
            min_size=len(words),
            max_size=len(words),
        )
    )
    markup = (
        "<p>" + " ".join(style.format(html.escape(word)) for word, style in zip(words, styles, strict=True)) + "</p>"
    )
    text = " ".join(words)
    edges = st.integers(-2, len(text) + 2)
    spans = draw(st.lists(st.tuples(edges, edges), max_size=5))
    return markup, text, [Span(f"k{number}", *edge) for number, edge in enumerate(spans)]


@given(block())
def test_J7_whatever_the_spans_the_text_stays_and_every_mark_is_exact(case: tuple[str, str, list[Span]]) -> None:
    markup, text, spans = case
    pieces = lay_out(markup, text, spans)
    assert shown(pieces) == text
    inside = {span.claim_id: span for span in spans if 0 <= span.start < span.end <= len(text)}
    marked = {piece.claim_id for piece in pieces if piece.claim_id}
    for claim_id in marked:
        assert words_of(pieces, claim_id) == text[inside[claim_id].start : inside[claim_id].end]
        assert sum(piece.opens for piece in pieces if piece.claim_id == claim_id) == 1
    chips = [claim_id for piece in pieces for claim_id in piece.chips]
    assert sorted(chips) == sorted(inside), "every claim in the text has its chip exactly once"


def test_a_chip_waits_for_the_full_stop_and_the_closing_quote() -> None:
    pieces = lay_out("", TEXT, [Span("k", TEXT.index("It is"), TEXT.index("It is") + 5)])
    carrier = next(piece for piece in pieces if piece.chips)
    assert carrier.text == ",”"
    assert carrier.claim_id == ""


def test_what_was_said_is_marked_rather_than_the_sentence_that_reports_it() -> None:
    said = Span("said", TEXT.index("It is"), TEXT.index("It is") + 5)
    pieces = lay_out("", TEXT, [Span("report", TEXT.index("“"), len(TEXT)), said])
    assert words_of(pieces, "said") == "It is"
    assert [piece.chips for piece in pieces if piece.chips] == [("said", "report")]


def test_J7_words_that_differ_from_the_text_give_up_links_rather_than_shift_a_mark() -> None:
    pieces = lay_out("<p>The <b>new</b> Amazon</p>", "The Amazon", [Span("k", 4, 10)])
    assert shown(pieces) == "The Amazon"
    assert words_of(pieces, "k") == "Amazon"


def test_white_space_in_markup_is_folded_like_the_text() -> None:
    pieces = lay_out("<p>\n  The <em> Amazon</em>\n river </p>", "The Amazon river", [Span("k", 4, 10)])
    assert words_of(pieces, "k") == "Amazon"
    assert any(piece.emphasis for piece in pieces)


def test_C7_scripts_handlers_and_script_addresses_do_not_survive() -> None:
    hostile = (
        "<p onclick=x()>a<script>alert(1)</script><style>p{}</style><img src=x onerror=alert(1)>"
        "<a href='javascript:alert(1)'>b</a><a href=' data:text/html,x'>c</a><a href='//evil.example'>d</a><svg onload=x>e</svg></p>"
    )
    pieces = [piece for paragraph in read_paragraphs(hostile) for piece in paragraph]
    assert "".join(piece.text for piece in pieces) == "abcde"
    assert not any(piece.href for piece in pieces)


def test_paragraphs_and_breaks_part_a_comment() -> None:
    paragraphs = read_paragraphs("<p>one<br>two</p><blockquote>three</blockquote><p> </p>")
    assert [shown(paragraph) for paragraph in paragraphs] == ["one", "two", "three"]
