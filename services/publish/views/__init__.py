"""What each page shows, as plain values. Handlers fill these in; templates show them and decide nothing.

Every time is an aware UTC datetime, every address is absolute or starts with a slash, every text is plain text
(never HTML): markup from outside becomes `Piece`s in `services.publish.markup` and is escaped when shown.
"""

from __future__ import annotations

from services.publish.views.article import (
    ArticleView,
    AudioView,
    BlockView,
    CorrectionView,
    Piece,
    SiteView,
)
from services.publish.views.claims import (
    ChangeView,
    ClaimView,
    EvidenceView,
    PanelView,
    ProgressView,
    RatedView,
    Tally,
)
from services.publish.views.comments import (
    CommentsView,
    CommentView,
)
from services.publish.views.whole import (
    ClaimPage,
    CorrectionsPage,
    ErrorPage,
    FactCheckView,
    HomePage,
    MethodologyPage,
    ReaderPage,
    RequestPage,
    SearchPage,
    TeaserView,
)

__all__ = [
    "ArticleView",
    "AudioView",
    "BlockView",
    "ChangeView",
    "ClaimPage",
    "ClaimView",
    "CommentView",
    "CommentsView",
    "CorrectionView",
    "CorrectionsPage",
    "ErrorPage",
    "EvidenceView",
    "FactCheckView",
    "HomePage",
    "MethodologyPage",
    "PanelView",
    "Piece",
    "ProgressView",
    "RatedView",
    "ReaderPage",
    "RequestPage",
    "SearchPage",
    "SiteView",
    "Tally",
    "TeaserView",
]
