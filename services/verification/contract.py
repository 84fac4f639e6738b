"""What verification hears and says.

| hears                     | type                | what it means                                                |
|---------------------------|---------------------|--------------------------------------------------------------|
| `plumbline.claim.v1`      | ClaimSheet          | the claims of a subject at a version: check what is new      |
| `plumbline.request.v1`    | VerificationRequest | a reader pressed "Verify now": check every claim again       |

| says                      | type                | when                                                         |
|---------------------------|---------------------|--------------------------------------------------------------|
| `plumbline.verdict.v1`    | VerdictSheet        | a run of checks settled, or people decided                   |
| `plumbline.verdict.v1`    | VerdictProgress     | while a run lasts, at most once a second                     |
| `plumbline.factcheck.v1`  | FactCheck           | a fact check was imported, or one of our own was decided     |

All are keyed by the article id, or by the subject's own id where there is no article; imported fact checks by their id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import claim_pb2, common_pb2, fact_check_pb2, request_pb2, verdict_pb2

from services.verification.model import Citation, Evidence, FactCheck, Outcome, OutcomeStatus, StageResult, Stance
from services.verification.model.source import Counted
from services.verification.model.stages import unread_refutation
from services.verification.model.subject import ClaimState, Run, Sheet, SheetClaim, Subject
from shared.events import Outgoing, Version, version_of

CLAIM_TOPIC = "plumbline.claim.v1"
REQUEST_TOPIC = "plumbline.request.v1"
VERDICT_TOPIC = "plumbline.verdict.v1"
FACT_CHECK_TOPIC = "plumbline.factcheck.v1"
SAYS = (
    (VERDICT_TOPIC, verdict_pb2.VerdictSheet.DESCRIPTOR.full_name),
    (VERDICT_TOPIC, verdict_pb2.VerdictProgress.DESCRIPTOR.full_name),
    (FACT_CHECK_TOPIC, fact_check_pb2.FactCheck.DESCRIPTOR.full_name),
)

_STATES = {
    claim_pb2.CLAIM_STATE_ACTIVE: ClaimState.ACTIVE,
    claim_pb2.CLAIM_STATE_STALE: ClaimState.STALE,
    claim_pb2.CLAIM_STATE_ORPHANED: ClaimState.ORPHANED,
    claim_pb2.CLAIM_STATE_WITHDRAWN: ClaimState.WITHDRAWN,
    claim_pb2.CLAIM_STATE_DISMISSED: ClaimState.DISMISSED,
}
_KINDS = {
    claim_pb2.SUBJECT_KIND_ARTICLE: "article",
    claim_pb2.SUBJECT_KIND_DRAFT: "draft",
    claim_pb2.SUBJECT_KIND_TEXT: "text",
    claim_pb2.SUBJECT_KIND_CLAIM: "claim",
}
_WIRE_KINDS = {kind: number for number, kind in _KINDS.items()}
_SOURCES = {
    claim_pb2.SOURCE_KIND_NAMED: "named",
    claim_pb2.SOURCE_KIND_GROUP: "group",
    claim_pb2.SOURCE_KIND_DOCUMENT: "document",
    claim_pb2.SOURCE_KIND_ANONYMOUS: "anonymous",
}
_STATUSES = {
    OutcomeStatus.NEEDS_REVIEW: verdict_pb2.OUTCOME_STATUS_NEEDS_REVIEW,
    OutcomeStatus.ASSESSED: verdict_pb2.OUTCOME_STATUS_ASSESSED,
    OutcomeStatus.VERDICT: verdict_pb2.OUTCOME_STATUS_VERDICT,
    OutcomeStatus.WITHDRAWN: verdict_pb2.OUTCOME_STATUS_WITHDRAWN,
}
_STANCES = {
    Stance.SUPPORTS: common_pb2.STANCE_SUPPORTS,
    Stance.CONTRADICTS: common_pb2.STANCE_CONTRADICTS,
    Stance.DISCUSSES: common_pb2.STANCE_DISCUSSES,
}


@dataclass(frozen=True, slots=True)
class Request:
    """A reader asked for a fresh check of an article."""

    request_id: str
    site_id: str
    article_id: str


def sheet(wire: claim_pb2.ClaimSheet) -> Sheet:
    """Raises ValueError when the subject, the site, a claim's id or its state is missing or unknown."""
    if not wire.subject_id or len({claim.claim_id for claim in wire.claims}) != len(wire.claims):
        raise ValueError("subject_id is missing, or a claim stands in the sheet twice")
    return Sheet(
        subject_id=wire.subject_id,
        site_id=str(UUID(wire.site_id)),
        version=version_of(wire.version),
        claims=tuple(_sheet_claim(claim) for claim in wire.claims),
        article_id=wire.article_id,
        kind=_KINDS.get(wire.kind, "article"),
        public=wire.visibility != claim_pb2.VISIBILITY_OWNER,
        language=wire.language,
        url=wire.url,
        title=wire.title,
        published_at=wire.published_at.ToDatetime(tzinfo=UTC) if wire.HasField("published_at") else None,
        links=tuple(dict.fromkeys(wire.links)),
        owner=wire.owner,
    )


