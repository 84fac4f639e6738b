"""Who said what, read off a dependency parse, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Protocol

from services.claim_extraction.engine.lexicon import DENYING, MUTE
from services.claim_extraction.engine.quotations import Quotation
from services.claim_extraction.engine.reports import Place, Report
from services.claim_extraction.engine.sentences import Sentence
from services.claim_extraction.engine.spans import Spans, Token
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

VERBS = ASSERTING | THINKING | WANTING | JUDGING | frozenset(ABOUT)
_OPEN_QUESTIONS = ("whether", "if", "what", "why", "how", "who", "when", "where", "which")
_SPEAKERS_OWN = ("i", "we", "you")  # inside a quotation these speak for whoever is quoted
_NOBODY = ("it", "there", "that", "this", "what", "which")
_SHARES_SUBJECT = ("conj", "advcl", "xcomp", "pcomp", "ccomp", "dep")
_SAID_BY_IT = frozenset({"say", "add", "argue", "claim", "note", "warn", "announce"})  # not "it shows", "it means"
_CITING = frozenset({"cite", "mention"})
_NOUN_LINKS = ("of", "about", "for", "over", "on", "against")


class Parser(Protocol):
    """Texts to parsed documents with tags and dependencies, in order."""

    def pipe(self, texts: Sequence[str]) -> Iterator[Any]: ...


def read_parsed(sentences: Sequence[Sentence], quotations: Sequence[Quotation], parser: Parser) -> Iterator[Report]:
    """Every report the parse shows, in reading order; a word is the cue of at most one."""
    documents = parser.pipe([each.text for each in sentences])
    for sentence, document in zip(sentences, documents, strict=True):
        near = [each for each in quotations if each.block == sentence.block and each.start < sentence.end]
        reading = _Reading(Spans(sentence, document, [each for each in near if each.end > sentence.start]))
        yield from filter(None, [reading.report(token) for token in document if _may_be_cue(token.lower_)])


@lru_cache(maxsize=50_000)
def _may_be_cue(word: str) -> bool:
    """Whether the word, by its letters alone, can say that somebody says something; few of a text can."""
    return word == "according" or word in ADJECTIVES or any(base_in(word, group) for group in (VERBS, NOUNS))


class _Reading:
    def __init__(self, spans: Spans) -> None:
        self._spans = spans

    def report(self, token: Token) -> Report | None:
        """What the token, a word that may be a cue, reports, if something stands there to be reported."""
        word, found = token.lower_, None
        if word == "according":
            found = self._according(token)
        elif token.tag_.startswith("V") and token.dep_ not in ("aux", "auxpass") and base_in(word, VERBS):
            found = self._verb(token)
        elif token.tag_.startswith("N") and base_in(word, NOUNS):
            found = self._noun(token)
        elif token.tag_.startswith("J") and word in ADJECTIVES:
            found = self._adjective(token)
        return found if found is not None and (found.contents or self._spans.announces(token)) else None

    def _verb(self, verb: Token) -> Report | None:
        source = _source_of(verb)
        if source is not None and source.lower_ in MUTE:
            return None
        if self._spans.nested(verb) and (source is None or source.lower_ in _SPEAKERS_OWN):
            return None
        contents, verbatim = self._said(verb, source)
        clause = bool(contents)
        if not clause:
            contents = self._judged(verb, source)
        if source is None and not clause:
            return None  # nobody wants or judges
        announces = not contents and bool(base_in(verb.lower_, ASSERTING))
        asserts = announces or (clause and (verbatim or _puts_forward(verb)))
        return self._report(source, verb, contents, verbatim=verbatim, asserts=asserts)

    def _said(self, verb: Token, source: Token | None) -> tuple[list[Place], bool]:
        """A whole clause or quotation behind a verb of saying or thinking, and whether it is quoted."""
        if not base_in(verb.lower_, ASSERTING | THINKING):
            return [], False
        clause = next((child for child in verb.children if child.dep_ == "ccomp" and child is not source), None)
        said = self._spans.content(clause, verb, source) if clause is not None else []
        if clause is not None and base_in(verb.lower_, _CITING) and _child(clause, "mark", "that") is None:
            said = []  # "cited remarks Lund had made" says nothing of its own
        if clause is not None and clause.i < verb.i and self._spans.closes_with_colon(said):
            said = []  # "He told the story: the two had learned of it": what stands before a colon is not said behind it
        if said and clause is not None and self._spans.opens_outside(said[0], clause):
            return said, False
        if quoted := self._spans.quoted(verb):
            return quoted, True
        if verb.tag_ == "VBG":
            return said, False  # "..., each touting his own record" is no parenthesis in what it stands behind
        return said or self._spans.around(verb, source), False

    def _judged(self, verb: Token, source: Token | None) -> list[Place]:
        """What somebody wants, judges or speaks about."""
        wanted = ABOUT.get(base_in(verb.lower_, ABOUT), "").split()
        judges = bool(base_in(verb.lower_, JUDGING))
        wants = judges or bool(base_in(verb.lower_, WANTING | THINKING | ASSERTING))
        for places, fits in (
            (("ccomp", "xcomp"), wants),
            (("dobj", "oprd", "attr"), judges),
            (("prep", "prt"), bool(wanted)),
        ):
            for child in verb.children if fits else ():
                linked = child.dep_ not in ("prep", "prt") or (child.lower_ in wanted and child.n_rights > 0)
                if child.dep_ in places and linked:
                    return self._spans.content(child, verb, source)
        return []

    def _noun(self, noun: Token) -> Report | None:
        """ "X's claim that P", "the suspicion of X by Y"."""
        source = _child(noun, "poss") or _object(_child(noun, "prep", "by", "from"))
        for child in noun.children:
            clause = child.dep_ in ("acl", "ccomp", "relcl") and any(
                each.lower_ in ("that", "to") and each.dep_ in ("mark", "aux") for each in child.children
            )
            about = source is not None and child.dep_ == "prep" and child.lower_ in _NOUN_LINKS
            if clause or about:
                return self._report(source, noun, self._spans.content(child, noun, source), asserts=False)
        return None

    def _adjective(self, adjective: Token) -> Report | None:
        """ "X is sure that P"."""
        verb = adjective.head
        source = _child(verb, "nsubj") if verb.tag_.startswith("V") else None
        if source is None or source.lower_ in _NOBODY:
            return None
        for owner in (adjective, verb):
            for child in owner.children:
                if child.dep_ in ("ccomp", "xcomp") or (owner is adjective and child.dep_ == "prep"):
                    contents = self._spans.content(child, adjective, source)
                    return self._report(source, adjective, contents, asserts=False)
        return None

    def _according(self, according: Token) -> Report | None:
        source = _object(_child(according, "prep", "to"))
        if source is None:
            return None
        head = according.head
        quoted = self._spans.quoted(head) if head is not according else []
        if according.i <= 1:
            contents = self._spans.between(source.right_edge.idx + len(source.right_edge))
        else:
            clause = next((token for token in [head, *head.ancestors] if token.tag_.startswith("V")), head)
            start = clause.left_edge.idx if clause.left_edge.i < according.i else 0
            contents = self._spans.between(start, according.idx)
        return self._report(source, according, contents, verbatim=bool(quoted), asserts=True)

    def _report(
        self, source: Token | None, cue: Token, contents: list[Place], *, asserts: bool, verbatim: bool = False
    ) -> Report:
        return Report(
            contents=tuple(self._spans.heard_with(cue, contents)),
            source=self._spans.source(source, cue) if source is not None else None,
            cue=self._spans.word(cue),
            verbatim=verbatim,
            denied=cue.lower_ in DENYING,
            asserts=asserts,
            nested=self._spans.nested(cue),
            head=source.text if source is not None else "",
        )


def _puts_forward(verb: Token) -> bool:
    """Not "hopes that", not "did not say that", not "asked whether"."""
    if base_in(verb.lower_, NOT_PUT_FORWARD) or not base_in(verb.lower_, ASSERTING | THINKING):
        return False
    if any(child.dep_ == "neg" or child.lower_ in ("never", "if") for child in verb.children):
        return False
    clause = _child(verb, "ccomp")
    return clause is None or clause.left_edge.lower_ not in _OPEN_QUESTIONS


def _source_of(verb: Token) -> Token | None:
    """The subject, the agent of a passive, or the subject a participle or second verb shares with its head: that of a
    passive is who it is done to ("Holm was praised by Lund for saying that ...")."""
    cue = verb
    while True:
        if any(child.dep_ in ("nsubjpass", "auxpass") for child in verb.children):
            return _object(_child(verb, "agent")) if verb is cue else _child(verb, "nsubjpass")
        subjects = [child for child in verb.children if child.dep_ == "nsubj"]
        subject = min(subjects, key=lambda each: abs(each.i - verb.i), default=None)
        relative = subject is not None and verb.dep_ == "relcl" and subject.lower_ in ("that", "which")
        if relative and base_in(verb.lower_, ASSERTING):
            return verb.head  # "a letter from his doctor that says ..."
        if subject is not None:
            speaks = subject.lower_ == "it" and base_in(verb.lower_, _SAID_BY_IT)
            return None if subject.lower_ in _NOBODY and verb.tag_ != "VBD" and not speaks else subject
        if verb.dep_ == "acl" and verb.tag_ == "VBG":
            return verb.head
        above = next((each for each in verb.ancestors if each.tag_.startswith("V")), None)
        if verb.dep_ not in _SHARES_SUBJECT or above is None:
            return None
        verb = above


def _child(token: Token, dependency: str, *words: str) -> Token | None:
    """The first child with this dependency and, where given, one of these words."""
    return next(
        (child for child in token.children if child.dep_ == dependency and (not words or child.lower_ in words)), None
    )


def _object(preposition: Token | None) -> Token | None:
    return _child(preposition, "pobj") if preposition is not None else None
