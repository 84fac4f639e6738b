"""Claims, their evidence, and the Fact Checker box that holds them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from services.publish.wording import Chip, tally
from shared.web.forms import Form

MANY_CLAIMS = 20


@dataclass(frozen=True, slots=True)
class RatedView:
    """How the newsroom rated a source when the outcome came about. `credibility` is reliable, mixed or unreliable."""

    credibility: str
    since: datetime
    version: int
    provenance: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One quotation of one stored source. `stance` is for, against or context; `quote` is verbatim."""

    quote: str
    stance: str
    title: str
    publisher: str
    url: str
    retrieved_at: datetime
    published_at: datetime | None = None
    published_at_source: str = ""
    evidence_class: str = "real_time_source"
    sha256: str = ""
    comparison: str = ""
    origin: str = ""
    rated: RatedView | None = None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One line of a claim's history."""

    at: datetime
    words: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim with everything a reader may know about it.

    `said_by` is a whole phrase ("Said by Ada Holm"); `confidence` says in words how sure and why;
    `decided_by` and `reviewed_by` are people's display names and empty for a machine.
    """

    claim_id: str
    number: int
    text: str
    said_by: str
    chip: Chip
    path: str
    evidence: tuple[EvidenceView, ...] = ()
    anchored: bool = True
    explanation: str = ""
    abstention: str = ""
    basis: str = ""
    confidence: str = ""
    decided_by: str = ""
    reviewed_by: str = ""
    decided_at: datetime | None = None
    verdict_version: int = 0
    rating: str = ""
    rating_value: int | None = None
    history: tuple[ChangeView, ...] = ()
    steps: tuple[str, ...] = ()
    report_url: str = ""
    more_for: int = 0
    more_against: int = 0
    more_context: int = 0

    def summary(self, quotes: int) -> ClaimView:
        """The same claim with at most `quotes` quotations, taken in turn from both sides; the rest is counted."""
        sides = [[one for one in self.evidence if one.stance == side] for side in ("against", "for", "context")]
        turns = [one for rank in zip_longest(*sides) for one in rank if one is not None]
        kept = turns[:quotes]
        left = turns[quotes:]
        return replace(
            self,
            evidence=tuple(one for one in self.evidence if one in kept),
            more_for=self.more_for + sum(one.stance == "for" for one in left),
            more_against=self.more_against + sum(one.stance == "against" for one in left),
            more_context=self.more_context + sum(one.stance == "context" for one in left),
        )

    @property
    def more_evidence(self) -> str:
        """`2 more for, 1 more against`: the evidence that is not shown here."""
        left = ((self.more_for, "for"), (self.more_against, "against"), (self.more_context, "as context"))
        return ", ".join(f"{count} more {side}" for count, side in left if count)

    @property
    def evidence_for(self) -> int:
        """How many quotations support the claim."""
        return sum(one.stance == "for" for one in self.evidence)

    @property
    def evidence_against(self) -> int:
        """How many quotations contradict the claim."""
        return sum(one.stance == "against" for one in self.evidence)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many claims share one outcome; `start` is where its stripe begins in the bar of all claims."""

    short: str
    count: int
    tone: str
    icon: str
    start: int


@dataclass(frozen=True, slots=True)
class ProgressView:
    """A run of checks under way."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class PanelView:
    """The Fact Checker box: every claim with its outcome, how fresh it is, and the way to ask for a new check."""

    version: str
    claims: tuple[ClaimView, ...]
    verify_form: Form
    live_url: str
    checked_at: datetime | None = None
    complete: bool = True
    progress: ProgressView | None = None
    notice: str = ""
    note: str = ""

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """Outcomes with their counts, settled ones first."""
        tallies: list[Tally] = []
        start = 0
        for chip, count in tally(claim.chip for claim in self.claims):
            tallies.append(Tally(chip.short, count, chip.tone, chip.icon, start))
            start += count
        return tuple(tallies)

    @property
    def sources(self) -> int:
        """How many different pages the outcomes quote."""
        return len({one.url for claim in self.claims for one in claim.evidence})

    def fitted(self) -> PanelView:
        """The panel as a reader page shows it: cards are summaries, shorter where there are many of them."""
        if len(self.claims) > MANY_CLAIMS:
            return replace(self, claims=tuple(replace(one.summary(1), history=()) for one in self.claims))
        return replace(self, claims=tuple(one.summary(3) for one in self.claims))

    def claim(self, claim_id: str) -> ClaimView | None:
        """The claim of this id, if the panel has it."""
        return next((one for one in self.claims if one.claim_id == claim_id), None)