def _sheet_claim(wire: claim_pb2.Claim) -> SheetClaim:
    if not wire.claim_id or not wire.text_hash:
        raise ValueError("a claim has no id or no text_hash")
    return SheetClaim(
        claim_id=wire.claim_id,
        text=wire.text,
        text_hash=wire.text_hash,
        state=_STATES[wire.state],
        source_kind=_SOURCES.get(wire.attribution.source_kind, "author"),
        source_name=wire.attribution.source_name,
        verbatim=wire.attribution.verbatim,
        report=wire.kind == claim_pb2.CLAIM_KIND_REPORT,
        part_of=next((each.claim_id for each in wire.links if each.kind == claim_pb2.CLAIM_LINK_KIND_PART_OF), ""),
    )


def request(wire: request_pb2.VerificationRequest) -> Request:
    """Raises ValueError when the article or the site is missing."""
    if not wire.article_id:
        raise ValueError("article_id is missing")
    return Request(wire.request_id, str(UUID(wire.site_id)), wire.article_id)


def verdict_sheet(subject: Subject, evidence: Iterable[Evidence], ratings: Sequence[Counted] = ()) -> Outgoing:
    """The event that tells every outcome of a subject, claims in the order of its sheet. `ratings` are those of the cited
    sources that counted when each outcome came about."""
    message = verdict_pb2.VerdictSheet(
        subject_id=subject.sheet.subject_id,
        site_id=subject.sheet.site_id,
        article_id=subject.sheet.article_id,
        version=_version(subject.version),
        claims_version=_version(subject.sheet.version),
        outcomes=[
            _outcome(subject.outcomes[claim.claim_id], ratings, draft=subject.sheet.draft)
            for claim in subject.sheet.claims
            if claim.claim_id in subject.outcomes
        ],
        evidence=[_evidence(each) for each in evidence],
        run_id=subject.last_run_id,
        checked_at=_moment(subject.checked_at),
        kind=_WIRE_KINDS[subject.sheet.kind],
    )
    return _outgoing(subject, message)


def verdict_progress(subject: Subject, run: Run, done: int, total: int) -> Outgoing:
    """The event that tells how far a run is. It carries no state and no version of its own."""
    message = verdict_pb2.VerdictProgress(
        subject_id=subject.sheet.subject_id,
        site_id=subject.sheet.site_id,
        article_id=subject.sheet.article_id,
        version=_version(subject.version),
        run_id=run.run_id,
        done=done,
        total=total,
    )
    return _outgoing(subject, message)


