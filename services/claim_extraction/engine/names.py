"""Who a source is: the full name behind "Smith", "Mr Smith" or "she", and which kind of source it is."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from services.claim_extraction.engine.lexicon import DOCUMENTS, GROUPS, PEOPLE, PRONOUNS, TITLES, UNNAMED, words_of
from services.claim_extraction.engine.reports import Place, Report
from services.claim_extraction.model import Block, SourceKind

_NAME_PART = r"(?:[^\W\d_a-z][\w’'-]*\.?)"
_FULL_NAME = re.compile(rf"(?:{_NAME_PART}\s+){{1,4}}(?:(?:de|von|van|der|bin|al|la|du|di)\s+){{0,2}}{_NAME_PART}")
_WORD = re.compile(r"[\w’'-]+")
_HIDDEN = re.compile(
    r"condition of anonymity|spoke anonymously|not (?:be|being) (?:named|identified)|declined to be (?:named|identified)|"
    r"not authori[sz]ed to (?:speak|comment|discuss)|familiar with the (?:matter|situation|discussions?|investigation|plans?)",
    re.I,
)
_SPOKESPERSON = re.compile(r"\bspokes(?:man|woman|person|people)\b", re.I)
_NOT_NAMES = words_of("the a an in on at but and for this that these those his her its their he she they it we i after")


@dataclass(frozen=True, slots=True)
class Speaker:
    """The name for readers and the kind of source."""

    name: str
    kind: SourceKind


class Names:
    """Full names of a text by surname, with the places where they stand."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._by_last: dict[str, list[tuple[int, int, str]]] = {}
        for index, block in enumerate(blocks):
            for match in _FULL_NAME.finditer(block.text):
                words = _without_titles(match.group().split())
                if len(words) >= 2:
                    self._by_last.setdefault(_bare(words[-1]), []).append((index, match.start(), " ".join(words)))

    def full(self, surname: str, at: Place) -> str:
        """The full name that surname stood for last before `at`, else the first one after; the surname if none."""
        known = self._by_last.get(_bare(surname), [])
        if not known:
            return surname
        before = bisect_left(known, (at.block, at.start, ""))
        return known[before - 1][2] if before else known[0][2]


def speakers_of(reports: Sequence[Report], blocks: Sequence[Block]) -> list[Speaker]:
    """One speaker per report, in order; a pronoun takes the last speaker it can stand for."""
    names = Names(blocks)
    found: list[Speaker] = []
    for report in reports:
        found.append(_speaker(report, blocks, names, found))
    return found


def _speaker(report: Report, blocks: Sequence[Block], names: Names, before: Sequence[Speaker]) -> Speaker:
    if report.source is None:
        return before[-1] if before else Speaker("", SourceKind.ANONYMOUS)
    words = report.source.words(blocks)
    lowered = words.casefold()
    if lowered in PRONOUNS:
        return _behind_pronoun(lowered, before)
    block = blocks[report.source.block].text
    around = block[max(0, report.source.start - 150) : report.source.end + 200]
    head = re.split(r",\s|\s\(", words, maxsplit=1)[0]
    kind = _kind(head, words, around)
    if kind is SourceKind.NAMED:
        return Speaker(_name(head, report.source, names), kind)
    return Speaker(head, kind)


def _behind_pronoun(pronoun: str, before: Sequence[Speaker]) -> Speaker:
    wanted = {
        "he": (SourceKind.NAMED, SourceKind.ANONYMOUS),
        "she": (SourceKind.NAMED, SourceKind.ANONYMOUS),
        "who": (SourceKind.NAMED,),
        "they": (SourceKind.GROUP, SourceKind.ANONYMOUS, SourceKind.NAMED),
        "it": (SourceKind.DOCUMENT, SourceKind.GROUP, SourceKind.NAMED),
    }.get(pronoun, ())
    for kind in (wanted,) if wanted else ():
        for speaker in reversed(before):
            if speaker.kind in kind and speaker.name:
                return speaker
    return Speaker("", SourceKind.AUTHOR if pronoun in ("i", "we") else SourceKind.ANONYMOUS)


def _kind(head: str, words: str, around: str) -> SourceKind:
    lowered = [_bare(word) for word in _WORD.findall(head)]
    core = _head_noun(head)
    named = _has_name(head)
    if core in DOCUMENTS:
        return SourceKind.DOCUMENT
    if _SPOKESPERSON.search(head) and not named:
        return SourceKind.ANONYMOUS
    if not named and (_HIDDEN.search(words) or _HIDDEN.search(around)):
        return SourceKind.ANONYMOUS
    if core in UNNAMED and (
        not named or lowered[0] in ("a", "an", "one", "two", "some", "several", "unnamed", "senior")
    ):
        return SourceKind.ANONYMOUS
    if core in GROUPS or lowered[0] in ("many", "some", "others", "most", "both"):
        return SourceKind.GROUP
    if named:
        return SourceKind.NAMED
    return SourceKind.ANONYMOUS if core in PEOPLE else SourceKind.GROUP


def _head_noun(phrase: str) -> str:
    """The noun before the first preposition: "a report" of "a report by the UN"."""
    front = re.split(r"\s(?:of|by|from|for|in|at|on|with|close|familiar|who|that|to)\s", phrase, maxsplit=1)[0]
    words = _WORD.findall(front)
    return _bare(words[-1]) if words else ""


def _has_name(phrase: str) -> bool:
    words = phrase.split()
    if words and words[0].casefold() in _NOT_NAMES:
        words = words[1:]
    return any(word[0].isupper() for word in words if word)


def _name(head: str, at: Place, names: Names) -> str:
    """The part of the phrase that is a name; a lone surname becomes the full name the text gives."""
    words = head.split()
    last = max(at for at, word in enumerate(words) if word[:1].isupper())
    first = last
    while first > 0 and (
        words[first - 1][:1].isupper()
        or words[first - 1] in ("de", "von", "van", "der", "bin", "al", "of", "the", "for", "and")
    ):
        first -= 1
    while first < last and not words[first][:1].isupper():
        first += 1
    if words[first].casefold() == "the":
        first = min(first + 1, last)
    core = _without_titles(words[first : last + 1])
    return names.full(core[0].removesuffix("'s").removesuffix("’s"), at) if len(core) == 1 else " ".join(core)


def _without_titles(words: Sequence[str]) -> list[str]:
    out = list(words)
    while len(out) > 1 and _bare(out[0]) in TITLES | _NOT_NAMES:
        out.pop(0)
    return out


def _bare(word: str) -> str:
    return word.casefold().strip(".,’'").removesuffix("'s").removesuffix("’s")
