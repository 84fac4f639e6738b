"""Words of a text: tokens with their places, base forms, and which of them carry meaning."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tantivy

from services.verification.engine.vocabulary import entries

TOKEN = re.compile(
    r"(?:[A-Za-z]\.){2,}"  # U.S., E.U.
    r"|\d[\d.,]*\d(?:st|nd|rd|th)?|\d(?:st|nd|rd|th)?"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*",
)
FUNCTION_WORDS = frozenset(entries("function"))
IRREGULAR = dict(line.split() for line in entries("irregular"))


@dataclass(frozen=True)
class Token:
    """A word or number as written, and where it stands (code points)."""

    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()


def tokens(text: str) -> list[Token]:
    """Words and numbers in order; punctuation is left out."""
    return [Token(found[0], found.start(), found.end()) for found in TOKEN.finditer(text)]


@lru_cache(maxsize=50_000)
def base(word: str) -> str:
    """One form for the forms of a word: irregular verbs and plurals by list, the rest by the Snowball stemmer."""
    plain = unicodedata.normalize("NFKD", word.lower().replace("’", "'"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"'s?$", "", plain)
    plain = plain.replace(".", "") if re.fullmatch(r"(?:[a-z]\.)+", plain) else plain
    stems = _stemmer().analyze(IRREGULAR.get(plain, plain))
    return str(stems[0]) if stems else plain


def content(text: str) -> list[str]:
    """Base forms of the words that carry meaning, in order, without numbers."""
    return [
        base(token.text)
        for token in tokens(text)
        if token.lower not in FUNCTION_WORDS and not token.text[0].isdigit() and len(token.text) > 1
    ]


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return builder.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("english")).build()
