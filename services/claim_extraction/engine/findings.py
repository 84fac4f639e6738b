"""Candidates that passed become found claims, linked to the reports they come from and to the parts they are made of."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from services.claim_extraction.engine.assembly import Candidate
from services.claim_extraction.engine.dates import read_dates
from services.claim_extraction.engine.parts import parts_of
from services.claim_extraction.engine.quantities import read_quantities
from services.claim_extraction.engine.syntax import Parser
from services.claim_extraction.model import (
    SENTENCE_CONTEXT,
    Anchor,
    Attribution,
    Block,
    CheckWorthiness,
    ClaimKind,
    ClaimLink,
    FoundClaim,
    LinkKind,
    SourceKind,
    anchor_at,
    normalise,
    words_hash,
)


class Gathered:
    """The claims of one text while they are being gathered: one per wording, each with all its places and links."""

    def __init__(self, published: date) -> None:
        self._published = published
        self._claims: dict[str, FoundClaim] = {}
        self._links: dict[str, set[ClaimLink]] = {}
        self._by_words: dict[str, str] = {}

    def add(self, candidate: Candidate, statement: FoundClaim) -> None:
        """A statement, and beside what somebody else said the claim that they said it; the pair linked both ways."""
        key = self._keep(statement)
        if candidate.report is None:
            return
        report = claim_of(candidate.report, ClaimKind.REPORT, statement.check_worthiness, self._published)
        report_key = self._keep(report)
        self._link(key, LinkKind.REPORTED_BY, report_key)
        self._link(report_key, LinkKind.REPORTS, key)

    def divide(self, parser: Parser) -> None:
        """Adds the parts of compound statements, each linked to the whole."""
        compound = [claim for claim in self._claims.values() if _may_be_compound(claim)]
        for whole, spans in zip(compound, parts_of([claim.text for claim in compound], parser), strict=True):
            parts = [_part(whole, start, end, self._published) for start, end in spans]
            if len(parts) > 1 and all(part.quantities or part.dates for part in parts):
                for part in parts:
                    self._link(self._keep(part), LinkKind.PART_OF, whole.key)

    def claims(self) -> tuple[FoundClaim, ...]:
        """In the order they were added."""
        return tuple(replace(each, links=tuple(sorted(self._links.get(key, ())))) for key, each in self._claims.items())

    def _keep(self, claim: FoundClaim) -> str:
        """Under its own key, or as one more place of an earlier claim that says the same in near-identical words."""
        key = self._by_words.setdefault(f"{claim.kind}:{bare_words(claim.text)}", claim.key)
        known = self._claims.setdefault(key, claim)
        if known is not claim:
            self._claims[key] = replace(known, anchors=tuple(dict.fromkeys((*known.anchors, *claim.anchors))))
        return key

    def _link(self, key: str, kind: LinkKind, other: str) -> None:
        if key != other:
            self._links.setdefault(key, set()).add(ClaimLink(kind, other))


def claim_of(candidate: Candidate, kind: ClaimKind, score: CheckWorthiness | None, published: date) -> FoundClaim:
    """The candidate with its numbers and dates read."""
    dates = read_dates(candidate.text, published)
    return FoundClaim(
        text=candidate.text,
        text_hash=words_hash(candidate.text),
        kind=kind,
        anchors=candidate.anchors,
        attribution=candidate.attribution,
        quantities=read_quantities(candidate.text, [(each.start, each.end) for each in dates]),
        dates=dates,
        check_worthiness=score,
    )


def pointed_at(block: Block, start: int, end: int, *, published: date) -> FoundClaim:
    """The claim in words a reader pointed at: nobody judged them."""
    anchor = anchor_at(block, start, end)
    return claim_of(
        Candidate(anchor.exact, (anchor,), Attribution(SourceKind.AUTHOR)), ClaimKind.STATEMENT, None, published
    )


def unread_claim(anchor: Anchor) -> FoundClaim:
    """Words in a language nobody reads here: kept as they stand."""
    author = Attribution(SourceKind.AUTHOR)
    return FoundClaim(anchor.exact, words_hash(anchor.exact), ClaimKind.STATEMENT, (anchor,), author, (), (), None)


def _may_be_compound(claim: FoundClaim) -> bool:
    numbers = len(claim.quantities) + len(claim.dates)
    return claim.kind is ClaimKind.STATEMENT and len(claim.anchors) == 1 and numbers > 1


def _part(whole: FoundClaim, start: int, end: int, published: date) -> FoundClaim:
    anchor = _within(whole.anchors[0], start, end)
    candidate = Candidate(anchor.exact, (anchor,), whole.attribution)
    return claim_of(candidate, ClaimKind.STATEMENT, whole.check_worthiness, published)


def _within(anchor: Anchor, start: int, end: int) -> Anchor:
    """The anchor of a part of an anchor's words; what surrounds it includes the rest of them."""
    around = anchor.prefix + anchor.exact + anchor.suffix
    first, last = len(anchor.prefix) + start, len(anchor.prefix) + end
    return replace(
        anchor,
        start=anchor.start + start,
        end=anchor.start + end,
        exact=anchor.exact[start:end],
        prefix=around[max(0, first - SENTENCE_CONTEXT) : first],
        suffix=around[last : last + SENTENCE_CONTEXT],
    )


_WORD = re.compile(r"[^\W_]+(?:['.,-][^\W_]+)*|[%$£€+<>]")
_SMALL = frozenset(["a", "an", "the", "that", "and", "but", "so", "however", "also"])


def bare_words(text: str) -> str:
    """The words that carry the meaning, in order: case, marks, articles and "but" put aside, all else kept."""
    words = (word.casefold() for word in _WORD.findall(normalise(text)))
    return " ".join(word for word in words if word not in _SMALL)
