"""What is read and what is refused: prose has bounds, and past them every reader would only cost time."""

from __future__ import annotations

import re

MAX_BLOCK = 100_000  # characters: no paragraph of prose is longer
MAX_TEXT = 300_000  # about 50,000 words: beyond it no answer comes in time for anybody
MAX_SENTENCES = 12_000  # prose of MAX_TEXT has about 3,000: what has more is a list of something
MAX_SENTENCE = 2_000  # a longer one stays part of the text but is not read for claims
MAX_NUMBERS = 60  # a sentence with more is a table


class TextTooLong(ValueError):
    """The text is refused before any work is done; the message says which bound it broke."""


def check_sentence(text: str) -> None:
    """Raises TextTooLong for what is no sentence."""
    if len(text) > MAX_SENTENCE:
        raise TextTooLong(f"a sentence of {len(text)} characters; at most {MAX_SENTENCE} are read")


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def encodable(text: str) -> str:
    """The text with a replacement character for each lone surrogate, so that native readers take it; places stay."""
    return _LONE_SURROGATE.sub("\ufffd", text)
