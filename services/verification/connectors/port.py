"""What a connector is: it is asked about one claim, and names pages to read or hands over documents.

A lead is not evidence: the page it names is fetched by the guarded fetcher and snapshotted first. A document is: its
words are what an analysis of the newsroom says, or what a dataset answered, and they are stored before they are cited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.verification.fetcher import Response
from services.verification.model import Evidence
from services.verification.sandbox import PageText


@dataclass(frozen=True, slots=True)
class Question:
    """One claim as a connector may know it. `public` is False for drafts and texts sent in."""

    site_id: str
    text: str
    language: str = "en"
    public: bool = True


@dataclass(frozen=True, slots=True)
class Lead:
    """A page that may bear on a claim. Its date is set only where its publisher stated it, never a search engine's guess."""

    url: str
    title: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a connector knows. Empty it is "nothing"; `skipped` says why it was not asked. `reviews` are ClaimReview
    objects for the archive: what others checked is matched there, and cited from its fetched page."""

    leads: tuple[Lead, ...] = ()
    documents: tuple[Evidence, ...] = ()
    reviews: tuple[dict[str, Any], ...] = ()
    detail: str = ""
    skipped: str = ""


class AskFailed(Exception):
    """A connector could not answer; the text is fit to be shown to staff. `retry_after` are seconds it asked to be left
    alone."""

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail, self.retry_after = detail, retry_after


class Provider(Protocol):
    """The guarded way out, counted: each connector gets one for each question."""

    async def ask(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
        """A body, within its limits. Raises AskFailed, also when the budget of the question is spent."""
        ...

    async def read(
        self, body: bytes, *, url: str, content_type: str, charset: str = "", within: str = "page"
    ) -> PageText:
        """What a body says, read in the confined process; `within` is page, feed or analysis. Raises AskFailed."""
        ...


class Connector(Protocol):
    """One place to look. `outside` connectors tell somebody else what is being checked."""

    @property
    def name(self) -> str: ...

    @property
    def outside(self) -> bool: ...

    async def ask(self, question: Question, provider: Provider) -> Answer:
        """Raises AskFailed, never anything else, for whatever a provider may do."""
        ...
