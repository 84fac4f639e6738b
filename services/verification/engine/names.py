"""The proper names of a sentence, and whether a name of one sentence has its counterpart in another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.verification.engine.dates import DAYS, MONTHS
from services.verification.engine.places import groups_of, stand_for_one
from services.verification.engine.words import FUNCTION_WORDS, Token, base, tokens

TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "professor",
        "sir",
        "dame",
        "lord",
        "lady",
        "president",
        "prime",
        "minister",
        "chancellor",
        "senator",
        "sen",
        "rep",
        "representative",
        "governor",
        "gov",
        "mayor",
        "king",
        "queen",
        "prince",
        "princess",
        "pope",
        "judge",
        "justice",
        "general",
        "gen",
        "colonel",
        "captain",
        "secretary",
        "chairman",
        "chairwoman",
        "ceo",
        "reverend",
        "rev",
        "congressman",
        "congresswoman",
        "mp",
        "premier",
        "former",
        "vice",
        "deputy",
        "chief",
        "director",
        "sheriff",
        "first",
    ]
)
LINKS = frozenset(
    ["of", "the", "and", "de", "la", "le", "du", "von", "van", "der", "den", "bin", "al", "el", "for", "&", "y"]
)
NOT_NAMES = frozenset([*MONTHS, *DAYS, "i", "earth's"])
SENTENCE_END = re.compile(r"[.!?:]['\")\]”’]*\s+$|^\W*$|[“\"]\s*$|\n\s*$")


@dataclass(frozen=True)
class Name:
    """A proper name as written. `sure` is False for a single capital word at the start of a sentence."""

    text: str
    start: int
    end: int
    sure: bool = True

    @property
    def words(self) -> tuple[str, ...]:
        kept = [t.lower.removesuffix("'s").rstrip("'") for t in tokens(self.text) if t.lower not in LINKS]
        return tuple(word for word in kept if word and word not in TITLES) or tuple(kept) or (self.text.lower(),)


def names(text: str, taken: Sequence[tuple[int, int]] = ()) -> list[Name]:
    """Proper names in order, by capital letters, outside the stretches already `taken` by numbers and dates.

    A text in capitals or title case throughout yields none.
    """
    words = [t for t in tokens(text) if not any(start <= t.start < end for start, end in taken)]
    if title_case(words):
        return []
    found: list[Name] = []
    at = 0
    while at < len(words):
        run = _run(text, words, at)
        if run:
            name = _named(text, run)
            if name is not None:
                found.append(name)
        at += max(1, len(run))
    return found


def title_case(words: Sequence[Token]) -> bool:
    """True for a headline that capitalises every word of meaning: capitals then tell nothing."""
    meaning = [t for t in words if t.text[0].isalpha() and len(t.text) > 2 and t.lower not in FUNCTION_WORDS]
    return len(meaning) >= 4 and all(t.capital for t in meaning)


def _run(text: str, words: Sequence[Token], at: int) -> list[Token]:
    """Capital words in a row, with 'of the' and the like allowed between two of them."""
    run: list[Token] = []
    for token in words[at:]:
        gap = text[run[-1].end : token.start] if run else ""
        if run and not re.fullmatch(r"[\s&-]*" if len(run[-1].text) > 2 else r"[\s.&-]*", gap):
            break
        if run and re.search(r"['’]s?$", run[-1].text):
            break
        if (token.capital and token.lower not in NOT_NAMES) or (run and token.lower in LINKS and token.lower != "and"):
            run.append(token)
        else:
            break
    while run and run[-1].lower in LINKS and not run[-1].capital:
        run.pop()
    return run


def _named(text: str, run: list[Token]) -> Name | None:
    opening = bool(SENTENCE_END.search(text[: run[0].start]))
    while run and opening and run[0].lower in FUNCTION_WORDS and not _abbreviation(run[0]):
        run, opening = run[1:], False
        if run and not run[0].capital:
            run = run[1:]
    lone = run[0].lower if len(run) == 1 and not _abbreviation(run[0]) else ""
    if not run or lone in FUNCTION_WORDS or lone in TITLES:
        return None
    start, end = run[0].start, run[-1].end
    written = text[start:end]
    sure = not opening or len(run) > 1 or bool(groups_of(written)) or (written.isupper() and len(written) > 1)
    return Name(written, start, end, sure)


def _abbreviation(token: Token) -> bool:
    return len(token.text) > 1 and token.text.isupper()


def same_name(a: Name, b: Name) -> bool:
    """True when two names can mean one thing: a shared surname or core word, an alias, or an abbreviation."""
    if stand_for_one(a.text, b.text):
        return True
    mine, other = a.words, b.words
    if not mine or not other:
        return False
    if _initials(mine, b.text) or _initials(other, a.text):
        return True
    shared = {base(w) for w in mine} & {base(w) for w in other}
    if not shared:
        return any(_adjective(x, y) for x in mine for y in other)
    if len(mine) == 1 or len(other) == 1:
        return True
    if base(mine[-1]) == base(other[-1]) and _given_fits(mine[0], other[0]):
        return True
    return len(shared) / min(len(mine), len(other)) > 0.5


def _given_fits(a: str, b: str) -> bool:
    """First names fit when equal, when one is the initial of the other, or one begins the other (Joe, Joseph)."""
    return a == b or (a[0] == b[0] and (len(a) == 1 or len(b) == 1 or a[:2] == b[:2]))


def _initials(words: tuple[str, ...], written: str) -> bool:
    letters = re.sub(r"[^A-Za-z]", "", written)
    return len(words) > 1 and letters.isupper() and len(letters) > 1 and "".join(w[0] for w in words).upper() == letters


def _adjective(a: str, b: str) -> bool:
    if groups_of(a) & groups_of(b):
        return True
    short, long = sorted((a, b), key=len)
    return len(short) >= 5 and long.startswith(short[:-1]) and len(long) - len(short) <= 4
