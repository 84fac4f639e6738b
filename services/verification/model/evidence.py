"""Claims, the texts they are held against, and earlier fact checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.verification.model.rating import Rating, Stance


class EvidenceClass(StrEnum):
    NEWSROOM_ANALYSIS = "newsroom_analysis"
    REAL_TIME_SOURCE = "real_time_source"


class Origin(StrEnum):
    """How a text came to us. Only the first four may be evidence."""

    FETCHED = "fetched"
    UPLOADED = "uploaded"
    TYPED = "typed"
    ANALYSIS = "analysis"  # written by the newsroom's people, or our own reviewed verdict
    ARTICLE = "article"  # an article under check: never evidence
    COMMENT = "comment"  # a reader's words: never evidence
    MACHINE = "machine"  # something a model wrote: never evidence


@dataclass(frozen=True)
class Claim:
    """A claim as heard from claim extraction."""

    claim_id: str
    text: str
    text_hash: str
    site_id: str = ""
    subject_id: str = ""
    article_id: str = ""
    article_url: str = ""
    article_text: str = ""  # to tell copies of the article from evidence
    published_at: datetime | None = None
    language: str = "en"
    source_kind: str = "author"  # author, named, group, document, anonymous
    source_name: str = ""
    verbatim: bool = False  # the claim's words stand between quotation marks
    active: bool = True
    parts: tuple[str, ...] = ()  # its statements one by one, where it makes several


@dataclass(frozen=True)
class Evidence:
    """A content-addressed snapshot. `text` is what citations count their offsets in, in code points."""

    evidence_id: str
    text: str
    url: str = ""
    title: str = ""
    publisher: str = ""
    published_at: datetime | None = None
    published_at_source: str = ""  # feed, page, markup, person; empty when unknown
    fetched_at: datetime | None = None
    sha256: str = ""
    evidence_class: EvidenceClass = EvidenceClass.REAL_TIME_SOURCE
    origin: Origin = Origin.FETCHED


@dataclass(frozen=True)
class Citation:
    """Words of one stored evidence, and what they do to the claim."""

    evidence_id: str
    start: int
    end: int
    exact: str
    stance: Stance


@dataclass(frozen=True)
class FactCheck:
    """A reviewed verdict on a claim: ours once reviewed, or imported."""

    fact_check_id: str
    claim: str
    title: str = ""
    claimant: str = ""
    url: str = ""
    publisher: str = ""
    publisher_url: str = ""
    rating: Rating | None = None  # None when the publisher's word has no counterpart
    rating_label: str = ""
    reviewed_at: datetime | None = None
    language: str = "en"
    own: bool = False
    withdrawn: bool = False
    article_id: str = ""
    claim_id: str = ""
    evidence_id: str = ""  # the snapshot of its page, once fetched
    citations: tuple[Citation, ...] = ()  # what our own verdict stands on
