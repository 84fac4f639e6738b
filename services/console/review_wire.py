"""The staff contract's reviews and held comments, to and from the desk's own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import nh3
from markupsafe import Markup
from plumbline.staff.v1 import moderation_service_pb2, review_service_pb2

from services.console.model.review import Draft, Quote, Review, Source, StageLine

_TAGS = {"p", "br", "em", "strong", "blockquote", "code", "ul", "ol", "li", "a"}


def review_of(wire: review_service_pb2.Review) -> Review:
    return Review(
        claim_id=wire.claim_id,
        article_id=wire.article_id,
        article_title=wire.article_title,
        claim_text=wire.claim_text,
        source_name=wire.source_name,
        state=wire.state,
        headline=wire.headline,
        abstention=wire.abstention,
        suggested_rating=wire.suggested_rating,
        version=wire.version,
        opened_at=_moment(wire, "opened_at"),
        sources=tuple(
            Source(
                evidence_id=one.evidence_id,
                url=one.url,
                title=one.title,
                publisher=one.publisher,
                evidence_class=one.evidence_class,
                published_at=_moment(one, "published_at"),
                fetched_at=_moment(one, "fetched_at"),
                excerpt=one.excerpt,
            )
            for one in wire.evidence
        ),
        quotes=tuple(Quote(one.evidence_id, one.exact, one.stance) for one in wire.citations),
        stages=tuple(StageLine(one.stage, one.result, one.detail) for one in wire.stages),
        proposed_rating=wire.proposed_rating,
        proposed_explanation=wire.proposed_explanation,
        proposed_by=wire.proposed_by,
        decided_by=wire.decided_by,
        seconded_by=wire.seconded_by,
    )


def proposal(review: Review, draft: Draft) -> review_service_pb2.ProposeDecisionRequest:
    """The decision somebody typed, on the version of the review they saw."""
    return review_service_pb2.ProposeDecisionRequest(
        claim_id=review.claim_id,
        rating=draft.rating,
        explanation=draft.explanation,
        note=draft.note,
        citations=[
            review_service_pb2.ReviewCitation(evidence_id=q.evidence_id, exact=q.exact, stance=q.stance)
            for q in draft.quotes(review)
        ],
        version=review.version,
    )


def second_opinion(claim_id: str, agree: bool, note: str, version: int) -> review_service_pb2.SecondDecisionRequest:
    return review_service_pb2.SecondDecisionRequest(claim_id=claim_id, agree=agree, note=note, version=version)


@dataclass(frozen=True, slots=True)
class HeldComment:
    """A comment that waits for a moderator."""

    comment_id: str
    article_id: str
    author: str
    body: Markup
    reasons: tuple[str, ...]
    written_at: datetime | None


def held_of(wire: moderation_service_pb2.HeldComment) -> HeldComment:
    """Its body is cleaned once more here: the desk trusts no markup it did not make."""
    body = nh3.clean(
        wire.body_html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
    )
    return HeldComment(
        comment_id=wire.comment_id,
        article_id=wire.article_id,
        author=wire.author_name,
        body=Markup(body),  # noqa: S704  # cleaned on the line above
        reasons=tuple(wire.reasons),
        written_at=_moment(wire, "written_at"),
    )


def _moment(message: Any, field: str) -> datetime | None:
    return getattr(message, field).ToDatetime(tzinfo=UTC) if message.HasField(field) else None
