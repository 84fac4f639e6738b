"""Claims before people, as the staff door writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.staff.v1 import review_service_pb2 as pb

from services.verification.model import Citation, Evidence, Outcome, StageResult, Verdict
from services.verification.review_case import CaseFile
from services.verification.source_fields import Typed, Upload
from services.verification.store.review_record import Act, AddedSource, KeptQuote
from services.verification.store.reviews import Waiting
from services.verification.store.spending import DaySpending
from shared.errors import Refused

AROUND = 300  # characters of a snapshot shown on both sides of what was found


def review(waiting: Waiting) -> pb.Review:
    """A claim as a list shows it."""
    held, machine, outcome = waiting.review, waiting.machine, waiting.outcome
    decision = held.decision if held.state == "proposed" else None
    first = held.proposed_by if decision else None
    return pb.Review(
        claim_id=held.claim_id,
        article_id=waiting.article_id,
        article_title=waiting.title,
        claim_text=waiting.text,
        source_name=waiting.source_name,
        state=held.state.value if waiting.asked else "machine",
        headline=outcome.headline if outcome else "",
        abstention=held.returned_note or (outcome.abstention if outcome else ""),
        suggested_rating=machine.rating.value if machine and machine.rating else "",
        proposed_rating=decision.rating.value if decision else "",
        proposed_explanation=decision.explanation if decision else "",
        proposed_note=decision.note if decision else "",
        proposed_by=first.person_id if first else "",
        proposed_by_name=first.name if first else "",
        corrects=decision is not None and held.verdict_version > 0,
        decided_by=outcome.decided_by if outcome else "",
        seconded_by=outcome.reviewed_by if outcome else "",
        version=held.version,
        opened_at=moment(held.opened_at),
        priority=held.priority.name.lower(),
        due_at=moment(held.due_at),
        assigned_to=held.assigned_to,
        assigned_name=held.assigned_name,
        claim_state=waiting.claim_state,
        returned_note=held.returned_note,
        machine_headline=machine.headline if machine else "",
        machine_abstention=machine.abstention if machine else "",
        verdict_version=held.verdict_version,
        stages=[_stage(each) for each in (machine.stages if machine else ())],
    )


def case(found: CaseFile) -> pb.Review:
    """A claim with everything about it; evidence that was found for it first, in a fixed order."""
    wire = review(found.waiting)
    wire.citations.extend(citation(each) for each in _starting_from(found))
    wire.verdicts.extend(_verdict(each) for each in found.history)
    wire.acts.extend(_act(each) for each in found.acts)
    wire.sources.extend(added(each) for each in found.sources)
    wire.quotations.extend(quotation(each) for each in found.quotes)
    passages: dict[str, list[pb.ReviewCitation]] = {}
    for each in _passages(found):
        passages.setdefault(each.evidence_id, []).append(each)
    for evidence_id in sorted(found.evidence, key=lambda each: (each not in passages, each)):
        held = found.evidence[evidence_id]
        near = passages.get(evidence_id, [])
        wire.evidence.append(evidence(held, refused=found.refused.get(evidence_id, ""), passages=near))
    return wire


def evidence(held: Evidence, *, refused: str, passages: Iterable[pb.ReviewCitation] = ()) -> pb.ReviewEvidence:
    """One snapshot with its words around the first passage found in it."""
    found = list(passages)
    start, end = (found[0].start, found[0].end) if found else (0, 0)
    begin = max(0, start - AROUND)
    return pb.ReviewEvidence(
        evidence_id=held.evidence_id,
        url=held.url,
        title=held.title,
        publisher=held.publisher,
        evidence_class=held.evidence_class.value,
        published_at=moment(held.published_at),
        fetched_at=moment(held.fetched_at),
        excerpt=held.text[begin : end + AROUND],
        excerpt_start=begin,
        origin=held.origin.value,
        inadmissible=refused,
        passages=found,
    )


def citation(held: Citation, reason: str = "") -> pb.ReviewCitation:
    return pb.ReviewCitation(
        evidence_id=held.evidence_id,
        exact=held.exact,
        stance=held.stance.value,
        start=held.start,
        end=held.end,
        reason=reason,
    )


def quotation(kept: KeptQuote) -> pb.Quotation:
    held = kept.citation
    return pb.Quotation(
        quotation_id=kept.quote_id,
        evidence_id=held.evidence_id,
        start=held.start,
        end=held.end,
        exact=held.exact,
        stance=held.stance.value,
        picked_by=kept.picked_by,
    )


def added(source: AddedSource) -> pb.AddedSource:
    return pb.AddedSource(
        source_id=source.source_id,
        claim_id=source.claim_id,
        way=source.way,
        url=source.url,
        state=source.state,
        problem=source.problem,
        evidence_id=source.evidence_id,
        title=source.title,
        added_by=source.added_by.name,
        added_at=moment(source.added_at),
        claim_text=source.claim_text,
    )


def upload(wire: pb.UploadedSource) -> Upload:
    at = time_of(wire, "published_at")
    return Upload(wire.file_name, wire.content_type, wire.content, wire.title, wire.publisher, wire.url, at)


def typed(wire: pb.TypedSource) -> Typed:
    return Typed(wire.title, wire.publisher, wire.words, wire.url, time_of(wire, "published_at"))


def time_of(message: Any, field: str) -> datetime | None:
    """A moment somebody sent, or none. Raises Refused for one that is none."""
    if not message.HasField(field):
        return None
    try:
        found: datetime = getattr(message, field).ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Refused("INVALID_TIME", "This is no date and time.", field=field, status=400) from error
    return found


def spending(limit: int, today: date, days: Iterable[DaySpending]) -> pb.Spending:
    """What days cost, the dearest provider first."""
    return pb.Spending(
        day_budget=limit,
        today=today.isoformat(),
        days=[
            pb.DaySpending(
                day=each.day.isoformat(),
                micros=each.micros,
                providers=[
                    pb.ProviderSpending(provider=name, micros=micros)
                    for name, micros in sorted(each.providers.items(), key=lambda pair: (-pair[1], pair[0]))
                ],
            )
            for each in days
        ],
    )


def moment(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    found = Timestamp()
    found.FromDatetime(at.astimezone(UTC))
    return found


def _starting_from(found: CaseFile) -> tuple[Citation, ...]:
    """What a decision would start from: what is proposed, what was decided, else what the machine cites."""
    held, outcome = found.waiting.review, found.waiting.outcome
    if held.decision is not None and held.state == "proposed":
        return held.decision.citations
    return outcome.citations if outcome else ()


def _passages(found: CaseFile) -> Iterator[pb.ReviewCitation]:
    """Every place in the evidence that somebody or something pointed at, each once: cited words first."""
    seen: set[tuple[str, int, int, str]] = set()
    for each, reason in _pointed_at(found):
        key = (each.evidence_id, each.start, each.end, each.stance.value)
        if key not in seen:
            seen.add(key)
            yield citation(each, reason)


def _pointed_at(found: CaseFile) -> Iterator[tuple[Citation, str]]:
    outcomes: list[Outcome] = [each for each in (found.waiting.outcome, found.waiting.machine) if each is not None]
    reasons = {
        (c.evidence_id, c.start, c.end): finding.explanation
        for outcome in outcomes
        for stage in outcome.stages
        for finding in stage.findings
        for c in finding.citations
    }
    cited = [c for outcome in outcomes for c in outcome.citations]
    noticed = [c for o in outcomes for stage in o.stages for finding in stage.findings for c in finding.citations]
    kept = [each.citation for each in found.quotes]
    for each in (*cited, *kept, *noticed):
        yield each, reasons.get((each.evidence_id, each.start, each.end), "")


def _verdict(held: Verdict) -> pb.VerdictVersion:
    return pb.VerdictVersion(
        version=held.version,
        rating=held.rating.value,
        explanation=held.explanation,
        note=held.note,
        decided_by=held.decided_by,
        reviewed_by=held.reviewed_by,
        decided_at=moment(held.decided_at),
        citations=[citation(each) for each in held.citations],
    )


def _act(done: Act) -> pb.ReviewAct:
    return pb.ReviewAct(act=done.act, person=done.person.name, note=done.note, rating=done.rating, at=moment(done.at))


def _stage(result: StageResult) -> pb.StageNote:
    """What a stage found, and what that took."""
    return pb.StageNote(
        stage=result.stage.value,
        result=result.status.value,
        detail=_detail(result.detail, result.findings),
        milliseconds=result.milliseconds,
        cost_micros=result.cost_micros,
        tokens=result.tokens,
        model_sha256=result.model_hash,
        lookups=[
            pb.LookupNote(
                connector=each.connector,
                result=each.status.value,
                detail=each.detail,
                milliseconds=each.milliseconds,
                requests=each.requests,
                age_seconds=each.age_seconds,
            )
            for each in result.lookups
        ],
    )


def _detail(detail: str, findings: Any) -> str:
    said = dict.fromkeys(finding.explanation for finding in findings if finding.explanation)
    return " ".join([*said, detail]).strip()
