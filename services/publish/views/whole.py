"""Whole pages, and the entries of those that are lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from services.publish.views.article import ArticleView, AudioView, CorrectionView, SiteView
from services.publish.views.claims import ClaimView, PanelView, Tally
from services.publish.views.comments import CommentsView
from services.publish.wording import Chip, RatingStep
from shared.web.pages import Link


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
class RequestPage:
    """Where readers send in a claim. `received` is the number their request is kept under; then there is no form."""

    site: SiteView
    received: str = ""


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """A failure in plain words. Nothing internal: only a reference that operators can look up."""

    site: SiteView
    status: int
    message: str = ""
    reference: str = ""
    links: tuple[Link, ...] = field(default=(Link("Go to the latest articles", "/"),))
