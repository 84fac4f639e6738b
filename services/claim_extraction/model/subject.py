"""What a sheet is about: an article, or a text or a claim somebody sent in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.claim_extraction.model.claim import Block


class SubjectKind(StrEnum):
    """What was read."""

    ARTICLE = "article"
    DRAFT = "draft"
    TEXT = "text"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject as its sheet tells of it. `owner` is the partner that sent it in; only articles are public.

    `published_at` is aware UTC, or None when nobody said.
    """

    subject_id: str
    site_id: str
    kind: SubjectKind = SubjectKind.ARTICLE
    owner: str = ""
    title: str = ""
    url: str = ""
    published_at: datetime | None = None
    links: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        return self.kind is SubjectKind.ARTICLE

    @property
    def article_id(self) -> str:
        """Empty where there is no article."""
        return self.subject_id if self.kind is SubjectKind.ARTICLE else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The words a sheet was read from, and the day its relative dates count from."""

    blocks: tuple[Block, ...] = ()
    dated: date = date.min
