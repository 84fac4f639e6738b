"""A reader's words: kept as written, safe to show."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comment.engine.words import fingerprint, read_cms, read_plain
from tests.builders.markup import HOSTILE

SAFE = re.compile(
    r"</?(?:p|em|strong|ul|ol|li|blockquote|code|pre|del)>|<br>|</a>"
    r'|<a(?: href="(?:https?|mailto):[^"<>]*")? rel="nofollow ugc noopener">'
)


def shown(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br>|</p><p>", "\n", html)))


def test_what_is_typed_is_shown_letter_for_letter() -> None:
    typed = "I <3 this & if x<y then\nwhat?\r\n\r\nSecond paragraph."
    words = read_plain(typed)
    assert words.html == "<p>I &lt;3 this &amp; if x&lt;y then<br>what?</p><p>Second paragraph.</p>"
    assert words.raw == typed.replace("\r\n", "\n")


def test_addresses_become_links_that_lend_no_weight() -> None:
    words = read_plain("See https://a.example/x?a=1&b=2, (http://b.example).")
    assert words.html == (
        '<p>See <a href="https://a.example/x?a=1&amp;b=2" rel="nofollow ugc noopener">https://a.example/x?a=1&amp;b=2</a>,'
        ' (<a href="http://b.example" rel="nofollow ugc noopener">http://b.example</a>).</p>'
    )
    assert words.links == 2


def test_the_cmss_html_keeps_what_people_write_with() -> None:
    words = read_cms(
        '<p>So <em>true</em>. <a href="https://a.example/" onclick="x">Look</a></p><div>And https://b.example</div>'
    )
    assert words.html == (
        '<p>So <em>true</em>. <a href="https://a.example/" rel="nofollow ugc noopener">Look</a></p>And https://b.example'
    )
    assert words.text == "So true. Look\nAnd https://b.example"
    assert words.links == 2


def test_the_cmss_plain_text_is_not_taken_for_html() -> None:
    assert read_cms("a < b and b > c").html == "<p>a &lt; b and b &gt; c</p>"
    assert read_cms("no <blink>tags</blink> we know").text == "no <blink>tags</blink> we know"


@pytest.mark.parametrize("payload", HOSTILE)
def test_C7_only_safe_tags_leave_either_way(payload: str) -> None:
    for words in (
        read_plain(payload),
        read_cms(payload),
        read_cms(f"<p>x</p>{payload}"),
        read_cms(f"<p {payload}>x</p>"),
    ):
        assert "<" not in SAFE.sub("", words.html), words.html


@given(st.text(max_size=200))
def test_C8_no_typed_letter_is_lost(typed: str) -> None:
    plain = typed.replace("\x00", "")
    assert re.sub(r"\s+", "", shown(read_plain(plain).html)) == re.sub(r"\s+", "", plain)


@given(st.text(alphabet="<>/abp=\"'&; x\n", max_size=150))
def test_C7_nothing_unsafe_whatever_is_written(raw: str) -> None:
    for words in (read_plain(raw), read_cms(raw), read_cms("<p>" + raw)):
        assert "<" not in SAFE.sub("", words.html), words.html


def test_copies_have_one_fingerprint() -> None:
    assert fingerprint("Sign  the PETITION now!!") == fingerprint("sign the petition, now") != fingerprint("sign it")
    assert fingerprint("!!! ...") == b""
