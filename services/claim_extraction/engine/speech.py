"""Who said what, by the order of words alone: quotations with their speaker, "according to", "X said that P".

No parser is needed; every step walks from a cue word, so a text without reported speech costs one search per sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.claim_extraction.engine.lexicon import (
    CONTENT_ONLY_AFTER,
    DENYING,
    DOCUMENTS,
    GROUPS,
    PEOPLE,
    PRONOUNS,
    SAYING,
    words_of,
)
from services.claim_extraction.engine.quotations import Quotation
from services.claim_extraction.engine.reports import Place, Report, trimmed
from services.claim_extraction.engine.sentences import Sentence

_CUE = "|".join(sorted(SAYING, key=len, reverse=True))
CUE_WORD = re.compile(rf"\b(?:{_CUE}|according\sto)\b", re.I)
_TOKEN = re.compile(r"\w(?:[\w.'’&/-]*\w)?\.?(?=\s|$|\W)|[^\w\s]")
_ABBREVIATION = re.compile(r"(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Col|Prof|St|Jr|Sr|[A-Z])\.$")

_BETWEEN = words_of(
    "also then later once recently repeatedly previously simply has have had further still first again already is are was were "
    "would will could may might did do does not never n't be been being"
)
_STOPS_SOURCE = words_of(
    "that which when as if because while after before but though although so what why how whether than where until since once "
    "and or said says told"
)
_DETERMINERS = words_of(
    "the a an his her its their our my one two three four five some several many most few both other another senior all no "
    "any each every those these"
)
_CLOSERS = frozenset("\"”’'»")
_OPENERS = frozenset("\"“‘'«")
_MAX_SOURCE = 16


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    text: str

    @property
    def lower(self) -> str:
        return self.text.casefold()

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()


def read_speech(sentences: Sequence[Sentence], quotations: Sequence[Quotation]) -> list[Report]:
    """Every report the rules see, in reading order; a sentence takes part in at most one."""
    reports: list[Report] = []
    for sentence in sentences:
        if CUE_WORD.search(sentence.text):
            report = _of_sentence(sentence, [each for each in quotations if _overlap(each, sentence)])
            if report is not None:
                reports.append(report)
    return reports


def _overlap(quotation: Quotation, sentence: Sentence) -> bool:
    return quotation.block == sentence.block and quotation.start < sentence.end and sentence.start < quotation.end


def _of_sentence(sentence: Sentence, quotations: Sequence[Quotation]) -> Report | None:
    tokens = _tokens(sentence)
    for index, token in enumerate(tokens):
        if any(each.inner_start <= token.start < each.inner_end for each in quotations):
            continue
        if token.lower == "according" and index + 1 < len(tokens) and tokens[index + 1].lower == "to":
            report = _according(sentence, tokens, index, quotations)
        elif token.lower in SAYING and (index == 0 or tokens[index - 1].lower not in _DETERMINERS):
            report = _said(sentence, tokens, index, quotations)
        else:
            continue
        if report is not None:
            return report
    return None


def _tokens(sentence: Sentence) -> list[_Token]:
    out: list[_Token] = []
    for match in _TOKEN.finditer(sentence.text):
        text, start = match.group(), sentence.start + match.start()
        if len(text) > 1 and text.endswith(".") and not _ABBREVIATION.search(text):
            out += [
                _Token(start, start + len(text) - 1, text[:-1]),
                _Token(start + len(text) - 1, start + len(text), "."),
            ]
        else:
            out.append(_Token(start, start + len(text), text))
    return out


def _said(sentence: Sentence, tokens: Sequence[_Token], cue: int, quotations: Sequence[Quotation]) -> Report | None:
    source, inverted = _source_left(tokens, cue), False
    if source is None and _after_content(tokens, cue):
        source, inverted = _source_right(tokens, cue), True
    if source is None:
        return None
    contents, verbatim = _contents(sentence, tokens, cue, source, inverted, quotations)
    if not contents and not sentence.text.endswith(":"):
        return None
    word = tokens[cue]
    return Report(
        contents=contents,
        source=Place(sentence.block, *source),
        cue=Place(sentence.block, word.start, word.end),
        verbatim=verbatim,
        denied=word.lower in DENYING,
    )


def _after_content(tokens: Sequence[_Token], cue: int) -> bool:
    """`..., said X`: the cue follows a comma or a closed quotation."""
    return cue > 0 and (tokens[cue - 1].text in _CLOSERS or tokens[cue - 1].text in ",?!—–-")


def _source_left(tokens: Sequence[_Token], cue: int) -> tuple[int, int] | None:
    last = cue - 1
    while last >= 0 and (tokens[last].lower in _BETWEEN or tokens[last].lower.endswith("ly")):
        last -= 1
    if last < 0:
        return None
    if tokens[last].text == ",":
        comma = _previous_comma(tokens, last)
        if comma is None:
            return None
        first = _noun_phrase_left(tokens, comma - 1)
    else:
        first = _noun_phrase_left(tokens, last)
    if first is None or not _can_speak(tokens[first : last + 1]):
        return None
    end = tokens[last - 1].end if tokens[last].text == "," else tokens[last].end
    return tokens[first].start, end


def _previous_comma(tokens: Sequence[_Token], last: int) -> int | None:
    """`X, the mayor, said`: the comma that opens the apposition."""
    for at in range(last - 1, max(-1, last - _MAX_SOURCE), -1):
        if tokens[at].text == ",":
            return at if at > 0 and last - at > 1 else None
        if not tokens[at].is_word:
            return None
    return None


def _noun_phrase_left(tokens: Sequence[_Token], last: int) -> int | None:
    """The first token of the phrase that ends at `last`: back to punctuation or a word that opens a clause."""
    if last < 0 or not tokens[last].is_word:
        return None
    if tokens[last].lower in PRONOUNS:
        return last
    first = last
    while first > 0 and last - first < _MAX_SOURCE:
        before = tokens[first - 1]
        joins_names = (
            before.lower == "and"
            and first > 1
            and tokens[first - 2].text[0].isupper()
            and tokens[first].text[0].isupper()
        )
        if (not before.is_word and before.text != "’") or (before.lower in _STOPS_SOURCE and not joins_names):
            break
        first -= 1
    while first < last and tokens[first].lower in _BETWEEN:
        first += 1
    return first


def _source_right(tokens: Sequence[_Token], cue: int) -> tuple[int, int] | None:
    first = last = cue + 1
    if first >= len(tokens) or not tokens[first].is_word:
        return None
    if tokens[first].lower in PRONOUNS:
        return tokens[first].start, tokens[first].end
    while last + 1 < len(tokens) and last - first < _MAX_SOURCE:
        following = tokens[last + 1]
        if following.text == "," and last + 2 < len(tokens) and tokens[last + 2].lower in _DETERMINERS | {"who"}:
            last = _apposition_end(tokens, last + 2)
            break
        if not following.is_word or following.lower in _STOPS_SOURCE - {"and"}:
            break
        last += 1
    if not _can_speak(tokens[first : last + 1]):
        return None
    return tokens[first].start, tokens[last].end


def _apposition_end(tokens: Sequence[_Token], at: int) -> int:
    while at + 1 < len(tokens) and tokens[at + 1].is_word:
        at += 1
    return at


def _can_speak(phrase: Sequence[_Token]) -> bool:
    words = [token for token in phrase if token.is_word]
    lowered = {token.lower.removesuffix("'s").removesuffix("’s") for token in words}
    if not words or words[0].lower in ("there", "this", "it", "that", "to", "in", "on", "of"):
        return bool(words) and words[0].lower == "it" and len(words) == 1
    named = any(token.text[0].isupper() for token in words[1:] or words)
    return (
        named or bool(lowered & (PEOPLE | GROUPS | DOCUMENTS | PRONOUNS)) or words[0].lower in ("many", "some", "one")
    )


def _contents(
    sentence: Sentence,
    tokens: Sequence[_Token],
    cue: int,
    source: tuple[int, int],
    inverted: bool,
    quotations: Sequence[Quotation],
) -> tuple[tuple[Place, ...], bool]:
    """What was said: the quotations of the sentence, else the clause behind the cue, else the one before the source."""
    direct = [each for each in quotations if each.inner_end - each.inner_start > 0]
    long = [each for each in direct if _is_direct(sentence, each)]
    if long:
        return tuple(Place(each.block, each.inner_start, each.inner_end) for each in long), True
    behind = cue + 1
    after_source = max(source[1], tokens[cue].end) if inverted else tokens[cue].end
    that = next((at for at in range(behind, min(behind + 8, len(tokens))) if tokens[at].lower == "that"), None)
    if that is not None and that + 1 < len(tokens):
        return _clause(sentence, tokens[that + 1].start, sentence.end), False
    before_end = min(source[0], tokens[cue].start)
    if _ends_soon(tokens, after_source) and (front := _clause(sentence, sentence.start, before_end)):
        return front, False
    if inverted or tokens[cue].lower in CONTENT_ONLY_AFTER or behind >= len(tokens):
        return (), False
    if tokens[behind].is_word or tokens[behind].text in ",:":
        return _clause(sentence, tokens[behind].start, sentence.end), False
    return (), False


def _is_direct(sentence: Sentence, quotation: Quotation) -> bool:
    """Not a scare quote: more than three words, or a sentence of its own by its last mark."""
    inside = sentence.text[
        max(0, quotation.inner_start - sentence.start) : max(0, quotation.inner_end - sentence.start)
    ]
    return len(inside.split()) > 3 or quotation.end > sentence.end or inside.rstrip()[-1:] in tuple(",.!?…")


def _ends_soon(tokens: Sequence[_Token], after: int) -> bool:
    """Nothing but a short "on Tuesday" stands behind source and cue."""
    return sum(token.is_word for token in tokens if token.start >= after) <= 4


def _according(sentence: Sentence, tokens: Sequence[_Token], at: int, quotations: Sequence[Quotation]) -> Report | None:
    first = at + 2
    last = first
    while last < len(tokens) and (tokens[last].is_word or tokens[last].text in "’'"):
        last += 1
    if last == first:
        return None
    source = Place(sentence.block, tokens[first].start, tokens[last - 1].end)
    front = at == 0 or all(not token.is_word for token in tokens[:at])
    content = (
        _clause(sentence, tokens[last].end, sentence.end)
        if front and last < len(tokens)
        else _clause(sentence, sentence.start, tokens[at].start)
    )
    if not content:
        return None
    cue = Place(sentence.block, tokens[at].start, tokens[at + 1].end)
    inner = content[0]
    verbatim = any(each.inner_start <= inner.start and inner.end <= each.inner_end for each in quotations)
    return Report(contents=content, source=source, cue=cue, verbatim=verbatim)


def _clause(sentence: Sentence, start: int, end: int) -> tuple[Place, ...]:
    """The span without commas, marks and the closing full stop at its edges; nothing when no two words are left."""
    base = sentence.start
    found = trimmed(sentence.text, start - base, end - base, stop=True)
    if found is None or len(sentence.text[found[0] : found[1]].split()) < 2:
        return ()
    return (Place(sentence.block, base + found[0], base + found[1]),)
