"""Reader comments in their threads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.publish.views.article import Piece
from shared.web.forms import Form


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
