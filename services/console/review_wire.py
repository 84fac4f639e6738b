"""The staff contract's reviews and held comments, to and from the desk's own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import nh3
from markupsafe import Markup
from plumbline.staff.v1 import moderation_service_pb2
from plumbline.staff.v1 import review_service_pb2 as pb

from services.console.model.review import Added, Deed, Draft, Quote, Review, Source, StageLine, Told

_TAGS = {"p", "br", "em", "strong", "blockquote", "code", "ul", "ol", "li", "a"}


def review_of(wire: pb.Review) -> Review:
    cited = [_quote(one) for one in wire.citations]
    kept = [_kept(one) for one in wire.quotations]
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
        sources=tuple(source_of(one) for one in wire.evidence),
        quotes=_each_once([*kept, *cited]),
        cited=tuple(cited),
        stages=tuple(_stage(one) for one in wire.stages),
        proposed_rating=wire.proposed_rating,
        proposed_explanation=wire.proposed_explanation,
        proposed_note=wire.proposed_note,
        proposed_by=wire.proposed_by,
        proposed_by_name=wire.proposed_by_name,
        corrects=wire.corrects,
        decided_by=wire.decided_by,
        seconded_by=wire.seconded_by,
        priority=wire.priority or "normal",
        due_at=_moment(wire, "due_at"),
        assigned_to=wire.assigned_to,
        assigned_name=wire.assigned_name,
        claim_state=wire.claim_state or "active",
        returned_note=wire.returned_note,
        machine_headline=wire.machine_headline,
        machine_abstention=wire.machine_abstention,
        verdict_version=wire.verdict_version,
        told=tuple(_told(one) for one in wire.verdicts),
        deeds=tuple(Deed(one.act, one.person, one.note, one.rating, _moment(one, "at")) for one in wire.acts),
        added=tuple(added_of(one) for one in wire.sources),
    )


def source_of(wire: pb.ReviewEvidence) -> Source:
    return Source(
        evidence_id=wire.evidence_id,
        url=wire.url,
        title=wire.title,
        publisher=wire.publisher,
        evidence_class=wire.evidence_class,
        published_at=_moment(wire, "published_at"),
        fetched_at=_moment(wire, "fetched_at"),
        excerpt=wire.excerpt,
        origin=wire.origin,
        inadmissible=wire.inadmissible,
        passages=tuple(_quote(each) for each in wire.passages),
    )


def added_of(wire: pb.AddedSource) -> Added:
    return Added(
        way=wire.way,
        url=wire.url,
        state=wire.state,
        problem=wire.problem,
        evidence_id=wire.evidence_id,
        title=wire.title,
        added_by=wire.added_by,
        added_at=_moment(wire, "added_at"),
        claim_id=wire.claim_id,
        claim_text=wire.claim_text,
    )


def proposal(review: Review, draft: Draft) -> pb.ProposeDecisionRequest:
    """The decision somebody typed, on the version of the review they saw."""
    return pb.ProposeDecisionRequest(**_said(review, draft))


def correction(review: Review, draft: Draft) -> pb.CorrectDecisionRequest:
    """The same in place of a verdict readers saw."""
    return pb.CorrectDecisionRequest(**_said(review, draft))


def second_opinion(claim_id: str, agree: bool, note: str, version: int) -> pb.SecondDecisionRequest:
    return pb.SecondDecisionRequest(claim_id=claim_id, agree=agree, note=note, version=version)


def _said(review: Review, draft: Draft) -> dict[str, Any]:
    cited = [
        pb.ReviewCitation(evidence_id=q.evidence_id, exact=q.exact, stance=q.stance, start=q.start, end=q.end)
        for q in draft.quotes(review)
    ]
    return {
        "claim_id": review.claim_id,
        "rating": draft.rating,
        "explanation": draft.explanation,
        "note": draft.note,
        "citations": cited,
        "version": review.version,
    }


def _quote(wire: pb.ReviewCitation) -> Quote:
    return Quote(wire.evidence_id, wire.exact, wire.stance, wire.start, wire.end, wire.reason)


def _kept(wire: pb.Quotation) -> Quote:
    place = (wire.evidence_id, wire.exact, wire.stance, wire.start, wire.end)
    return Quote(*place, quotation_id=wire.quotation_id, picked_by=wire.picked_by)


def _stage(wire: pb.StageNote) -> StageLine:
    lookups = tuple(StageLine(one.connector, one.result, one.detail, _spent(one)) for one in wire.lookups)
    return StageLine(wire.stage, wire.result, wire.detail, _spent(wire), lookups)


def _spent(wire: pb.StageNote | pb.LookupNote) -> str:
    """What a step took, in words; money as the price of the plug-in is set."""
    said = [f"{wire.milliseconds:,} ms"]
    if isinstance(wire, pb.LookupNote):
        said += [f"{wire.requests} requests"] if wire.requests != 1 else ["1 request"]
        said += [f"remembered {wire.age_seconds:,} s"] if wire.age_seconds else []
        return ", ".join(said)
    said += [f"{wire.tokens:,} tokens"] if wire.tokens else []
    said += [f"cost {wire.cost_micros / 1_000_000:.4f}"] if wire.cost_micros else []
    return ", ".join(said)


def _told(wire: pb.VerdictVersion) -> Told:
    return Told(
        version=wire.version,
        rating=wire.rating,
        explanation=wire.explanation,
        note=wire.note,
        people=tuple(name for name in (wire.decided_by, wire.reviewed_by) if name),
        decided_at=_moment(wire, "decided_at"),
        quotes=tuple(_quote(one) for one in wire.citations),
    )


def _each_once(quotes: list[Quote]) -> tuple[Quote, ...]:
    found: dict[str, Quote] = {}
    for quote in quotes:
        found.setdefault(quote.key, quote)
    return tuple(found.values())


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
