"""A reader page with every kind of outcome, for tests of templates: values only, no service and no network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from services.publish.markup import Span, lay_out, read_paragraphs
from services.publish.pages import comment_form, verify_form
from services.publish.views import (
    ArticleView,
    AudioView,
    BlockView,
    ChangeView,
    ClaimView,
    CommentsView,
    CommentView,
    CorrectionView,
    EvidenceView,
    PanelView,
    RatedView,
    ReaderPage,
    SiteView,
)
from services.publish.wording import UNREVIEWED, Chip, chip, contradicted_by, said_by

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
ARTICLE_PATH = "/articles/a1"

SITE = SiteView(
    name="The Saltmere Courier",
    mission="An independent newsroom against disinformation. We check before we print, and we show how.",
    base_url="https://courier.example",
    legal_name="Saltmere Courier Cooperative Ltd",
    address="4 Ropewalk Steps, Saltmere",
    editor_in_chief="Philippa Renn",
    contact="desk@courier.example",
    funding="Owned by 3,120 reader members. No donor gives more than 4 per cent.",
    corrections_policy="We correct errors openly: the old words, the new words, the day and the reason stay on the page.",
    legal_footer="A fictional publisher.",
)


@dataclass(frozen=True)
class Said:
    """One sentence of the sample article that is a claim."""

    words: str
    chip: Chip
    said_by: str
    evidence: tuple[EvidenceView, ...] = ()
    reviewed_by: str = ""
    rating: str = ""
    value: int | None = None
    explanation: str = ""
    abstention: str = ""


def evidence(quote: str, stance: str, publisher: str = "Atlantic Wrecks Quarterly", **changes: object) -> EvidenceView:
    """One quotation, retrieved at noon."""
    base = EvidenceView(
        quote=quote,
        stance=stance,
        title="A survey history of the wreck",
        publisher=publisher,
        url=f"https://{publisher.split()[0].lower()}.example/history",
        retrieved_at=NOON,
        published_at=datetime(2023, 6, 30, tzinfo=UTC),
        published_at_source="markup",
        sha256="ab" * 32,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


RELIABLE = RatedView(
    "reliable",
    datetime(2025, 11, 3, tzinfo=UTC),
    2,
    "The press council's ruling of October 2025, and three corrections it printed itself",
    "https://council.example/rulings/4",
)

SAYINGS: tuple[Said, ...] = (
    Said(
        "The ocean covers about 71 per cent of the Earth’s surface",
        chip(status="verdict", rating="supported", reviewed_by="Ada Holm"),
        said_by("named", "Maren Oyelaran", verbatim=True),
        (evidence("About 71 percent of the Earth’s surface is covered by the ocean.", "for", "Northlight Fact Desk"),),
        reviewed_by="Ada Holm",
        rating="supported",
        value=5,
        explanation="Two fact checks and the survey agree on the share.",
    ),
    Said(
        "the wreck of the Titanic lies at a depth of about 5,200 metres",
        chip(status="needs_review", rating="refuted", headline=contradicted_by(["Atlantic Wrecks Quarterly"])),
        said_by("document", "the visitor leaflet"),
        (
            evidence(
                "The wreck of the Titanic lies at a depth of about 3,800 metres.",
                "against",
                comparison="The source says 3,800 metres; the claim says 5,200 metres.",
                rated=RELIABLE,
            ),
        ),
        rating="refuted",
    ),
    Said(
        "Only five per cent of the ocean floor has been mapped",
        chip(status="verdict", rating="refuted", reviewed_by="Ada Holm and Ben Ito"),
        said_by("named", "Tobias Hale", verbatim=True),
        (
            evidence("26.1 per cent of the ocean floor had been mapped.", "against", "Sea Floor Bulletin"),
            evidence("An older book gives five per cent.", "for", "School Atlas", published_at=None),
        ),
        reviewed_by="Ada Holm and Ben Ito",
        rating="refuted",
        value=1,
        explanation="By June 2024 modern surveys covered 26.1 per cent of the ocean floor.",
    ),
    Said(
        "the exhibition had cost 2.4 million pounds",
        chip(status="assessed", rating="not_enough_evidence", headline="Not enough evidence"),
        said_by("anonymous"),
        abstention="No source we read states the cost.",
    ),
    Said(
        "Sound travels through sea water at about 1,500 metres per second",
        chip(status="assessed", rating="supported", headline=f"{UNREVIEWED}: supported"),
        said_by("named", "Maren Oyelaran", verbatim=True),
        (evidence("In sea water sound travels at about 1,500 metres per second.", "for", "Listening Post"),),
        rating="supported",
    ),
    Said(
        "We know more about the surface of the Moon than about the bottom of the ocean",
        chip(status="verdict", rating="missing_context", reviewed_by="Ada Holm"),
        said_by("named", "Tobias Hale", verbatim=True),
        (evidence("The comparison holds for the sharpness of maps only.", "context", "Northlight Fact Desk"),),
        reviewed_by="Ada Holm",
        rating="missing_context",
    ),
    Said("Entry is free for anyone under eighteen", chip(status="checking"), said_by("author")),
)

_FILLER = (
    "The hall has been open for a week and the queue has not become shorter. On the first morning it reached the fish "
    "market, and the cafe beside it sold out of bread before noon. Visitors read the panels slowly, children first. "
    "Most of them stay in the room with the listening tank, where a click runs from one wall to the other and back. "
)


def claims(count: int = len(SAYINGS)) -> tuple[ClaimView, ...]:
    """So many claims, numbered, going round the sayings."""
    made = []
    for number in range(1, count + 1):
        said = SAYINGS[(number - 1) % len(SAYINGS)]
        made.append(
            ClaimView(
                claim_id=f"k{number}",
                number=number,
                text=said.words,
                said_by=said.said_by,
                chip=said.chip,
                path=f"/claims/k{number}",
                evidence=said.evidence,
                explanation=said.explanation,
                abstention=said.abstention,
                decided_by="Ada Holm" if said.reviewed_by else "",
                reviewed_by=said.reviewed_by,
                decided_at=NOON,
                rating=said.rating,
                rating_value=said.value,
                verdict_version=1 if said.reviewed_by else 0,
                confidence="High: two independent sources agree." if said.reviewed_by else "",
                history=(ChangeView(NOON, "First check"),),
                report_url="mailto:desk@courier.example",
            )
        )
    return tuple(made)


def blocks(count: int = len(SAYINGS), filler: int = 1) -> tuple[BlockView, ...]:
    """One paragraph per claim, with a link, around `filler` times 60 words of text without claims."""
    made = [BlockView("h1", "heading", lay_out("<h2>What holds</h2>", "What holds", ()))]
    for number in range(1, count + 1):
        words = SAYINGS[(number - 1) % len(SAYINGS)].words
        before = "According to <a href='https://source.example/report'>one account</a>, "
        text = f"According to one account, {words}. {(_FILLER * filler).strip()}"
        start = text.index(words)
        html = f"<p>{before}{words}. {_FILLER * filler}</p>"
        made.append(
            BlockView(f"b{number}", "paragraph", lay_out(html, text, [Span(f"k{number}", start, start + len(words))]))
        )
    made.append(BlockView("l1", "list_item", lay_out("", "Open from Tuesday to Sunday", ())))
    made.append(BlockView("l2", "list_item", lay_out("", "Closed in January", ())))
    return tuple(made)


def comments(count: int = 8, reply_to: str = "") -> CommentsView:
    """So many comments in threads of four: root, reply, reply to the reply, reply to the root."""
    action = f"{ARTICLE_PATH}/comments"

    def one(number: int, replies: tuple[CommentView, ...] = ()) -> CommentView:
        name = "" if number % 3 == 0 else f"Reader {number}"
        return CommentView(
            comment_id=f"m{number}",
            author_name=name,
            written_at=NOON + timedelta(minutes=number),
            paragraphs=read_paragraphs(
                "<p>The leaflet has <em>another</em> number than the panel.</p><p>Which is it?</p>"
            ),
            permalink=f"{ARTICLE_PATH}#comment-m{number}",
            reply_url=f"{ARTICLE_PATH}?reply=m{number}#reply-m{number}",
            replies=replies,
            reply_form=comment_form(
                action, request_id="r2", parent_id=f"m{number}", parent_name=name or "an anonymous reader"
            )
            if reply_to == f"m{number}"
            else None,
        )

    roots = []
    for first in range(1, count + 1, 4):
        left = count - first
        deeper = (one(first + 2),) if left >= 2 else ()
        replies = ((one(first + 1, deeper),) if left >= 1 else ()) + ((one(first + 3),) if left >= 3 else ())
        roots.append(one(first, replies))
    return CommentsView(count=count, roots=tuple(roots), form=comment_form(action, request_id="r1"))


def reader_page(
    claim_count: int = len(SAYINGS), comment_count: int = 8, filler: int = 1, reply_to: str = ""
) -> ReaderPage:
    """The whole page."""
    article = ArticleView(
        article_id="a1",
        path=ARTICLE_PATH,
        title="The deep sea in numbers: what the new hall gets right, and what it does not",
        standfirst="The hall opened with a figure on every wall. We compared the speeches and the leaflet with the record.",
        kicker="Analysis",
        bylines=("Ines Farrow", "Callum Adeyemi"),
        blocks=blocks(claim_count, filler),
        published_at=NOON - timedelta(hours=3),
        updated_at=NOON - timedelta(hours=1),
        corrections=(
            CorrectionView(NOON - timedelta(hours=1), "5,200 metres", "3,800 metres", "The leaflet was replaced."),
        ),
    )
    panel = PanelView(
        version="1.7",
        claims=claims(claim_count),
        verify_form=verify_form(f"{ARTICLE_PATH}/verify", request_id="r0"),
        live_url=f"{ARTICLE_PATH}/live",
        checked_at=NOON,
    )
    audio = AudioView(
        state="ready",
        opus_url=f"{ARTICLE_PATH}/audio.opus",
        mp3_url=f"{ARTICLE_PATH}/audio.mp3",
        timings_url=f"{ARTICLE_PATH}/audio.vtt",
        duration_ms=247_000,
    )
    return ReaderPage(SITE, article, audio, panel, comments(comment_count, reply_to))
