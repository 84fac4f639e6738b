"""A claim before people, as the desk shows it, and what the person in front of it can do next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Step(StrEnum):
    """What the person who looks at a review can do with it."""

    DECIDE = "decide"
    SECOND = "second"
    WAIT = "wait"
    NOTHING = "nothing"


STANCES = (("contradicts", "contradicts the claim"), ("supports", "supports the claim"), ("discusses", "discusses it"))


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of one piece of evidence and what they do to the claim."""

    evidence_id: str
    exact: str
    stance: str


@dataclass(frozen=True, slots=True)
class Source:
    """One piece of evidence with the part of its snapshot around what was found."""

    evidence_id: str
    url: str
    title: str
    publisher: str
    evidence_class: str
    published_at: datetime | None
    fetched_at: datetime | None
    excerpt: str

    @property
    def link(self) -> str:
        """The address when it is one a page may link to, else empty."""
        return self.url if self.url.startswith(("https://", "http://")) else ""


@dataclass(frozen=True, slots=True)
class StageLine:
    """What one stage of the machine found."""

    stage: str
    result: str
    detail: str


@dataclass(frozen=True, slots=True)
class Review:
    """A claim, what was found for it, and where people stand with it. Names are as the owning service tells them."""

    claim_id: str
    article_id: str
    article_title: str
    claim_text: str
    source_name: str
    state: str
    headline: str
    abstention: str
    suggested_rating: str
    version: int
    opened_at: datetime | None
    sources: tuple[Source, ...] = ()
    quotes: tuple[Quote, ...] = ()
    stages: tuple[StageLine, ...] = ()
    proposed_rating: str = ""
    proposed_explanation: str = ""
    proposed_by: str = ""
    decided_by: str = ""
    seconded_by: str = ""


def next_step(review: Review, *names_of_person: str) -> Step:
    """What is open to the person known under these names (id, display name).

    Only a guide for the page: the owning service refuses a second opinion by the same person whatever is shown.
    """
    if review.state == "proposed":
        return Step.WAIT if review.proposed_by in names_of_person else Step.SECOND
    return Step.DECIDE if review.state in ("open", "decided") else Step.NOTHING


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person typed into the decision form: what to keep by its place in the review, what to add by source."""

    rating: str = ""
    explanation: str = ""
    note: str = ""
    keep: frozenset[int] = frozenset()
    added: tuple[Quote, ...] = ()

    def quotes(self, review: Review) -> tuple[Quote, ...]:
        """The citations this comes to, each once."""
        kept = [quote for place, quote in enumerate(review.quotes) if place in self.keep]
        return tuple(dict.fromkeys([*kept, *self.added]))


def first_draft(review: Review) -> Draft:
    """Where the form starts: all quotes kept, nothing chosen and nothing written; a person decides the rating unprompted."""
    return Draft(keep=frozenset(range(len(review.quotes))))


def marked(excerpt: str, quotes: Iterable[str]) -> Sequence[tuple[str, bool]]:
    """The excerpt in runs, true where the words are quoted. Together the runs are the excerpt."""
    inside = [False] * len(excerpt)
    for quote in quotes:
        at = excerpt.find(quote) if quote else -1
        if at >= 0:
            inside[at : at + len(quote)] = [True] * len(quote)
    runs: list[tuple[str, bool]] = []
    start = 0
    for place in range(1, len(excerpt) + 1):
        if place == len(excerpt) or inside[place] != inside[start]:
            runs.append((excerpt[start:place], inside[start]))
            start = place
    return runs


def age(since: datetime | None, now: datetime) -> str:
    """`just now`, `12 min`, `3 h`, `5 days`."""
    if since is None:
        return ""
    minutes = int((now - since).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // 1440} days"
