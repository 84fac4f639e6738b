"""What each page shows, as plain values. Handlers fill these in; templates show them and decide nothing.

Every time is an aware UTC datetime, every address is absolute or starts with a slash, every text is plain text
(never HTML): markup from outside becomes `Piece`s in `services.publish.markup` and is escaped when shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby, zip_longest

from services.publish.wording import Chip, RatingStep, tally
from shared.web.forms import Form
from shared.web.pages import Link

MANY_CLAIMS = 20


@dataclass(frozen=True, slots=True)
class SiteView:
    """The publisher: who is speaking, who pays, and how to complain. Empty texts are left out of the page."""

    name: str
    mission: str
    base_url: str
    language: str = "en"
    legal_name: str = ""
    address: str = ""
    editor_in_chief: str = ""
    contact: str = ""
    funding: str = ""
    corrections_policy: str = ""
    legal_footer: str = ""
    homepage: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text with one look.

    A run inside a claim carries the claim's id, `opens` on its first run and `closes` on its last; `chips` are the
    claims whose outcome is shown right after the run (a claim inside another has no mark of its own, only its chip).
    """

    text: str
    href: str = ""
    strong: bool = False
    emphasis: bool = False
    code: bool = False
    claim_id: str = ""
    opens: bool = False
    closes: bool = False
    chips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockView:
    """One block of the article. `kind` is paragraph, heading, quote or list_item; `block_id` survives edits."""

    block_id: str
    kind: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """One published change: what it said before, what it says now, when and why."""

    at: datetime
    before: str
    after: str
    note: str = ""
    claim_text: str = ""
    claim_url: str = ""
    article_title: str = ""
    article_url: str = ""


@dataclass(frozen=True, slots=True)
class ArticleView:
    """The article as published. `path` is its address here, `canonical` the address the CMS gave it."""

    article_id: str
    path: str
    title: str
    blocks: tuple[BlockView, ...]
    published_at: datetime
    canonical: str = ""
    standfirst: str = ""
    bylines: tuple[str, ...] = ()
    updated_at: datetime | None = None
    language: str = "en"
    kicker: str = ""
    text_sha256: str = ""
    withdrawn: bool = False
    corrections: tuple[CorrectionView, ...] = ()

    @property
    def groups(self) -> tuple[tuple[str, tuple[BlockView, ...]], ...]:
        """Blocks with neighbouring list items brought together, in order."""
        return tuple((kind, tuple(blocks)) for kind, blocks in groupby(self.blocks, key=lambda block: block.kind))


@dataclass(frozen=True, slots=True)
class AudioView:
    """The spoken article. `state` is ready, updating (the text is newer than the recording) or unavailable."""

    state: str = "unavailable"
    opus_url: str = ""
    mp3_url: str = ""
    timings_url: str = ""
    duration_ms: int = 0
    voice: str = "Computer voice"
    reason: str = ""


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


@dataclass(frozen=True, slots=True)
class CommentView:
    """One public comment, or the place of a removed one that still has replies (`removed`, no words)."""

    comment_id: str
    author_name: str
    written_at: datetime
    paragraphs: tuple[tuple[Piece, ...], ...]
    permalink: str
    reply_url: str = ""
    replies: tuple[CommentView, ...] = ()
    more_replies: int = 0
    more_url: str = ""
    removed: bool = False
    staff: bool = False
    reply_form: Form | None = None

    @property
    def shown_name(self) -> str:
        """The reader's name, or that they gave none."""
        return self.author_name or "Anonymous reader"


@dataclass(frozen=True, slots=True)
class CommentsView:
    """Reader comments: `count` is every public comment, `roots` those shown here with their replies."""

    count: int
    roots: tuple[CommentView, ...]
    form: Form | None
    more_url: str = ""
    notice: str = ""
    replying: bool = False


@dataclass(frozen=True, slots=True)
class ReaderPage:
    """The whole reader page. Any part may be degraded (see their `notice` and `state`); the page still stands."""

    site: SiteView
    article: ArticleView
    audio: AudioView
    panel: PanelView
    comments: CommentsView


@dataclass(frozen=True, slots=True)
class TeaserView:
    """An article in a list."""

    title: str
    path: str
    published_at: datetime
    standfirst: str = ""
    bylines: tuple[str, ...] = ()
    tallies: tuple[Tally, ...] = ()
    comment_count: int = 0


@dataclass(frozen=True, slots=True)
class FactCheckView:
    """A reviewed fact check in a list: ours, or one that was imported and belongs to `publisher`."""

    claim: str
    chip: Chip
    publisher: str
    url: str
    reviewed_at: datetime | None = None
    claimant: str = ""
    title: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class HomePage:
    """Latest articles, newest first, and the newest fact checks."""

    site: SiteView
    articles: tuple[TeaserView, ...]
    fact_checks: tuple[FactCheckView, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Fact-check search. `error` names what was wrong with the question; then there are no results."""

    site: SiteView
    query: str
    results: tuple[FactCheckView, ...]
    total: int = 0
    next_url: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """One claim with all its evidence and its whole history."""

    site: SiteView
    claim: ClaimView
    article: TeaserView | None = None


@dataclass(frozen=True, slots=True)
class CorrectionsPage:
    """Every published correction, newest first."""

    site: SiteView
    corrections: tuple[CorrectionView, ...]
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class MethodologyPage:
    """How claims are checked, with the site's own rating scheme and its own further sections (heading, paragraphs)."""

    site: SiteView
    ratings: tuple[RatingStep, ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """A failure in plain words. Nothing internal: only a reference that operators can look up."""

    site: SiteView
    status: int
    message: str = ""
    reference: str = ""
    links: tuple[Link, ...] = field(default=(Link("Go to the latest articles", "/"),))