def fact_check(item: FactCheck, site_id: str, version: Version) -> Outgoing:
    """The event that tells a fact check."""
    own = fact_check_pb2.FACT_CHECK_ORIGIN_OWN if item.own else fact_check_pb2.FACT_CHECK_ORIGIN_IMPORTED
    message = fact_check_pb2.FactCheck(
        fact_check_id=item.fact_check_id,
        site_id=site_id,
        version=_version(version),
        origin=own,
        claim=item.claim,
        title=item.title,
        claimant=item.claimant,
        url=item.url,
        publisher=item.publisher,
        publisher_url=item.publisher_url,
        rating=item.rating.value if item.rating else "",
        rating_label=item.rating_label,
        reviewed_at=_moment(item.reviewed_at),
        language=item.language,
        withdrawn=item.withdrawn,
        article_id=item.article_id,
        claim_id=item.claim_id,
    )
    key = item.article_id or item.fact_check_id
    return Outgoing(FACT_CHECK_TOPIC, key, item.fact_check_id, UUID(site_id), version, message)


def _outgoing(subject: Subject, message: verdict_pb2.VerdictSheet | verdict_pb2.VerdictProgress) -> Outgoing:
    sheet = subject.sheet
    return Outgoing(VERDICT_TOPIC, sheet.key, sheet.subject_id, UUID(sheet.site_id), subject.version, message)


def _outcome(outcome: Outcome, ratings: Sequence[Counted], *, draft: bool) -> verdict_pb2.ClaimOutcome:
    return verdict_pb2.ClaimOutcome(
        claim_id=outcome.claim_id,
        text_hash=outcome.text_hash,
        status=_STATUSES[outcome.status],
        rating=outcome.rating.value if outcome.rating else "",
        headline=outcome.headline,
        explanation=outcome.explanation,
        abstention=outcome.abstention,
        basis=outcome.basis.value,
        citations=[_citation(each) for each in outcome.citations],
        decided_by=outcome.decided_by,
        reviewed_by=outcome.reviewed_by,
        decided_at=_moment(outcome.decided_at),
        verdict_version=outcome.verdict_version,
        note=outcome.note,
        stages=[_stage(each) for each in outcome.stages],
        fact_check_id=outcome.fact_check_id,
        source_ratings=[_source_rating(each) for each in ratings if each.claim_id == outcome.claim_id],
        unread_fact_check=_unread(outcome) if draft else None,
    )


def _unread(outcome: Outcome) -> verdict_pb2.UnreadFactCheck | None:
    found = unread_refutation(outcome.stages)
    if found is None or found.rating is None:
        return None
    return verdict_pb2.UnreadFactCheck(
        fact_check_id=found.fact_check_id,
        publisher=found.publisher,
        rating=found.rating.value,
        words=found.explanation,
    )


def _source_rating(counted: Counted) -> verdict_pb2.SourceRating:
    return verdict_pb2.SourceRating(
        evidence_id=counted.evidence_id,
        domain=counted.rating.domain,
        credibility=counted.rating.credibility.value,
        provenance=counted.rating.provenance,
        link=counted.rating.link,
        version=counted.rating.version,
        valid_from=_moment(counted.rating.valid_from),
    )


def _citation(citation: Citation) -> common_pb2.Citation:
    return common_pb2.Citation(
        evidence_id=citation.evidence_id,
        start=citation.start,
        end=citation.end,
        exact=citation.exact,
        stance=_STANCES[citation.stance],
    )


def _stage(result: StageResult) -> verdict_pb2.StageRecord:
    return verdict_pb2.StageRecord(
        stage=result.stage.value, result=result.status.value, detail=result.detail, milliseconds=result.milliseconds
    )


def _evidence(evidence: Evidence) -> common_pb2.Evidence:
    return common_pb2.Evidence(
        evidence_id=evidence.evidence_id,
        url=evidence.url,
        title=evidence.title,
        publisher=evidence.publisher,
        published_at=_moment(evidence.published_at),
        published_at_source=evidence.published_at_source,
        fetched_at=_moment(evidence.fetched_at),
        sha256=evidence.sha256,
        evidence_class=evidence.evidence_class.value,
        origin=evidence.origin.value,
    )


def _version(version: Version) -> common_pb2.Version:
    return common_pb2.Version(epoch=version.epoch, counter=version.counter)


def _moment(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    moment = Timestamp()
    moment.FromDatetime(at)
    return moment
