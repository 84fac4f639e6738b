"""A reader's words: kept as written, cleaned once for showing, and as plain text for the rules. Never edited."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from html import escape, unescape

import nh3

CLEANER_VERSION = 1
"""Stored with the cleaned HTML, so that words can be cleaned again when the rules of cleaning change."""

_TAGS = frozenset({"a", "p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "code", "pre", "del"})
_LINK_REL = "nofollow ugc noopener"
_LOOKS_LIKE_HTML = re.compile(
    r"</?(?:a|p|br|em|strong|b|i|ul|ol|li|blockquote|code|pre|del|div|span)\b[^<>]*>", re.IGNORECASE
)
_ADDRESS = re.compile(r"""https?://[^\s<>"'\x00-\x20]+""", re.IGNORECASE)
_TRAILING = ".,;:!?)]}…’”'\""
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"<br>|</(?:p|li|blockquote|pre|ul|ol)>")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Words:
    """`raw` as written, `html` safe to show, `text` the plain words the rules look at and their spans count in."""

    raw: str
    html: str
    text: str
    links: int

    @property
    def digest(self) -> bytes:
        """The same for texts that differ in case, spacing and punctuation only; empty for a text without words."""
        return fingerprint(self.text)


def read_plain(raw: str) -> Words:
    """Words typed into a form: nothing in them is markup, so `<` is shown as it was typed."""
    raw = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
    paragraphs = ["<p>" + _linked(one).replace("\n", "<br>") + "</p>" for one in _BLANK_LINES.split(raw) if one]
    return Words(raw, _clean("".join(paragraphs)), raw, len(_ADDRESS.findall(raw)))


def read_cms(raw: str) -> Words:
    """Words as a CMS hands them over: HTML when they hold tags people write with, else plain."""
    if not _LOOKS_LIKE_HTML.search(raw):
        return read_plain(raw)
    html = _clean(raw)
    text = unescape(_TAG.sub("", _BLOCK_END.sub("\n", html))).strip()
    loose = len(_ADDRESS.findall(_TAG.sub(" ", re.sub(r"<a\b[^>]*>.*?</a>", " ", html, flags=re.DOTALL))))
    return Words(raw, html, text, html.count("<a ") + loose)


def fingerprint(text: str) -> bytes:
    """16 bytes that two copies of a text share, whatever their case, spacing, punctuation and compatibility forms."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    letters = _SPACES.sub(" ", "".join(c if c.isalnum() else " " for c in plain)).strip()
    return hashlib.sha256(letters.encode()).digest()[:16] if letters else b""


def _linked(text: str) -> str:
    """Escaped text with its web addresses as links."""
    parts, at = [], 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(_TRAILING)
        parts.append(escape(text[at : found.start()], quote=False))
        parts.append(f'<a href="{escape(address)}">{escape(address, quote=False)}</a>')
        at = found.start() + len(address)
    parts.append(escape(text[at:], quote=False))
    return "".join(parts)


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={"a": {"href"}, "*": set()},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel=_LINK_REL,
    )
