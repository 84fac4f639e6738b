"""Quoted words against the text they were taken from: word for word, shortened fairly, or altered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from services.verification.engine.vocabulary import spaced

WORD = re.compile(r"[^\W_]+(?:['’`´-][^\W_]+)*|[%$€£]", re.UNICODE)
ELLIPSIS = re.compile(
    r"\s*(?:\[\s*(?:\.\s?){3,4}\s*\]|\(\s*(?:\.\s?){3,4}\s*\)|\[\s*…\s*\]|\(\s*…\s*\)|…|(?:\.\s?){3,4})\s*"
)
BRACKET = re.compile(r"\[([^\[\]]*)\]")
SIC = re.compile(r"\[\s*(?:sic|emphasis (?:added|mine)|laughs|laughter|applause|pause)\s*\]|\((?:sic)\)", re.IGNORECASE)
OPENING = re.compile(r"\[([A-Za-z])\](?=\w)")
FILLERS = frozenset(spaced("um uh er erm ah eh hmm"))
# words whose loss behind an ellipsis turns or strengthens what was said
TURNING = frozenset(
    spaced("""not no never none nobody nothing neither nor without cannot can't won't don't doesn't didn't isn't aren't wasn't weren't wouldn't
    shouldn't couldn't hasn't haven't hadn't ain't hardly barely scarcely rarely seldom unless except but however although though if only false untrue
    may might could perhaps possible possibly probable probably maybe likely unlikely apparently allegedly reportedly suspect believe think suggest suggests seems seem
    appears appear almost nearly deny denies denied refuse refused fail failed fails lack lacks unable if
    supposedly potentially suppose unsure doubt unclear unconfirmed unproven""")
)
SPELLINGS = (
    ("ise", "ize"),
    ("isa", "iza"),
    ("our", "or"),
    ("tre", "ter"),
    ("lled", "led"),
    ("lling", "ling"),
    ("yse", "yze"),
    ("ogue", "og"),
)
NUMBER_WORDS = dict(
    zip(spaced("zero one two three four five six seven eight nine ten eleven twelve"), map(str, range(13)), strict=True)
)
SAME_WORD = {
    "per": "%",
    "percent": "%",
    "cent": "",
    "okay": "ok",
    "defence": "defense",
    "offence": "offense",
    "licence": "license",
    "practise": "practice",
    "grey": "gray",
    "programme": "program",
    "tyre": "tire",
    "jewellery": "jewelry",
    "aluminium": "aluminum",
    "ageing": "aging",
    "judgement": "judgment",
    "cheque": "check",
    "and": "&",
    "gonna": "going",
    "wanna": "want",
    "'em": "them",
}
CONTRACTIONS = {"won't": "will not", "can't": "can not", "cannot": "can not", "let's": "let us", "ain't": "is not"}
ENDINGS = (("n't", " not"), ("'re", " are"), ("'ll", " will"), ("'ve", " have"), ("'m", " am"))
LONGEST_CUT = 60  # words an ellipsis may pass over within one source


class Quoted(StrEnum):
    VERBATIM = "verbatim"
    ALTERED = "altered"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class QuoteCheck:
    """What became of a quotation. `start` and `end` place it in the source when it was found."""

    result: Quoted
    explanation: str
    start: int = -1
    end: int = -1


@dataclass(frozen=True)
class _Piece:
    """Words to be found in a row; None stands for bracketed words of the quoting writer."""

    words: tuple[str | None, ...]
    inserted: tuple[str, ...] = ()


def check_quote(quoted: str, source_text: str) -> QuoteCheck:
    """Whether the quoted words stand in the source.

    Quotation marks, case at the start, punctuation, dashes, spelling of the two Englishes and filler sounds may
    differ. An ellipsis may pass over words, unless one of them turned the sense (a negation, a hedge, a condition).
    A bracket may stand for the words it explains, unless it adds or hides a negation.
    """
    if not WORD.search(quoted):
        return QuoteCheck(Quoted.NOT_FOUND, "The quotation holds no words.")
    source = _spaced_words(source_text)
    pieces = [_piece(part) for part in ELLIPSIS.split(SIC.sub(" ", quoted)) if WORD.search(part)]
    found = _place(pieces, [word for word, _, _ in source])
    if found is None:
        return _missing(quoted, pieces, source_text, [word for word, _, _ in source])
    problem = _turned(pieces, found, [word for word, _, _ in source], source_text, source)
    start, end = source[found[0][0]][1], source[found[-1][1] - 1][2]
    if problem:
        return QuoteCheck(Quoted.ALTERED, problem, start, end)
    return QuoteCheck(Quoted.VERBATIM, "The quoted words stand in the source.", start, end)


def _spaced_words(text: str) -> list[tuple[str, int, int]]:
    words: list[tuple[str, int, int]] = []
    for found in WORD.finditer(text):
        words += [(word, found.start(), found.end()) for word in _forms(found[0])]
    return words


def _forms(written: str) -> list[str]:
    """The plain words a written word stands for: 'didn’t' is two, 'well-known' is two, 'um' is none."""
    plain = unicodedata.normalize("NFKD", written.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"[’`´]", "'", plain)
    plain = CONTRACTIONS.get(plain, plain)
    for ending, full in ENDINGS:
        if plain.endswith(ending) and len(plain) > len(ending):
            plain = plain[: -len(ending)] + full
    parts = [part for part in re.split(r"[\s-]+", plain) if part]
    return [_spelling(part) for part in parts if part not in FILLERS and SAME_WORD.get(part) != ""]


def _spelling(word: str) -> str:
    word = SAME_WORD.get(word, NUMBER_WORDS.get(word, word))
    for british, american in SPELLINGS:
        if len(word) > len(british) + 2:
            word = word.replace(british, american)
    return word.removesuffix("'s") + ("'s" if word.endswith("'s") else "")


def _piece(part: str) -> _Piece:
    part = OPENING.sub(r"\1", part)
    words: list[str | None] = []
    inserted: list[str] = []
    at = 0
    for bracket in BRACKET.finditer(part):
        words += [word for word, _, _ in _spaced_words(part[at : bracket.start()])]
        words.append(None)
        inserted += [word for word, _, _ in _spaced_words(bracket[1])]
        at = bracket.end()
    words += [word for word, _, _ in _spaced_words(part[at:])]
    return _Piece(tuple(words), tuple(inserted))


def _place(pieces: Sequence[_Piece], source: Sequence[str]) -> list[tuple[int, int]] | None:
    """Where each piece stands, in order and near one another; None when one is missing."""
    first = next((word for word in pieces[0].words if word is not None), None)
    offset = pieces[0].words.index(first) if first is not None else 0
    for start in range(len(source)):
        if offset == 0 and first is not None and source[start] != first:
            continue
        placed = _from(pieces, source, start)
        if placed is not None:
            return placed
    return None


def _from(pieces: Sequence[_Piece], source: Sequence[str], start: int) -> list[tuple[int, int]] | None:
    placed: list[tuple[int, int]] = []
    at, reach = start, start
    for number, piece in enumerate(pieces):
        found = None
        for begin in range(at, min(reach, len(source) - 1) + 1):
            end = _match(piece.words, source, begin)
            if end is not None:
                found = (begin, end)
                break
        if found is None:
            return None
        placed.append(found)
        at, reach = found[1], found[1] + LONGEST_CUT
        if number == 0 and found[0] != start:
            return None
    return placed


def _match(words: Sequence[str | None], source: Sequence[str], begin: int) -> int | None:
    """The end of the words in the source from `begin`; a bracket stands for none to six of its words."""
    if not words:
        return begin
    if words[0] is None:
        for skipped in range(7):
            end = _match(words[1:], source, begin + skipped)
            if end is not None:
                return end
        return None
    if begin >= len(source) or source[begin] != words[0]:
        return None
    return _match(words[1:], source, begin + 1)


def _turned(
    pieces: Sequence[_Piece],
    placed: Sequence[tuple[int, int]],
    source: Sequence[str],
    text: str,
    spaced_source: Sequence[tuple[str, int, int]],
) -> str:
    """Why a quotation whose words are all there still says something else; empty when it does not."""
    for (_, end), (begin, _) in pairwise(placed):
        lost = [word for word in _left_of_sentences(end, begin, spaced_source, text) if word in TURNING]
        if lost:
            return f"The words left out change the sense: '{lost[0]}' stands in the source and not in the quotation."
    for piece, (begin, end) in zip(pieces, placed, strict=True):
        covered = _hidden(piece, source, begin, end)
        lost = [word for word in covered if word in TURNING and word not in piece.inserted]
        added = [word for word in piece.inserted if word in TURNING and word not in covered]
        if lost:
            return f"The brackets hide '{lost[0]}', which stands in the source."
        if added:
            return f"The brackets add '{added[0]}', which does not stand in the source."
    return _cut_short(placed, source, spaced_source, text)


def _left_of_sentences(begin: int, end: int, spaced_source: Sequence[tuple[str, int, int]], text: str) -> list[str]:
    """The words passed over, without whole sentences: leaving one of those out is fair."""
    gap = spaced_source[begin:end]
    breaks = [n for n in range(1, len(gap)) if re.search(r"[.!?][\"”’)]*\s", text[gap[n - 1][2] : gap[n][1]])]
    if gap and begin and re.search(r"[.!?][\"”’)]*\s", text[spaced_source[begin - 1][2] : gap[0][1]]):
        breaks.insert(0, 0)
    if not breaks:
        return [word for word, _, _ in gap]
    tail = gap[breaks[-1] :]
    if tail and end < len(spaced_source) and re.search(r"[.!?][\"”’)]*\s", text[tail[-1][2] : spaced_source[end][1]]):
        tail = []
    return [word for word, _, _ in (*gap[: breaks[0]], *tail)]


def _hidden(piece: _Piece, source: Sequence[str], begin: int, end: int) -> list[str]:
    """Source words that brackets stand for."""
    shown = [word for word in piece.words if word is not None]
    rest = list(source[begin:end])
    for word in shown:
        if word in rest:
            rest.remove(word)
    return rest


def _cut_short(
    placed: Sequence[tuple[int, int]], source: Sequence[str], spaced_source: Sequence[tuple[str, int, int]], text: str
) -> str:
    """A denial right before the quoted words, in the same sentence, that the quotation leaves off."""
    begin = placed[0][0]
    before = source[max(0, begin - 4) : begin]
    gap = text[spaced_source[max(0, begin - 4)][1] : spaced_source[begin][1]] if begin else ""
    if re.search(r"[.!?;:\"“”]\s", gap):
        return ""
    if before and before[-1] in ("not", "never"):
        return f"The source says '{before[-1]}' right before the quoted words."
    joined = " ".join(before) + " "
    denial = re.search(
        r"\b(?:not true that|do not (?:think|believe|say|accept|want)(?: that)?|never said(?: that)?|false that|den(?:y|ies|ied)(?: that)?|no (?:evidence|proof) that|not say(?: that)?|not mean(?: that)?) $",
        joined,
    )
    return f"The source says '{denial[0].strip()}' right before the quoted words." if denial else ""


def _missing(quoted: str, pieces: Sequence[_Piece], text: str, source: Sequence[str]) -> QuoteCheck:
    """Altered when most of the words are there in order, not found when the source says nothing like it."""
    words = [word for piece in pieces for word in piece.words if word is not None]
    best, place = 0.0, 0
    for start in range(max(1, len(source) - len(words) + 1)):
        window = source[start : start + len(words) + 4]
        share = _in_order(words, window) / max(1, len(words))
        if share > best:
            best, place = share, start
    if best >= 0.5:
        window = source[place : place + len(words) + 4]
        wrong = next((word for word in words if word not in window), words[0])
        return QuoteCheck(Quoted.ALTERED, f"The source says something close, but not in these words ('{wrong}').")
    return QuoteCheck(Quoted.NOT_FOUND, "These words are not in the source.")


def _in_order(words: Sequence[str], window: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(window) + 1)
    for word in words:
        last = 0
        for column, other in enumerate(window, 1):
            kept = row[column]
            row[column] = last + 1 if word == other else max(row[column], row[column - 1])
            last = kept
    return row[-1]
