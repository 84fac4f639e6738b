"""Who a source is: the full name behind "Smith", "the minister" or "she", and which kind of source it is."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.claim_extraction.engine.given_names import pronoun_of
from services.claim_extraction.engine.lexicon import (
    DOCUMENTS,
    GROUPS,
    INSTITUTIONS,
    PEOPLE,
    PRONOUNS,
    TITLES,
    UNNAMED,
    words_of,
)
from services.claim_extraction.engine.reports import Place, Report
from services.claim_extraction.model import Block, SourceKind

_PART = r"(?:(?:[A-Z]|Mrs?|Ms|Dr|Sen|Rep|Gov|Gen|Prof|St|Del|Rev|Lt|Sgt|Col)\.|[^\W\d_a-z][\w’'-]*)"
_CALLED = re.compile(r",\s(?P<role>[a-z][^,.;:\"“”]{2,70})")
_FULL_NAME = re.compile(rf"(?:{_PART}\s+){{1,4}}(?:(?:de|von|van|der|bin|al|la|du|di)\s+){{0,2}}{_PART}")
_APPOSED = re.compile(rf",\s(?P<name>{_PART}(?:\s{_PART}){{1,3}})")
_OPENS = re.compile(rf"(?:^|[.!?…][\"”’]*\s+)(?P<name>{_PART}(?:\s{_PART}){{0,3}})(?!['’]s)\b(?=,?\s[a-z])")
_WORD = re.compile(r"[\w’'-]+")
_HIDDEN = re.compile(
    r"condition of anonymity|spoke anonymously|not (?:be|being) (?:named|identified)|declined to be (?:named|identified)|"
    r"not authori[sz]ed to (?:speak|comment|discuss)|familiar with the (?:matter|situation|discussions?|investigation|plans?)",
    re.I,
)
_SPOKEN_FOR = re.compile(r"\bspokes(?:man|woman|person|people)\b", re.I)
_COUNTED = re.compile(
    r"(?:(?:only|just|about|around|nearly|almost|roughly|some|another|over|more than|fewer than|less than|at least|up to)\s)*"
    r"(?:\d[\d.,]*(?:\s?%|\s(?:percent|per cent|million|thousand|in|out of|of)\b)|\w+[-\s](?:percent|per cent|thirds|quarters|fifths)\b|"
    r"(?:a\s)?(?:majority|third|quarter|half|plurality)\b|most\s\w+|(?:one|two|three|four|five|six|seven|eight|nine)\s(?:in|out of|of)\s)",
    re.I,
)
_CUT = re.compile(r",\s|\s\(|\s(?:who|whose|which|that)(?:\s|$)")
_BEFORE_PREPOSITION = re.compile(r"\s(?:of|by|from|for|in|at|on|with|close|familiar|to|inside|within|near)\s")
_NOT_NAMES = words_of(
    """the a an in on at but and for this that these those his her its their he she they it we i after when while if as since because
    although though even yet still so then now last next some many most all both another what why how where who there here not no
    yes with from by to of under over before during about like only also however meanwhile once until according"""
)
_LEADING_TO = words_of("in on at from to by with for of under over before after during until like near")
_INDEFINITE = words_of(
    "a an one two three four five some several many most few another other others unnamed both any no"
)
_PARTICLES = ("de", "von", "van", "der", "bin", "al", "la", "du", "di")
_JOINS = words_of("de von van der bin al of the for and a")
_ABBREVIATED = {
    "sen": "senator",
    "gov": "governor",
    "rep": "representative",
    "gen": "general",
    "prof": "professor",
    "dr": "doctor",
}
_WOMEN, _MEN = (
    words_of("mrs ms miss lady dame spokeswoman chairwoman congresswoman"),
    words_of("mr sir lord spokesman chairman congressman"),
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """The name for readers and the kind of source; `roles` are the words the text called the source by."""

    name: str
    kind: SourceKind
    roles: frozenset[str] = field(default=frozenset())


class Names:
    """Full names of a text by surname and by what their bearers are called, with the places where they stand."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._by_last: dict[str, list[tuple[int, int, str]]] = {}
        self._by_role: dict[str, list[tuple[int, int, str]]] = {}
        self._people: list[tuple[int, int, str]] = []
        for index, block in enumerate(blocks):
            for match in _FULL_NAME.finditer(block.text):
                self._learn(index, block.text, match)

    def _learn(self, index: int, text: str, match: re.Match[str]) -> None:
        written = match.group().split()
        words = _without_titles(written)
        if len(words) < 2:
            return
        mention = (index, match.start(), _plain(" ".join(words)))
        self._by_last.setdefault(bare(words[-1]), []).append(mention)
        if {bare(word) for word in words} & INSTITUTIONS:
            return
        self._people.append(mention)
        called = _CALLED.match(text, match.end())
        around = [
            *written,
            *text[max(0, match.start() - 40) : match.start()].split()[-2:],
            *(called["role"].split() if called else []),
        ]
        for role in roles_in(around):
            self._by_role.setdefault(role, []).append(mention)

    def with_role(self, role: str, at: Place) -> str:
        """Who was last called that before `at`; empty when nobody was."""
        known = self._by_role.get(role, [])
        before = bisect_left(known, (at.block, at.start, ""))
        return known[before - 1][2] if before else ""

    def full(self, surname: str, at: Place) -> str:
        """The full name that surname stood for last before `at`, else the first one after; the surname if none."""
        known = self._by_last.get(bare(surname), [])
        if not known:
            return surname
        before = bisect_left(known, (at.block, at.start, ""))
        return known[before - 1][2] if before else known[0][2]

    def knows(self, surname: str) -> bool:
        """Whether the text gives a full name for it."""
        return bare(surname) in self._by_last

    def opening_person(self, text: str, at: Place, pronoun: str, after: int) -> str:
        """Who the nearest sentence before `at` in its paragraph opens with, if the pronoun fits; from `after` on only."""
        opened = [match for match in _OPENS.finditer(text, 0, at.start) if match.start("name") >= after]
        for match in reversed(opened):
            written = match["name"].split()
            titled = bare("".join(text[: match.start()].split()[-1:])) in TITLES  # "the voice of Mr. Lund's client"
            if titled or written[-1].endswith(("'s", "’s")):
                continue
            words = _without_titles(written)
            if not words or bare(written[0]) in _LEADING_TO | (_WOMEN if pronoun == "he" else _MEN):
                continue
            name = self.full(_plain(words[-1]), at)
            known = self.knows(words[-1]) or len(words) < len(written)
            if known and pronoun_of(name) in (pronoun, "") and not {bare(word) for word in name.split()} & INSTITUTIONS:
                return name
        return ""

    def last_person(self, at: Place, pronoun: str) -> str:
        """The full name nearest before `at`, in this paragraph or the one before, of somebody the pronoun fits."""
        for block, _, name in reversed(self._people[: bisect_left(self._people, (at.block, at.start, ""))]):
            if block < at.block - 1:
                break
            if pronoun_of(name) in (pronoun, ""):
                return name
        return ""


