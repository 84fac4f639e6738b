"""A claim before people, as the desk shows it, and what the person in front of it can do next."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Step(StrEnum):
    """What the person who looks at a review can do with it."""

    DECIDE = "decide"
    SECOND = "second"
    WAIT = "wait"
    CHANGE = "change"
    TAKEN = "taken"
    NOTHING = "nothing"


STANCES = (("contradicts", "contradicts the claim"), ("supports", "supports the claim"), ("discusses", "discusses it"))


PRIORITIES = ("low", "normal", "high", "urgent")
SETTLED = frozenset({"decided", "corrected", "withdrawn"})
SIDES = (("contradicts", "Against the claim"), ("supports", "For the claim"), ("", "Neither, or not yet judged"))


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of one piece of evidence and what they do to the claim. `reason` is the machine's, if it found them."""

    evidence_id: str
    exact: str
    stance: str
    start: int = 0
    end: int = 0
    reason: str = ""
    quotation_id: str = ""  # of a passage a person kept
    picked_by: str = ""

    @property
    def key(self) -> str:
        """A name for this passage on a form; the same for the same words at the same place."""
        said = (self.evidence_id, self.exact, self.stance, str(self.start), str(self.end))
        return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:16]


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
    origin: str = ""
    inadmissible: str = ""
    passages: tuple[Quote, ...] = ()

    @property
    def link(self) -> str:
        """The address when it is one a page may link to, else empty."""
        return self.url if self.url.startswith(("https://", "http://")) else ""

    @property
    def side(self) -> str:
        """Which way its passages speak: contradicts before supports; empty when neither was said."""
        stances = {passage.stance for passage in self.passages}
        return next((side for side in ("contradicts", "supports") if side in stances), "")


@dataclass(frozen=True, slots=True)
class StageLine:
    """What one stage of the machine found."""

    stage: str
    result: str
    detail: str
    spent: str = ""  # time, requests, tokens and money, in words
    lookups: tuple[StageLine, ...] = ()  # what each connector answered


@dataclass(frozen=True, slots=True)
class Added:
    """A source a person put before the claim."""

    way: str
    url: str
    state: str
    problem: str
    evidence_id: str
    title: str
    added_by: str
    added_at: datetime | None
    claim_id: str = ""
    claim_text: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One version of what readers were told."""

    version: int
    rating: str
    explanation: str
    note: str
    people: tuple[str, ...]
    decided_at: datetime | None
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing a person did with the claim."""

    act: str
    person: str
    note: str
    rating: str
    at: datetime | None


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
    proposed_note: str = ""
    proposed_by: str = ""
    proposed_by_name: str = ""
    corrects: bool = False
    decided_by: str = ""
    seconded_by: str = ""
    priority: str = "normal"
    due_at: datetime | None = None
    assigned_to: str = ""
    assigned_name: str = ""
    claim_state: str = "active"
    returned_note: str = ""
    machine_headline: str = ""
    machine_abstention: str = ""
    verdict_version: int = 0
    told: tuple[Told, ...] = ()
    deeds: tuple[Deed, ...] = ()
    added: tuple[Added, ...] = ()
    cited: tuple[Quote, ...] = ()  # of `quotes`, those a proposal or a verdict rests on, or the machine suggests

    @property
    def settled(self) -> bool:
        return self.state in SETTLED

    @property
    def standing(self) -> Told | None:
        """What readers see now, if a verdict was told."""
        return self.told[-1] if self.told else None

    def sides(self) -> list[tuple[str, list[Source]]]:
        """The evidence by which way it speaks; the two sides always, the rest when there is any."""
        found = [(title, [each for each in self.sources if each.side == side]) for side, title in SIDES]
        return found if found[-1][1] else found[:-1]


def next_step(review: Review, *names_of_person: str) -> Step:
    """What is open to the person known under these names (id, display name).

    Only a guide for the page: the owning service refuses a second opinion by the same person whatever is shown.
    """
    if review.claim_state != "active":
        return Step.NOTHING
    if review.state == "proposed" and review.proposed_by in names_of_person:
        return Step.WAIT
    if review.assigned_to and review.assigned_to not in names_of_person:
        return Step.TAKEN
    if review.state == "proposed":
        return Step.SECOND
    if review.settled:
        return Step.CHANGE
    return Step.DECIDE if review.state in ("open", "assigned", "machine") else Step.NOTHING


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person typed into the decision form; `keep` names the passages to cite."""

    rating: str = ""
    explanation: str = ""
    note: str = ""
    keep: frozenset[str] = frozenset()

    def quotes(self, review: Review) -> tuple[Quote, ...]:
        """The citations this comes to, in the review's order."""
        return tuple(quote for quote in review.quotes if quote.key in self.keep)


def first_draft(review: Review) -> Draft:
    """Where the form starts: all quotes kept, nothing chosen and nothing written; a person decides the rating unprompted.
    A correction starts from what was explained before."""
    keep = frozenset(quote.key for quote in review.quotes)
    standing = review.standing
    return Draft(explanation=standing.explanation if review.settled and standing else "", keep=keep)


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
