"""A post from a social network as text to search with: what is link, tag and signature, and what was said."""

from __future__ import annotations

import re

LINK = re.compile(r"(?:https?://|www\.|pic\.twitter\.com/|t\.co/)\S+")
TAG = re.compile(r"[#@](\w+)")
SIGNATURE = re.compile(r"\s+[—–-]+\s+[^—]{1,60}?\(@\w+\).{0,30}$")
WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")


def for_words(text: str) -> str:
    """The text for a search by words: no links, tags split into their words, the signature kept (it names people)."""
    return " ".join(TAG.sub(lambda found: WORD_START.sub(" ", found[1]), LINK.sub(" ", text)).split())


def for_meaning(text: str) -> str:
    """The text for a search by meaning: the signature taken off too. Never empty unless the text is."""
    bare = SIGNATURE.sub(" ", LINK.sub(" ", text))
    return for_words(bare) or for_words(text) or text.strip()