def speakers_of(reports: Sequence[Report], blocks: Sequence[Block]) -> list[Speaker]:
    """One speaker per report, in order; a pronoun or a role takes the last speaker it can stand for."""
    names = Names(blocks)
    found: list[Speaker] = []
    spoke = Place(-1, 0, 0)
    for report in reports:
        found.append(_speaker(report, blocks, names, found, spoke))
        spoke = report.cue or report.source or spoke
    return found


def _speaker(report: Report, blocks: Sequence[Block], names: Names, before: Sequence[Speaker], spoke: Place) -> Speaker:
    """`spoke` is where the last of the speakers `before` did."""
    if report.source is None:
        return Speaker("", SourceKind.ANONYMOUS)
    words = report.source.words(blocks)
    lowered = words.casefold()
    if lowered in PRONOUNS:
        text, after = blocks[report.source.block].text, spoke.end if spoke.block == report.source.block else 0
        if lowered in ("he", "she") and (name := names.opening_person(text, report.source, lowered, after)):
            return Speaker(name, SourceKind.NAMED)
        return _behind_pronoun(lowered, report.source, names, before)
    block = blocks[report.source.block].text
    around = block[max(0, report.source.start - 150) : report.source.end + 200]
    head = _CUT.split(words, maxsplit=1)[0].strip()
    core = report.head if report.head and report.head in head else _core(head)
    roles = roles_in(_WORD.findall(words))
    common = bare(core) in _NOT_NAMES | PEOPLE | GROUPS | DOCUMENTS | UNNAMED and head.startswith(core)
    if core[:1].isupper() and not common:
        return Speaker(_name(head, report.source, names), SourceKind.NAMED, roles)
    called = _APPOSED.search(words)
    if called and bare(core) in PEOPLE:
        return Speaker(_name(called["name"], report.source, names), SourceKind.NAMED, roles)
    described = _described(head, bare(core), bool(_HIDDEN.search(around)))
    if described.kind is SourceKind.NAMED and (name := names.with_role(bare(core), report.source)):
        return Speaker(name, SourceKind.NAMED, roles)
    return described


def _described(head: str, core: str, hidden: bool) -> Speaker:
    """A source without a proper name: "the minister", "a report", "officials"."""
    first = bare(head.split()[0])
    if core in DOCUMENTS:
        return Speaker(head, SourceKind.DOCUMENT)
    if hidden or (core in UNNAMED and first not in ("the", "police", "his", "her", "its", "their")):
        return Speaker(head, SourceKind.ANONYMOUS)
    if _SPOKEN_FOR.search(head) or core in GROUPS:
        return Speaker(head, SourceKind.GROUP)
    if first in _INDEFINITE or first.isdecimal():
        plural = core.endswith("s") and first not in ("a", "an", "one", "another")
        return Speaker(head, SourceKind.GROUP if plural and core not in PEOPLE else SourceKind.ANONYMOUS)
    return Speaker(head, SourceKind.GROUP if core.endswith("s") else SourceKind.NAMED, roles_in([core]))


