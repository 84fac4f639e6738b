"""Word lists as people write them."""

from __future__ import annotations


def spaced(words: str) -> list[str]:
    """The entries of a list written with blanks and line breaks between them."""
    return words.split()
