"""Moderation by rule. Every rule looks at every comment; whatever speaks is kept, with what it saw.

A rule never removes anything: what speaks holds the comment for a person. Spans are offsets into the plain text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from services.comment.engine.disguise import plain_letters

RULES_VERSION = "rules-1"
MOST_SPOTS = 5
DEFAULT_WORDS = (
    "buy followers",
    "casino bonus",
    "cheap viagra",
    "click here",
    "crypto giveaway",
    "double your bitcoin",
    "earn money from home",
    "free gift card",
    "guaranteed profit",
    "hot singles",
    "loan approved",
    "payday loan",
    "whatsapp me",
)
"""Phrases of advertisers. A newsroom adds its own; insults are for its own list, not for ours."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a rule speaks. Defaults suit a newsroom of middle size; each site has its own."""

    links: int = 3
    repeated: int = 1
    copies: int = 3
    recent: int = 5
    shouting: float = 0.7
    length: int = 5_000
    suspect_words: tuple[str, ...] = DEFAULT_WORDS
    banned_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What is known of the author and of the text when a comment comes in; all of it earlier comments.

    `repeated`: the same words by the same author; `copies`: the same words under this article by anybody; `recent`:
    this author's comments in the ten minutes before.
    """

    repeated: int = 0
    copies: int = 0
    recent: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that spoke: where, how much it saw, and from how much on it speaks."""

    rule: str
    start: int
    end: int
    score: float
    threshold: float
    version: str = RULES_VERSION


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged."""

    text: str
    raw: str
    name: str
    links: int
    history: History = field(default_factory=History)
    limits: Limits = field(default_factory=Limits)


def judge(case: Case) -> tuple[Reason, ...]:
    """Every reason to hold the comment, of each rule the first few spots; empty when there is none.

    Time is linear in the text.
    """
    found: dict[str, list[Reason]] = {}
    for rule in RULES:
        for reason in rule(case):
            spots = found.setdefault(reason.rule, [])
            spots.append(reason)
            if len(spots) >= MOST_SPOTS:
                break
    return tuple(reason for spots in found.values() for reason in spots)


_ADDRESS = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_PHONE = re.compile(r"(?<![\w.,-])\+?\(?\d[\d ()/.-]{7,22}\d(?![\w,-])")
_GROUPED = re.compile(r"\d{1,3}(?:[ .]\d{3})+|\d+(?:[-./]\d+){2}(?: \d.*)?|\d{4}\s?-\s?\d{4}")
_TRICKS = re.compile(
    r"<\s*/?\s*(?:script|iframe|object|embed|svg|style|form|meta|link|base)\b|javascript\s*:|\bon[a-z]{3,20}\s*=|&#x?0*\d{2,}",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
_STACKED = re.compile("[\u0300-\u036f]{4,}")
_WORD = re.compile(r"[^\W\d_]+")


def _links(case: Case) -> Iterator[Reason]:
    if case.links >= case.limits.links:
        spans = [found.span() for found in _ADDRESS.finditer(case.text)] or [(0, len(case.text))]
        yield Reason("links", spans[0][0], spans[-1][1], case.links, case.limits.links)


def _repetition(case: Case) -> Iterator[Reason]:
    whole = (0, len(case.text))
    if case.history.repeated >= case.limits.repeated:
        yield Reason("repeated", *whole, case.history.repeated, case.limits.repeated)
    if case.history.copies >= case.limits.copies:
        yield Reason("copied", *whole, case.history.copies, case.limits.copies)
    if case.history.recent >= case.limits.recent:
        yield Reason("flooding", *whole, case.history.recent, case.limits.recent)


def _shouting(case: Case) -> Iterator[Reason]:
    cased = [c for c in _ADDRESS.sub(" ", case.text) if c.isupper() or c.islower()]
    if len(cased) >= 20:
        share = sum(c.isupper() for c in cased) / len(cased)
        if share >= case.limits.shouting:
            yield Reason("shouting", 0, len(case.text), round(share, 3), case.limits.shouting)


def _words(case: Case) -> Iterator[Reason]:
    lists = (("banned_word", case.limits.banned_words), ("suspect_word", case.limits.suspect_words))
    for where, text in (("", case.text), ("name_", case.name)):
        folded, places = plain_letters(text)
        for rule, phrases in lists:
            for start, end in _phrases(folded, phrases):
                yield Reason(where + rule, places[start], places[end - 1] + 1, 1.0, 1.0)


def _phrases(folded: str, phrases: Sequence[str]) -> Iterator[tuple[int, int]]:
    wanted = sorted({known for phrase in phrases if (known := plain_letters(phrase)[0].strip())})
    if not wanted:
        return
    pattern = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in wanted)
    for found in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", folded):
        yield found.span()


def _personal(case: Case) -> Iterator[Reason]:
    for found in _EMAIL.finditer(case.text):
        yield Reason("email", *found.span(), 1.0, 1.0)
    for found in _PHONE.finditer(case.text):
        digits = sum(c.isdigit() for c in found[0])
        if 9 <= digits <= 15 and not _GROUPED.fullmatch(found[0].strip()):
            yield Reason("phone", *found.span(), 1.0, 1.0)


def _tricks(case: Case) -> Iterator[Reason]:
    if found := _TRICKS.search(case.raw):
        at = case.text.find(found[0])
        yield Reason("markup", max(at, 0), at + len(found[0]) if at >= 0 else len(case.text), 1.0, 1.0)
    for pattern, rule in ((_INVISIBLE, "invisible"), (_STACKED, "stacked_marks")):
        spots = [found.span() for found in pattern.finditer(case.text)]
        if spots:
            yield Reason(rule, spots[0][0], spots[-1][1], len(spots), 1.0)


def _disguised(case: Case) -> Iterator[Reason]:
    """Words that mix Latin letters with look-alikes of another script."""
    for found in _WORD.finditer(case.text):
        if not found[0].isascii() and len({_script(c) for c in found[0]} & {"LATIN", "CYRILLIC", "GREEK"}) > 1:
            yield Reason("mixed_script", *found.span(), 1.0, 1.0)


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _length(case: Case) -> Iterator[Reason]:
    if len(case.text) > case.limits.length:
        yield Reason("too_long", case.limits.length, len(case.text), len(case.text), case.limits.length)


def _name(case: Case) -> Iterator[Reason]:
    if _ADDRESS.search(case.name) or _EMAIL.search(case.name) or _INVISIBLE.search(case.name):
        yield Reason("name", 0, len(case.name), 1.0, 1.0)


RULES: tuple[Callable[[Case], Iterator[Reason]], ...] = (
    _links,
    _repetition,
    _shouting,
    _words,
    _personal,
    _tricks,
    _disguised,
    _length,
    _name,
)
