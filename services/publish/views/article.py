"""The publisher, the article and its recording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby


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
