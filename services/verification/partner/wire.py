"""The domain in partners' words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.partner.v1 import fact_check_service_pb2 as pb

from services.verification.engine.matching import Match
from services.verification.engine.timeframe import ended
from services.verification.model import Citation, Evidence, FactCheck, Outcome, OutcomeStatus, Sameness, Verdict
from services.verification.model.freshness import freshness_of
from services.verification.model.outcome import outcome_of
from services.verification.model.source import SourceRating

LOW_SIMILARITY = "Too little of it is alike to call it the same claim."


def fact_check(item: FactCheck) -> pb.FactCheck:
    return pb.FactCheck(
        name=f"factChecks/{item.fact_check_id}",
        claim=item.claim,
        title=item.title,
        claimant=item.claimant,
        url=item.url,
        publisher=item.publisher,
        rating=item.rating.value if item.rating else "",
        rating_label=item.rating_label,
        review_time=_moment(item.reviewed_at),
        language=item.language,
        withdrawn=item.withdrawn,
        own=item.own,
    )


def match(found: Match, item: pb.FactCheck, bar: float) -> pb.FactCheckMatch:
    """A candidate with what tells it from the claim. `bar` is the similarity a match must have to carry anything."""
    comparison, difference, reason = found.comparison.sameness, found.comparison.kind, found.comparison.explanation
    if comparison is Sameness.SAME and found.similarity < bar:
        comparison, difference, reason = Sameness.NOT_COMPARABLE, "similarity", LOW_SIMILARITY
    return pb.FactCheckMatch(
        fact_check=item,
        score=min(1.0, max(0.0, found.score)),
        comparison=comparison.value,
        difference="" if comparison is Sameness.SAME else difference,
        reason="" if comparison is Sameness.SAME else reason,
    )


def standing(
    claim_id: str,
    text: str,
    outcome: Outcome | None,
    *,
    verdict: Verdict | None = None,
    recorded_at: datetime | None = None,
    told_at: datetime | None = None,
    at: datetime,
    sources: Sequence[pb.VerdictSource] = (),
) -> pb.Verdict:
    """What stands about a claim; without an outcome it is still to be checked."""
    freshness = freshness_of(told_at, ended(text), at).value
    if outcome is None:
        return pb.Verdict(
            name=f"claims/{claim_id}",
            claim=text,
            status=OutcomeStatus.NEEDS_REVIEW.value,
            abstention="This has not been checked yet.",
            record_time=_moment(recorded_at),
            freshness=freshness,
        )
    return pb.Verdict(
        name=f"claims/{claim_id}",
        claim=text,
        status=outcome.status.value,
        rating=outcome.rating.value if outcome.rating else "",
        headline=outcome.headline,
        explanation=outcome.explanation,
        abstention=outcome.abstention,
        basis=outcome.basis.value,
        citations=[citation(each) for each in outcome.citations],
        decided_by=outcome.decided_by,
        reviewed_by=outcome.reviewed_by,
        decide_time=_moment(outcome.decided_at),
        version=outcome.verdict_version,
        note=verdict.note if verdict else "",
        record_time=_moment(recorded_at),
        text_hash=outcome.text_hash,
        freshness=freshness,
        sources=sources,
    )


def decision(verdict: Verdict, words: str, sources: Sequence[pb.VerdictSource] = ()) -> pb.Verdict:
    """One version of a decision; `words` are those it was made for."""
    told = standing(
        verdict.claim_id,
        words,
        outcome_of(verdict),
        verdict=verdict,
        recorded_at=verdict.recorded_at,
        at=verdict.decided_at,
        sources=sources,
    )
    told.freshness = ""
    return told


def citation(cited: Citation) -> pb.VerdictCitation:
    return pb.VerdictCitation(
        evidence=f"evidence/{cited.evidence_id}",
        start=cited.start,
        end=cited.end,
        exact=cited.exact,
        stance=cited.stance.value,
    )


def verdict_source(item: Evidence, rating: SourceRating | None) -> pb.VerdictSource:
    return pb.VerdictSource(
        evidence=f"evidence/{item.evidence_id}",
        evidence_class=item.evidence_class.value,
        origin=item.origin.value,
        source=source(rating) if rating else None,
    )


def snapshot(item: Evidence, recorded_at: datetime, rating: SourceRating | None = None) -> pb.EvidenceSnapshot:
    return pb.EvidenceSnapshot(
        name=f"evidence/{item.evidence_id}",
        url=item.url,
        title=item.title,
        publisher=item.publisher,
        publish_time=_moment(item.published_at),
        publish_time_source=item.published_at_source,
        fetch_time=_moment(item.fetched_at),
        record_time=_moment(recorded_at),
        sha256=item.sha256,
        text=item.text,
        evidence_class=item.evidence_class.value,
        origin=item.origin.value,
        source=source(rating) if rating else None,
    )


def source(rating: SourceRating) -> pb.Source:
    return pb.Source(
        name=f"sources/{rating.domain}",
        domain=rating.domain,
        credibility=rating.credibility.value,
        note=rating.note,
        provenance=rating.provenance,
        version=rating.version,
        valid_time=_moment(rating.valid_from),
        record_time=_moment(rating.recorded_at),
        link=rating.link,
    )


def _moment(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    told = Timestamp()
    told.FromDatetime(at)
    return told
