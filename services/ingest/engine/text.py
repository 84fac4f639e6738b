"""Text as the platform keeps it: NFC, whitespace folded, nothing invisible that could hide or split a word."""

from __future__ import annotations

import re
import unicodedata

# Soft hyphens and zero-width spaces split words without showing; bidi embeddings and isolates reorder what is shown.
# Joiners (U+200C, U+200D) stay: Persian, Indic scripts and emoji need them.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_SPACES = re.compile(r"\s+")


def visible(text: str) -> str:
    """NFC text without control and invisible characters; whitespace is left as it is."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def folded(text: str) -> str:
    """`visible` text with every run of whitespace as one space and none at either end."""
    return _SPACES.sub(" ", visible(text)).strip()


def count_words(text: str) -> int:
    """Words as runs between spaces."""
    return len(text.split())
