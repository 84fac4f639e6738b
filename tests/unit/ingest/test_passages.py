"""From the CMS's HTML to passages: every word, nothing that runs, the same words with and without tags."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from services.ingest.engine.passages import Passage, read_html
from services.ingest.engine.tags import MAX_DEPTH, simplify
from tests.builders.markup import HOSTILE

BASE = "https://courier.example/news/harbour"
SAFE_TAG = re.compile(r'</?(?:em|strong|code|sub|sup)>|</a>|<a href="(?:https?|mailto):[^"<>]*" rel="noopener">')


def passages(html: str) -> list[tuple[str, str]]:
    return [(p.kind, p.text) for p in read_html(html, BASE).passages]


def words(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_kinds_follow_the_markup() -> None:
    html = """<h2>What holds</h2><p>One.</p><blockquote><p>Said.</p><p>Twice.</p></blockquote>
      <ul><li>first<li>second<ul><li>below</li></ul></ul><div>Bare <b>words</b></div>tail
      <table><tr><td>a</td><td>b</td></tr></table><figure><img src=x><figcaption>The pier</figcaption></figure>"""
    assert passages(html) == [
        ("heading", "What holds"),
        ("paragraph", "One."),
        ("quote", "Said."),
        ("quote", "Twice."),
        ("list_item", "first"),
        ("list_item", "second"),
        ("list_item", "below"),
        ("paragraph", "Bare words"),
        ("paragraph", "tail"),
        ("paragraph", "a b"),
        ("paragraph", "The pier"),
    ]


def test_text_is_nfc_folded_and_without_invisible_characters() -> None:
    html = "<p>Cafe\u0301 \n\t auf&nbsp;der\u00ad In\u200bsel\u202e!</p><p> \u200b </p>"
    assert passages(html) == [("paragraph", "Café auf der Insel!")]


def test_an_accent_behind_a_tag_is_joined_and_the_emphasis_given_up() -> None:
    (found,) = read_html("<p>e<b>\u0301t</b>&lt;</p>", BASE).passages
    assert found == Passage("paragraph", "ét<", "ét&lt;")


def test_links_are_absolute_in_order_and_once() -> None:
    body = read_html(
        '<p><a href="/a?x=1&amp;y=2">a</a> <a href="https://b.example/">b</a> <a href="/a?x=1&amp;y=2">a</a>'
        '<a href="mailto:x@b.example">m</a><a href="#top">t</a><a href="javascript:alert(1)">j</a>'
        '<a href="//c.example/d">d</a></p>',
        BASE,
    )
    assert body.links == (
        "https://courier.example/a?x=1&y=2",
        "https://b.example/",
        "https://courier.example/news/harbour#top",
        "https://c.example/d",
    )
    assert "javascript" not in body.passages[0].html


def test_scripts_embeds_and_menus_leave_no_words() -> None:
    html = (
        "<nav>Menu</nav><p>One<script>var a = '<p>x</p>'</script> two<style>p{}</style></p><iframe>i</iframe>"
        "<!-- <p>hidden</p> --><svg><text>s</text></svg><noscript>n</noscript><!-- wp:paragraph --><p>three</p>"
    )
    assert [text for _, text in passages(html)] == ["One two", "three"]


def test_quotation_elements_get_their_marks() -> None:
    assert passages("<p>She said <q>never</q>.</p>") == [("paragraph", "She said “never”.")]


@pytest.mark.parametrize("html", HOSTILE)
def test_C7_nothing_hostile_survives(html: str) -> None:
    for found in read_html(html, BASE).passages:
        assert "<" not in SAFE_TAG.sub("", found.html)
        assert words(found.html) == found.text


@given(st.text(alphabet="<>/ab p=\"'&;#x0\u0301é\n!-", max_size=120))
@settings(max_examples=300, deadline=None)
def test_html_reads_exactly_as_text_and_is_made_of_safe_tags_alone(html: str) -> None:
    for found in read_html(f"<p>{html}</p><a href='{html}'>x</a>", BASE).passages:
        assert words(found.html) == found.text
        assert "<" not in SAFE_TAG.sub("", found.html)
        assert found.text == unicodedata.normalize("NFC", found.text).strip()
        assert "  " not in found.text


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words += data.split()


@given(
    st.recursive(
        st.text(alphabet="abc ", max_size=8),
        lambda inner: st.builds(
            lambda tag, parts: f"<{tag}>{' '.join(parts)}</{tag}>",
            st.sampled_from(["p", "div", "ul", "li", "blockquote", "em", "section", "td", "custom-tag"]),
            st.lists(inner, max_size=4),
        ),
        max_leaves=20,
    )
)
@settings(deadline=None)
def test_no_word_of_the_article_is_lost(html: str) -> None:
    reader = _Words()
    reader.feed(html)
    assert " ".join(text for _, text in passages(html)).split() == reader.words


@pytest.mark.parametrize(
    "unit",
    ["<div>", "<ul><li>", "<blockquote><p>", "<b><p>", "<table><td></div><div>", "<svg>", "<a href=x>", "<b <", "<!-"],
)
def test_S7_hostile_nesting_stays_shallow(unit: str) -> None:
    simplified = simplify(unit * 2_000 + "end")
    waiting, deepest = [(LexborHTMLParser(simplified).root, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in node.iter()] if node is not None else []
    assert deepest <= 6 * MAX_DEPTH


def test_S7_a_tag_with_a_hundred_thousand_attributes_has_none_left() -> None:
    assert simplify("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x</p>") == "<p>x</p>"
