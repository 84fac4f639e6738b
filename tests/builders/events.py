"""Contract messages for tests: small, valid, and adjustable by keyword."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from plumbline.events.v1 import article_pb2, claim_pb2, comment_pb2, common_pb2, verdict_pb2

from shared.ids import DEFAULT_SITE, derived_id

ARTICLE = str(derived_id("test", "article"))
DRAFT = str(derived_id("test", "draft"))
TOKEN = "the-token-of-the-draft-of-these-tests-12345"
SITE = str(DEFAULT_SITE)
WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = "The tower is 300 metres high."


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def version(counter: int, epoch: int = 1) -> common_pb2.Version:
    return common_pb2.Version(epoch=epoch, counter=counter)


def article(
    counter: int = 1, *, words: str = WORDS, withdrawn: bool = False, article_id: str = ARTICLE
) -> article_pb2.Article:
    message = article_pb2.Article(
        article_id=article_id,
        site_id=SITE,
        version=version(counter),
        status=article_pb2.ARTICLE_STATUS_WITHDRAWN if withdrawn else article_pb2.ARTICLE_STATUS_PUBLISHED,
        source="test",
        external_id="1",
        url="https://example.org/tower",
        title="How high is the tower?",
        language="en",
        text_sha256=sha(words),
        blocks=[common_pb2.Block(block_id="b1", kind="paragraph", text=words, html=f"<p>{words}</p>")],
    )
    message.published_at.FromDatetime(WHEN)
    return message


def draft(
    counter: int = 1, *, words: str = WORDS, token: str = TOKEN, until: datetime | None = None, withdrawn: bool = False
) -> article_pb2.Draft:
    """A draft of the article, whose report `token` opens until `until` (a week after it was sent)."""
    message = article_pb2.Draft(
        draft_id=DRAFT,
        site_id=SITE,
        version=version(counter),
        draft_of=ARTICLE,
        source="test",
        title="How high is the tower?",
        language="en",
        blocks=[common_pb2.Block(block_id="b1", kind="paragraph", text=words, html=f"<p>{words}</p>")],
        text_sha256=sha(words),
        token_sha256=sha(token),
    )
    if withdrawn:
        message.withdrawn = True
        del message.blocks[:]
    message.submitted_at.FromDatetime(WHEN)
    message.expires_at.FromDatetime(until or WHEN + timedelta(days=7))
    return message


def claim_id(words: str = WORDS) -> str:
    return str(derived_id("test", "claim", words))


def claim(
    words: str = WORDS, *, state: claim_pb2.ClaimState.ValueType = claim_pb2.CLAIM_STATE_ACTIVE
) -> claim_pb2.Claim:
    return claim_pb2.Claim(
        claim_id=claim_id(words),
        text=words,
        text_hash=sha(words),
        state=state,
        kind=claim_pb2.CLAIM_KIND_STATEMENT,
        origin=claim_pb2.CLAIM_ORIGIN_MODEL,
        anchors=[
            common_pb2.Anchor(block_id="b1", start=0, end=len(words), exact=words, text_sha256=sha(words)),
        ],
        attribution=claim_pb2.Attribution(source_kind=claim_pb2.SOURCE_KIND_AUTHOR),
    )


def claim_sheet(counter: int = 1, *claims: claim_pb2.Claim, of_article: int = 1) -> claim_pb2.ClaimSheet:
    return claim_pb2.ClaimSheet(
        subject_id=ARTICLE,
        site_id=SITE,
        article_id=ARTICLE,
        version=version(counter),
        article_version=version(of_article),
        kind=claim_pb2.SUBJECT_KIND_ARTICLE,
        visibility=claim_pb2.VISIBILITY_PUBLIC,
        language="en",
        claims=claims or (claim(),),
    )


def draft_sheet(counter: int = 1, *claims: claim_pb2.Claim) -> claim_pb2.ClaimSheet:
    """The claims of the draft."""
    found = claim_sheet(counter, *claims)
    found.subject_id, found.article_id = DRAFT, ""
    found.kind, found.visibility = claim_pb2.SUBJECT_KIND_DRAFT, claim_pb2.VISIBILITY_OWNER
    return found


def draft_verdicts(counter: int = 1, *outcomes: verdict_pb2.ClaimOutcome) -> verdict_pb2.VerdictSheet:
    """The outcomes of the draft's claims."""
    found = verdict_sheet(counter, *outcomes)
    found.subject_id, found.article_id, found.kind = DRAFT, "", claim_pb2.SUBJECT_KIND_DRAFT
    return found


def outcome(
    words: str = WORDS,
    *,
    rating: str = "supported",
    headline: str = "Supported",
    reviewed_by: str = "Ada",
    verdict_version: int = 1,
    evidence_id: str = "e1",
) -> verdict_pb2.ClaimOutcome:
    return verdict_pb2.ClaimOutcome(
        claim_id=claim_id(words),
        text_hash=sha(words),
        status=verdict_pb2.OUTCOME_STATUS_VERDICT,
        rating=rating,
        headline=headline,
        explanation="A page gives the height.",
        basis="review",
        decided_by="Ben",
        reviewed_by=reviewed_by,
        verdict_version=verdict_version,
        citations=[
            common_pb2.Citation(
                evidence_id=evidence_id, start=0, end=10, exact="300 metres", stance=common_pb2.STANCE_SUPPORTS
            )
        ],
    )


def verdict_sheet(counter: int = 1, *outcomes: verdict_pb2.ClaimOutcome) -> verdict_pb2.VerdictSheet:
    told = outcomes or (outcome(),)
    message = verdict_pb2.VerdictSheet(
        subject_id=ARTICLE,
        site_id=SITE,
        article_id=ARTICLE,
        version=version(counter),
        claims_version=version(1),
        outcomes=told,
        evidence=[evidence(c.evidence_id) for one in told for c in one.citations],
    )
    message.checked_at.FromDatetime(WHEN)
    return message


def evidence(evidence_id: str = "e1") -> common_pb2.Evidence:
    found = common_pb2.Evidence(
        evidence_id=evidence_id,
        url="https://example.com/tower",
        title="The tower",
        publisher="Example Institute",
        sha256=sha("page"),
        evidence_class="real_time_source",
    )
    found.fetched_at.FromDatetime(WHEN)
    return found


def comment(
    number: int, counter: int = 1, *, status: str = "PUBLISHED", parent: int = 0, body: str = "<p>Well said.</p>"
) -> comment_pb2.Comment:
    message = comment_pb2.Comment(
        comment_id=str(UUID(int=number)),
        site_id=SITE,
        article_id=ARTICLE,
        version=version(counter),
        status=comment_pb2.CommentStatus.Value(f"COMMENT_STATUS_{status}"),
        parent_id=str(UUID(int=parent)) if parent else "",
        root_id=str(UUID(int=parent or number)),
        author_name="Rosa",
        body_html=body if status == "PUBLISHED" else "",
    )
    message.written_at.FromDatetime(WHEN)
    return message
