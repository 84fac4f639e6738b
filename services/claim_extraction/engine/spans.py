"""From words of a parsed sentence to exact places in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from services.claim_extraction.engine.lexicon import MUTE
from services.claim_extraction.engine.quotations import Quotation
from services.claim_extraction.engine.reports import Place, trimmed
from services.claim_extraction.engine.sentences import Sentence
from services.claim_extraction.engine.verbs import ASSERTING, base_in

Token = Any  # spaCy ships no types we follow

_JOINING = frozenset({"as", "but", "and", "while", "whereas", "although", "though", "because", "than", "so"})
_LONG_SOURCE = 25  # tokens beyond which a subject has swallowed a clause
_MARKS = 6  # characters a "that" and a quotation mark take
_ANNOUNCING = 60  # characters between a verb and the colon it announces something by
_NEAR = 12  # tokens between a quotation and the verb it may hang on without a link in the parse
_DASH = re.compile(r"\s(?:--?|[–—])\s|—")
_TOLD = frozenset({"tell", "put"})
_LEFT_OVER = re.compile(r",\s+(?:and|but|yet|or|while|whereas)\s*$")  # "P, and", where Q is somebody else's
_ASIDE = 6  # words of a parenthesis between dashes
_TO_THE_RIGHT = frozenset(
    ["ccomp", "xcomp", "dobj", "prep", "advcl", "conj", "oprd", "acl", "relcl", "attr", "acomp", "advmod", "npadvmod"]
)


class Spans:
    """One parsed sentence with the quotations in it. Every place it gives is non-empty and inside the block."""

    def __init__(self, sentence: Sentence, document: Any, quotations: Sequence[Quotation]) -> None:
        self._sentence = sentence
        self._document = document
        self._quotations = [each for each in quotations if self._is_direct(each)]
        self._used: set[Quotation] = set()

    def word(self, token: Token) -> Place:
        """The token itself."""
        start = self._at(token)
        return Place(self._sentence.block, start, start + len(token))

    def between(self, start: int, end: int | None = None) -> list[Place]:
        """Sentence offsets `start` to `end` without marks at the edges; nothing when only marks stand there."""
        last = len(self._sentence.text) if end is None else end
        if left_over := _LEFT_OVER.search(self._sentence.text, start, last):
            last = left_over.start()
        found = trimmed(self._sentence.text, start, last, stop=True)
        base = self._sentence.start
        return [Place(self._sentence.block, base + found[0], base + found[1])] if found else []

    def announces(self, verb: Token) -> bool:
        """`Smith continued:` at the end of a sentence: what is said follows in the next."""
        return self._sentence.text.endswith(":") and len(self._sentence.text) - verb.idx < _ANNOUNCING

    def nested(self, token: Token) -> bool:
        """The token stands inside a quotation."""
        return any(each.inner_start <= self._at(token) < each.inner_end for each in self._quotations)

    def heard_with(self, cue: Token, contents: Sequence[Place]) -> list[Place]:
        """Of what was found for a cue inside a quotation, only what stands in the same quotation."""
        at = self._at(cue)
        around = next((each for each in self._quotations if each.inner_start <= at < each.inner_end), None)
        if around is None:
            return list(contents)
        clipped = [
            Place(each.block, max(each.start, around.inner_start), min(each.end, around.inner_end)) for each in contents
        ]
        return [each for each in clipped if each.start < each.end]

    def source(self, source: Token, cue: Token) -> Place:
        """The whole noun phrase, up to the cue or the "that" before it, where the cue stands in it; only its core where the parse hangs half the
        sentence on it."""
        first, last = source.left_edge, source.right_edge
        if source.is_ancestor(cue) and source.i < cue.left_edge.i:
            last = cue.left_edge if cue.left_edge.lower_ in ("that", "which") else cue.left_edge.nbor(-1)
        if last.i - first.i > _LONG_SOURCE:
            first = last = source
            while first.i > 0 and first.nbor(-1).head is source and first.nbor(-1).dep_ in ("compound", "det", "amod"):
                first = first.nbor(-1)
        # "as the survey reports show": the word that joins the clauses names nobody.
        while first is not source and first.lower_ in _JOINING:
            first = first.nbor(1)
        start, end = first.idx, last.idx + len(last)
        base = self._sentence.start
        dashes = list(_DASH.finditer(self._sentence.text, start, end))
        if len(dashes) == 1 and source.idx >= dashes[0].end():
            start = dashes[0].end()  # "a bold - some say rash - promise"
        start, end = trimmed(self._sentence.text, start, end) or (start, end)
        return Place(self._sentence.block, base + start, base + end)

    def content(self, child: Token, cue: Token, source: Token | None) -> list[Place]:
        """The child's words from edge to edge and, behind the cue, all that follows up to the next act of saying."""
        first, last = child.left_edge, child.right_edge
        if first.lower_ == "that" and first.dep_ == "mark" and first.i < last.i:
            first = first.nbor()
        start, end = first.idx, last.idx + len(last)
        cut = [cue, *(each for each in (source.subtree if source is not None else ()) if not cue.is_ancestor(each))]
        if child.i < cue.i:
            start = self._front(first) if child.dep_ == "ccomp" else start
            end = min([end, *(each.idx for each in cut if each.i > child.i)])
        else:
            start = max([start, *(each.idx + len(each) for each in cut if each.i < child.i)])
            last = self._last(child, cue)
            end = max(end, last.idx + len(last))
            if dash := self._parenthesis(start, end, cue):
                end = dash
        return self._widened(self.between(start, end), cue)

    def _parenthesis(self, start: int, end: int, cue: Token) -> int:
        """Where the dash stands that closes a parenthesis of source, cue and a few words; 0 where there is none."""
        before = list(_DASH.finditer(self._sentence.text, 0, cue.idx))
        closing = _DASH.search(self._sentence.text, start, end)
        near = before and closing and len(self._sentence.text[before[-1].end() : closing.start()].split()) <= _ASIDE
        return closing.start() if closing and near and len(before) % 2 else 0

    def _front(self, first: Token) -> int:
        """Where what was said begins: with the sentence in "P, but Q, X said", where the parser gives X only Q."""
        if first.i < 4 or first.nbor(-1).dep_ != "cc" or first.nbor(-2).text != ",":
            return int(first.idx)
        front = self._document[: first.i - 2]
        speaks = any(each.tag_.startswith("V") and base_in(each.lower_, ASSERTING) for each in front)
        quotes = any(mark in front.text for mark in '"“”')
        return int(first.idx if speaks or quotes else front[0].idx)

    def around(self, verb: Token, source: Token | None) -> list[Place]:
        """`P, X said, P.` where the parser made P the root and the saying a parenthesis of it."""
        if verb.dep_ not in ("parataxis", "ccomp", "dep", "advcl", "conj") or verb.head is verb:
            return []
        mark = next((each for each in verb.lefts if each.lower_ == "as"), None)
        if verb.dep_ == "advcl" and mark is not None:
            return self._beside(mark, verb) if source is not None else []
        inside = [verb, *(source.subtree if source is not None else [])]
        left, right = min(each.i for each in inside), max(each.i for each in inside) + 1
        front, rest = self._document[:left], self._document[right:]
        if left < 4 or front[-1].text not in (",", '"', "”", "’", "—", "–"):
            return []
        pieces = self.between(0, front[-1].idx)
        if len(rest) and rest[0].text == "," and sum(token.is_alpha for token in rest) > 3:
            pieces += self.between(rest[0].idx + 1)
        return pieces

    def _beside(self, mark: Token, verb: Token) -> list[Place]:
        """`P, as X pointed out, P.`: what stands before and behind the clause; nothing where it has an object of its own."""
        if any(child.dep_ in ("dobj", "xcomp", "attr") for child in verb.rights) and not base_in(verb.lower_, _TOLD):
            return []
        front, rest = self._document[: mark.i], self._document[verb.right_edge.i + 1 :]
        pieces = self.between(0, front[-1].idx) if len(front) > 1 and front[-1].text == "," else []
        if len(rest) and rest[0].text == "," and sum(token.is_alpha for token in rest) > 3:
            pieces += self.between(rest[0].idx + 1)
        return pieces

    def quoted(self, verb: Token) -> list[Place]:
        """Quotations that hang on this verb and were given to none before it; whole, over all their sentences."""
        out = []
        for each in self._quotations:
            if each in self._used or each.start <= self._at(verb) < each.end or not self._hangs_on(each, verb):
                continue
            self._used.add(each)
            out.append(Place(each.block, each.inner_start, each.inner_end))
        return out

    def opens_outside(self, place: Place, clause: Token) -> bool:
        """The clause has words of its own before the first quotation in it, or its verb behind it: the reporter speaks,
        quoting a part."""
        inside = [each for each in self._quotations if place.start < each.inner_end and each.inner_start < place.end]
        if not inside:
            return False
        opens = min(each.inner_start for each in inside) > place.start + _MARKS
        return opens or (max(each.end for each in inside) <= self._at(clause) < place.end)

    def closes_with_colon(self, places: Sequence[Place]) -> bool:
        """A colon stands directly behind the words."""
        base, text = self._sentence.start, self._sentence.text
        return bool(places) and text[places[-1].end - base :].lstrip(' "”’').startswith(":")

    def _at(self, token: Token) -> int:
        return int(self._sentence.start + token.idx)

    def _closed_by(self, quotation: Quotation, verb: Token) -> bool:
        """`"P," X said`: nothing but who speaks stands between the quotation and the verb."""
        if quotation.end > self._at(verb):
            return False
        between = self._document[: verb.i]
        speaker = {each.i for child in verb.lefts if child.dep_ in ("nsubj", "advmod") for each in child.subtree}
        return all(
            each.i in speaker or not each.is_alpha for each in between if self._at(each) >= quotation.inner_end
        ) and self._sentence.text[: quotation.inner_end - self._sentence.start].rstrip().endswith((",", "?", "!"))

    def _hangs_on(self, quotation: Quotation, verb: Token) -> bool:
        def inside(token: Token) -> bool:
            return quotation.inner_start <= self._at(token) < quotation.inner_end

        words = [token for token in self._document if inside(token)]
        if not words or self._closed_by(quotation, verb):
            return bool(words)
        head = next((token for token in words if token.head is token or not inside(token.head)), words[0])
        return head.head is head or abs(head.i - verb.i) < _NEAR or verb.is_ancestor(head)

    def _last(self, child: Token, cue: Token) -> Token:
        last = child.right_edge
        for each in cue.rights:
            if each.i <= child.i or each.dep_ == "punct":
                continue
            mute = any(grandchild.lower_ in MUTE for grandchild in each.children)
            says_more = each.tag_.startswith("V") and base_in(each.lower_, ASSERTING) and not mute
            own_subject = any(grandchild.dep_ == "nsubj" for grandchild in each.children)
            if each.dep_ not in _TO_THE_RIGHT or says_more or (each.dep_ == "conj" and own_subject):
                break
            last = each.right_edge
        return last

    def _widened(self, places: list[Place], cue: Token) -> list[Place]:
        """A clause that fills a quotation takes all of it, also what stands in the sentences around."""
        for at, place in enumerate(places):
            for each in self._quotations:
                overlap = min(place.end, each.inner_end) - max(place.start, each.inner_start)
                if each.start - place.start > _MARKS:
                    continue  # the reporter's own words open the clause
                if overlap > 0.8 * (place.end - place.start) and not each.start <= self._at(cue) < each.end:
                    places[at] = Place(each.block, each.inner_start, each.inner_end)
        return places

    def _is_direct(self, quotation: Quotation) -> bool:
        """Not a scare quote or a title: more than three words, or a sentence of its own by its last mark."""
        base = self._sentence.start
        inside = self._sentence.text[max(0, quotation.inner_start - base) : max(0, quotation.inner_end - base)]
        before = self._sentence.text[: max(0, quotation.start - base)].rstrip()
        if _looks_like_a_title(inside) and before[-1:] not in ("", ",", ":"):
            return False
        return len(inside.split()) > 3 or quotation.end > self._sentence.end or inside.rstrip()[-1:] in tuple(",.!?…")


def _looks_like_a_title(words: str) -> bool:
    """ "Fox and Friends": two to six words, every longer one with a capital."""
    parts = words.strip(" ,.").split()
    return (
        2 <= len(parts) <= 6 and all(part[:1].isupper() or len(part) <= 3 for part in parts) and parts[-1][:1].isupper()
    )