def counts_people(report: Report, blocks: Sequence[Block]) -> bool:
    """ "Only 52 percent of voters said ...": a figure the author reports, not a source."""
    return report.source is not None and bool(_COUNTED.match(report.source.words(blocks)))


def roles_in(words: Sequence[str]) -> frozenset[str]:
    """What the words say somebody is: minister, senator, chief."""
    return frozenset(_ABBREVIATED.get(bare(word), bare(word)) for word in words) & (PEOPLE | TITLES)


def _behind_pronoun(pronoun: str, at: Place, names: Names, before: Sequence[Speaker]) -> Speaker:
    if pronoun in ("i", "we"):
        return Speaker("", SourceKind.AUTHOR)
    if pronoun in ("he", "she"):
        fitting = (each for each in reversed(before) if _is_person(each) and _fits(pronoun, each))
        name = names.last_person(at, pronoun)
        return next(fitting, Speaker(name or pronoun, SourceKind.NAMED))
    wanted = {
        "they": (SourceKind.GROUP, SourceKind.ANONYMOUS, SourceKind.NAMED, SourceKind.DOCUMENT),
        "it": (SourceKind.DOCUMENT, SourceKind.GROUP, SourceKind.NAMED),
        "who": (SourceKind.NAMED,),
    }[pronoun]
    fitting = (each for each in reversed(before) if each.kind in wanted and each.name)
    if pronoun == "it":
        fitting = (each for each in fitting if not pronoun_of(each.name))
    return next(fitting, Speaker("", SourceKind.ANONYMOUS))


def _is_person(speaker: Speaker) -> bool:
    institution = {bare(word) for word in speaker.name.split()} & INSTITUTIONS
    return bool(speaker.name) and speaker.kind in (SourceKind.NAMED, SourceKind.ANONYMOUS) and not institution


def _fits(pronoun: str, speaker: Speaker) -> bool:
    other = _WOMEN if pronoun == "he" else _MEN
    return not speaker.roles & other and pronoun_of(speaker.name) in (pronoun, "")


def _core(phrase: str) -> str:
    """The noun before the first preposition: "report" of "a report by the UN"; a possessive's owner is no core."""
    words = _WORD.findall(_BEFORE_PREPOSITION.split(phrase, maxsplit=1)[0])
    return words[-1].removesuffix("'s").removesuffix("’s") if words else ""


def _name(head: str, at: Place, names: Names) -> str:
    """The part of the phrase that is a name; a lone surname becomes the full name the text gives."""
    words = _without_titles(head.split())
    last = max((at for at, word in enumerate(words) if word[:1].isupper()), default=-1)
    if last < 0:
        return _plain(" ".join(words))
    first = last
    while first > 0 and (words[first - 1][:1].isupper() or words[first - 1] in _JOINS or _body_on(words[:first])):
        first -= 1
    while first < last and (not words[first][:1].isupper() or bare(words[first]) in _NOT_NAMES):
        first += 1
    core = words[first : last + 1]
    if {bare(word) for word in core} & INSTITUTIONS:
        return _plain(re.split(r"\s(?:at|in)\s", " ".join(words[first:]), maxsplit=1)[0])
    if len(core) > 2 and bare(core[0]) in PEOPLE:
        core = core[1:]
    if len(core) == 1 or (len(core) == 2 and core[0].casefold() in _PARTICLES):
        return names.full(_plain(core[-1]), at) if names.knows(core[-1]) else _plain(" ".join(core))
    return _plain(" ".join(core))


def _body_on(words: Sequence[str]) -> bool:
    """ "Commission on", with the name of its matter still to come."""
    return len(words) > 1 and words[-1] == "on" and words[-2][:1].isupper() and bare(words[-2]) in INSTITUTIONS


def _plain(name: str) -> str:
    return name.strip(" ,").removesuffix("’s").removesuffix("'s").removesuffix("’").strip()


def _without_titles(words: Sequence[str]) -> list[str]:
    """ "Massachusetts Sen. Elizabeth Warren" -> Elizabeth Warren: all up to the last title that a name follows."""
    out = list(words)
    titles = [at for at, word in enumerate(out[:-1]) if bare(word) in TITLES]
    if titles and len(out) - titles[-1] <= 4 and not {bare(word) for word in out[titles[-1] + 1 :]} & INSTITUTIONS:
        out = out[titles[-1] + 1 :]
    while len(out) > 1 and bare(out[0]) in TITLES | _NOT_NAMES:
        out.pop(0)
    return out


def bare(word: str) -> str:
    """The word in small letters without a possessive or marks at its edges."""
    return word.casefold().replace("’", "'").strip(".,'").removesuffix("'s")
