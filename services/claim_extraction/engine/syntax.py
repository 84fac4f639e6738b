"""Who said what, read off a dependency parse, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from services.claim_extraction.engine.lexicon import DENYING
from services.claim_extraction.engine.quotations import Quotation
from services.claim_extraction.engine.reports import Place, Report
from services.claim_extraction.engine.sentences import Sentence
from services.claim_extraction.engine.verbs import (
    ABOUT,
    ADJECTIVES,
    ASSERTING,
    JUDGING,
    NOT_PUT_FORWARD,
    NOUNS,
    THINKING,
    WANTING,
    base_in,
)

Token = Any  # spaCy ships no types we follow
VERBS = ASSERTING | THINKING | WANTING | JUDGING | frozenset(ABOUT)
_SUBJECTS = ("nsubj",)
_EDGE = ' \t\r\n,;:"“”'
_LONG_SOURCE = 25
_OPEN_QUESTIONS = ("whether", "if", "what", "why", "how", "who", "when", "where", "which")
_MARKS = 6  # characters a "that" and a quotation mark take
_TITLE = re.compile(
    r"\b(?:on|in|show|book|film|movie|song|album|series|program|programme|called|titled|entitled|magazine|named)\s$"
)
_SPEAKERS_OWN = ("i", "we", "you")  # inside a quotation these speak for whoever is quoted
_TO_THE_RIGHT = (
    "ccomp",
    "xcomp",
    "dobj",
    "prep",
    "advcl",
    "conj",
    "oprd",
    "acl",
    "relcl",
    "attr",
    "acomp",
    "advmod",
    "npadvmod",
)


class Parser(Protocol):
    """Texts to parsed documents with tags and dependencies, in order."""

    def pipe(self, texts: Sequence[str]) -> Iterator[Any]: ...


def read_parsed(sentences: Sequence[Sentence], quotations: Sequence[Quotation], parser: Parser) -> Iterator[Report]:
    """Every report the parse shows, in reading order; a word is the cue of at most one."""
    for sentence, document in zip(sentences, parser.pipe([each.text for each in sentences]), strict=True):
        near = [
            each
            for each in quotations
            if each.block == sentence.block and each.start < sentence.end and sentence.start < each.end
        ]
        yield from _Reading(sentence, document, near).reports()


class _Reading:
    def __init__(self, sentence: Sentence, document: Any, quotations: Sequence[Quotation]) -> None:
        self._sentence = sentence
        self._document = document
        self._quotations = [each for each in quotations if self._is_direct(each)]
        self._used: set[Quotation] = set()

    def reports(self) -> Iterator[Report]:
        for token in self._document:
            report = self._of(token)
            if report is not None and report.contents:
                yield report

    def _of(self, token: Token) -> Report | None:
        word = token.lower_
        if word == "according":
            return self._according(token)
        if token.tag_.startswith("V") and token.dep_ not in ("aux", "auxpass"):
            return self._verb(token)
        if token.tag_.startswith("N") and base_in(word, NOUNS):
            return self._noun(token)
        if token.tag_.startswith("J") and word in ADJECTIVES:
            return self._adjective(token)
        return None

    def _verb(self, verb: Token) -> Report | None:
        word = verb.lower_
        if not base_in(word, VERBS):
            return None
        source = self._source_of(verb)
        if self._nested(verb) and (source is None or source.lower_ in _SPEAKERS_OWN):
            return None
        contents, verbatim, clause = self._contents(verb, source)
        if not contents or (source is None and not clause):
            return None
        asserts = clause and (verbatim or self._puts_forward(verb))
        return self._report(source, verb, contents, verbatim=verbatim, denied=word in DENYING, asserts=asserts)

    def _puts_forward(self, verb: Token) -> bool:
        """Not "hopes that", not "did not say that", not "asked whether"."""
        word = verb.lower_
        if base_in(word, NOT_PUT_FORWARD) or not base_in(word, ASSERTING | THINKING):
            return False
        if any(child.dep_ == "neg" or child.lower_ in ("never", "if") for child in verb.children):
            return False
        clause = next((child for child in verb.children if child.dep_ == "ccomp"), None)
        return clause is None or clause.left_edge.lower_ not in _OPEN_QUESTIONS

    def _nested(self, token: Token) -> bool:
        at = self._sentence.start + token.idx
        return any(each.inner_start <= at < each.inner_end for each in self._quotations)

    def _source_of(self, verb: Token) -> Token | None:
        """The subject, the agent of a passive, or the subject a participle or second verb shares with its head."""
        passive = any(child.dep_ in ("nsubjpass", "auxpass") for child in verb.children)
        if passive:
            agent = next((child for child in verb.children if child.dep_ == "agent"), None)
            return (
                next((child for child in agent.children if child.dep_ == "pobj"), None) if agent is not None else None
            )
        for child in verb.children:
            if child.dep_ in _SUBJECTS:
                return (
                    None
                    if child.lower_ in ("it", "there", "that", "this", "what", "which") and verb.tag_ != "VBD"
                    else child
                )
        if verb.dep_ == "acl" and verb.tag_ == "VBG":
            return verb.head
        if verb.dep_ in ("conj", "advcl", "xcomp", "pcomp", "ccomp", "dep") and verb.head is not verb:
            above = next((each for each in verb.ancestors if each.tag_.startswith("V")), None)
            return self._source_of(above) if above is not None else None
        return None

    def _contents(self, verb: Token, source: Token | None) -> tuple[list[Place], bool, bool]:
        """Pieces of content, whether they are quoted, and whether they are a whole clause or quotation."""
        word = verb.lower_
        if base_in(word, ASSERTING | THINKING):
            clause = next((child for child in verb.children if child.dep_ == "ccomp" and child is not source), None)
            said = self._span(clause, verb, source) if clause is not None else []
            if said and self._opens_outside(said[0]):
                return said, False, True
            quoted = self._quoted(verb)
            if quoted:
                return quoted, True, True
            if said:
                return said, False, True
            before = self._clause_before(verb, source)
            if before:
                return before, False, True
        for child in verb.children:
            if child.dep_ in ("ccomp", "xcomp") and base_in(word, WANTING | THINKING | ASSERTING | JUDGING):
                return self._span(child, verb, source), False, False
        for child in verb.children:
            if child.dep_ in ("dobj", "oprd", "attr") and base_in(word, JUDGING):
                return self._span(child, verb, source), False, False
        wanted = ABOUT.get(base_in(word, ABOUT), "").split()
        for child in verb.children:
            if child.dep_ in ("prep", "prt") and child.lower_ in wanted and any(True for _ in child.children):
                return self._span(child, verb, source), False, False
        return [], False, False

    def _opens_outside(self, place: Place) -> bool:
        """The clause has words of its own before the first quotation in it: the reporter speaks, quoting a part."""
        inside = [each for each in self._quotations if place.start < each.inner_end and each.inner_start < place.end]
        return bool(inside) and min(each.inner_start for each in inside) > place.start + _MARKS

    def _quoted(self, verb: Token) -> list[Place]:
        """Quotations of the sentence that hang on this verb and on no verb nearer to them."""
        at = self._sentence.start + verb.idx
        out = []
        for each in self._quotations:
            if each in self._used or each.start <= at < each.end or not self._hangs_on(each, verb):
                continue
            self._used.add(each)
            out.append(Place(each.block, each.inner_start, each.inner_end))
        return out

    def _hangs_on(self, quotation: Quotation, verb: Token) -> bool:
        subtree = {token.i for token in verb.subtree}
        inside = [
            token
            for token in self._document
            if quotation.inner_start <= self._sentence.start + token.idx < quotation.inner_end
        ]
        if not inside:
            return False
        head = next(
            (
                token
                for token in inside
                if token.head is token
                or not (quotation.inner_start <= self._sentence.start + token.head.idx < quotation.inner_end)
            ),
            inside[0],
        )
        between = self._document[min(head.i, verb.i) : max(head.i, verb.i)]
        return head.i in subtree or head.head is head or len(between) < 12

    def _clause_before(self, verb: Token, source: Token | None) -> list[Place]:
        """`P, X said, P.` where the parser made P the root and the saying a parenthesis of it."""
        if verb.dep_ not in ("parataxis", "ccomp", "dep", "advcl", "conj") or verb.head is verb:
            return []
        inside = [verb, *(source.subtree if source is not None else [])]
        left, right = min(each.i for each in inside), max(each.i for each in inside) + 1
        front, rest = self._document[:left], self._document[right:]
        if left == 0 or front[-1].text not in (",", '"', "”", "’", "—", "–") or len(front) < 4:
            return []
        pieces = self._place(0, front[-1].idx)
        if len(rest) and rest[0].text == "," and sum(token.is_alpha for token in rest) > 3:
            pieces += self._place(rest[0].idx + 1, len(self._sentence.text))
        return pieces

    def _noun(self, noun: Token) -> Report | None:
        source = next((child for child in noun.children if child.dep_ == "poss"), None)
        if source is None:
            by = next(
                (child for child in noun.children if child.dep_ == "prep" and child.lower_ in ("by", "from")), None
            )
            source = next((child for child in by.children if child.dep_ == "pobj"), None) if by is not None else None
        for child in noun.children:
            clause = child.dep_ in ("acl", "ccomp", "relcl") and any(
                each.lower_ in ("that", "to") and each.dep_ in ("mark", "aux") for each in child.children
            )
            about = (
                source is not None
                and child.dep_ == "prep"
                and child.lower_ in ("of", "about", "for", "over", "on", "against")
            )
            if clause or about:
                return self._report(source, noun, self._span(child, noun, source), asserts=False)
        return None

    def _adjective(self, adjective: Token) -> Report | None:
        verb = adjective.head
        source = (
            next((child for child in verb.children if child.dep_ == "nsubj"), None)
            if verb.tag_.startswith("V")
            else None
        )
        if source is None or source.lower_ in ("it", "that", "this"):
            return None
        for owner in (adjective, verb):
            for child in owner.children:
                if child.dep_ in ("ccomp", "xcomp") or (owner is adjective and child.dep_ == "prep"):
                    return self._report(source, adjective, self._span(child, adjective, source), asserts=False)
        return None

    def _according(self, according: Token) -> Report | None:
        to = next((child for child in according.children if child.lower_ == "to"), None)
        source = next((child for child in to.children if child.dep_ == "pobj"), None) if to is not None else None
        if source is None:
            return None
        quoted = self._quoted(according.head) if according.head is not according else []
        if according.i <= 1:
            contents = self._place(source.right_edge.idx + len(source.right_edge), len(self._sentence.text))
        else:
            clause = next(
                (token for token in [according.head, *according.head.ancestors] if token.tag_.startswith("V")),
                according.head,
            )
            start = clause.left_edge.idx if clause.left_edge.i < according.i else 0
            contents = self._place(start, according.idx)
        return self._report(source, according, contents, verbatim=bool(quoted), asserts=True)

    def _span(self, child: Token, cue: Token, source: Token | None) -> list[Place]:
        """The child's words from edge to edge and, behind the cue, all that follows up to the next act of saying."""
        first, last = child.left_edge, child.right_edge
        if first.lower_ == "that" and first.dep_ == "mark" and first.i < last.i:
            first = first.nbor()
        start, end = first.idx, last.idx + len(last)
        cut = [cue, *(source.subtree if source is not None else [])]
        if child.i < cue.i:
            end = min([end, *(each.idx for each in cut if each.i > child.i)])
        else:
            start = max([start, *(each.idx + len(each) for each in cut if each.i < child.i)])
            last = self._last(child, cue)
            end = max(end, last.idx + len(last))
        return self._widened(self._place(start, end), cue)

    def _last(self, child: Token, cue: Token) -> Token:
        last = child.right_edge
        for each in cue.rights:
            if each.i <= child.i or each.dep_ == "punct":
                continue
            says_more = each.tag_.startswith("V") and base_in(each.lower_, ASSERTING)
            own_subject = any(grandchild.dep_ in _SUBJECTS for grandchild in each.children)
            if each.dep_ not in _TO_THE_RIGHT or says_more or (each.dep_ == "conj" and own_subject):
                break
            last = each.right_edge
        return last

    def _widened(self, places: list[Place], cue: Token) -> list[Place]:
        """A clause that fills a quotation takes all of it, also what stands in the sentences around."""
        at_cue = self._sentence.start + cue.idx
        for at, place in enumerate(places):
            for each in self._quotations:
                if each.start <= at_cue < each.end:
                    continue
                overlap = min(place.end, each.inner_end) - max(place.start, each.inner_start)
                if overlap > 0.8 * (place.end - place.start):
                    places[at] = Place(each.block, each.inner_start, each.inner_end)
        return places

    def _place(self, start: int, end: int) -> list[Place]:
        text = self._sentence.text[start:end]
        left, right = start + len(text) - len(text.lstrip(_EDGE)), end - (len(text) - len(text.rstrip(_EDGE + ".")))
        base = self._sentence.start
        return [Place(self._sentence.block, base + left, base + right)] if right > left else []

    def _report(
        self,
        source: Token | None,
        cue: Token,
        contents: list[Place],
        *,
        asserts: bool,
        verbatim: bool = False,
        denied: bool = False,
    ) -> Report:
        return Report(
            contents=tuple(contents),
            source=self._source_place(source) if source is not None else None,
            cue=Place(self._sentence.block, self._sentence.start + cue.idx, self._sentence.start + cue.idx + len(cue)),
            verbatim=verbatim,
            denied=denied,
            asserts=asserts,
            nested=self._nested(cue),
            head=source.text if source is not None else "",
        )

    def _source_place(self, source: Token) -> Place:
        first, last = source.left_edge, source.right_edge
        if last.i - first.i > _LONG_SOURCE:
            first = last = source
            while first.i > 0 and first.nbor(-1).head is source and first.nbor(-1).dep_ in ("compound", "det", "amod"):
                first = first.nbor(-1)
        start, end = first.idx, last.idx + len(last)
        text = self._sentence.text[start:end]
        end -= len(text) - len(text.rstrip(_EDGE))
        return Place(self._sentence.block, self._sentence.start + start, self._sentence.start + max(end, start + 1))

    def _is_direct(self, quotation: Quotation) -> bool:
        """Not a scare quote: more than three words, or a sentence of its own by its last mark."""
        inside = self._sentence.text[
            max(0, quotation.inner_start - self._sentence.start) : max(0, quotation.inner_end - self._sentence.start)
        ]
        before = self._sentence.text[: max(0, quotation.start - self._sentence.start)]
        if _TITLE.search(before) and inside.rstrip(",. ").istitle():
            return False
        return len(inside.split()) > 3 or quotation.end > self._sentence.end or inside.rstrip()[-1:] in tuple(",.!?…")
