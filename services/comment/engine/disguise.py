"""Seeing through disguise: letters of other scripts, digits for letters, invisible characters between them."""

from __future__ import annotations

import unicodedata

_CYRILLIC = {
    "а": "a", "в": "b", "е": "e", "һ": "h", "і": "i", "ј": "j", "к": "k", "м": "m", "н": "h", "о": "o", "р": "p",
    "ѕ": "s", "с": "c", "т": "t", "у": "y", "х": "x", "ԁ": "d", "ԛ": "q", "ԝ": "w",
}  # fmt: skip
_GREEK = {"α": "a", "ε": "e", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "χ": "x"}
_LOOK_ALIKES = _CYRILLIC | _GREEK
_DIGITS = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t"}
_SIGNS = {"@": "a", "$": "s", "!": "i"}
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


def plain_letters(text: str) -> tuple[str, list[int]]:
    """`text` in plain lower-case letters, and for each of its characters the offset it came from.

    Compatibility forms are folded, accents dropped, look-alikes and digits read as the letters they stand for, invisible
    characters left out. A digit counts as a letter beside one, a sign only before one.
    """
    out: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        if character in _INVISIBLE:
            continue
        after = text[at + 1 : at + 2].isalpha()
        shown = _SIGNS.get(character, character) if after else character
        if after or text[max(0, at - 1) : at].isalpha():
            shown = _DIGITS.get(shown, shown)
        for letter in unicodedata.normalize("NFKD", shown).casefold():
            if not unicodedata.combining(letter):
                out.append(_LOOK_ALIKES.get(letter, letter))
                places.append(at)
    return "".join(out), places
