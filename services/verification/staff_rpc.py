"""The staff door: reviews listed, shown, proposed and seconded, for people with the role of a reviewer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.staff.v1 import review_service_pb2 as pb
from plumbline.staff.v1 import review_service_pb2_grpc

from services.verification.model import Evidence, Person
from services.verification.paging import Pages, page_size
from services.verification.reviewing import CaseFile, Desk, Proposal, Quote
from services.verification.store.reviews import Waiting
from shared.errors import Refused
from shared.grpc import PERSON, Rpc

SERVICE = "plumbline.staff.v1.ReviewService"
ROLE = "reviewer"
WAITING = ("open", "proposed")
STATES = frozenset({"open", "proposed", "decided"})
AROUND = 300  # characters of a snapshot shown on both sides of what was found


def review_rpc(desk: Desk, *, secret: bytes) -> Rpc:
    """The service for a staff door."""
    servicer = Reviews(desk, Pages(secret))
    return Rpc(
        SERVICE,
        lambda server: review_service_pb2_grpc.add_ReviewServiceServicer_to_server(servicer, server),
        dict.fromkeys(("ListReviews", "GetReview", "ProposeDecision", "SecondDecision"), ROLE),
    )


class Reviews(review_service_pb2_grpc.ReviewServiceServicer):
    """Every call is about the site of the person behind it."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk, self._pages = desk, pages

    async def ListReviews(self, request: pb.ListReviewsRequest, context: Any) -> pb.ListReviewsResponse:
        """Claims that need a person, oldest first."""
        if request.state and request.state not in STATES:
            raise Refused("UNKNOWN_STATE", "state is open, proposed or decided.", field="state", status=400)
        site_id, size = PERSON.get().site_id, page_size(request.page_size)
        question = [str(site_id), request.state]
        place = self._pages.place(question, request.page_token)
        after = (datetime.fromisoformat(place[0]), str(place[1])) if place else None
        states = (request.state,) if request.state else WAITING
        found = await self._desk.waiting(site_id, states, after, size + 1)
        answer = pb.ListReviewsResponse(reviews=[_review(each) for each in found[:size]])
        if len(found) > size:
            last = found[size - 1].review
            assert last.opened_at is not None
            answer.next_page_token = self._pages.token(question, [last.opened_at.isoformat(), last.claim_id])
        return answer

    async def GetReview(self, request: pb.GetReviewRequest, context: Any) -> pb.Review:
        """One claim with all that was found."""
        return _case(await self._desk.case(PERSON.get().site_id, request.claim_id))

    async def ProposeDecision(self, request: pb.ProposeDecisionRequest, context: Any) -> pb.Review:
        """One person's decision."""
        proposal = Proposal(
            claim_id=request.claim_id,
            rating=request.rating,
            explanation=request.explanation,
            quotes=tuple(Quote(each.evidence_id, each.exact, each.stance) for each in request.citations),
            version=request.version,
            note=request.note,
        )
        return _case(await self._desk.propose(PERSON.get().site_id, _person(), proposal))

    async def SecondDecision(self, request: pb.SecondDecisionRequest, context: Any) -> pb.Review:
        """Another person agrees, or sends it back."""
        case = await self._desk.second(
            PERSON.get().site_id,
            _person(),
            request.claim_id,
            agree=request.agree,
            note=request.note,
            version=request.version,
        )
        return _case(case)


def _person() -> Person:
    person = PERSON.get()
    return Person(person.person_id, person.name)


def _review(waiting: Waiting) -> pb.Review:
    review, machine = waiting.review, waiting.machine
    outcome = waiting.outcome
    decision = review.decision if review.state == "proposed" else None
    return pb.Review(
        claim_id=review.claim_id,
        article_id=waiting.article_id,
        article_title=waiting.title,
        claim_text=waiting.text,
        source_name=waiting.source_name,
        state=review.state.value,
        headline=outcome.headline if outcome else "",
        abstention=review.returned_note or (outcome.abstention if outcome else ""),
        suggested_rating=machine.rating.value if machine and machine.rating else "",
        proposed_rating=decision.rating.value if decision else "",
        proposed_explanation=decision.explanation if decision else "",
        proposed_by=review.proposed_by.person_id if review.proposed_by and decision else "",
        decided_by=outcome.decided_by if outcome else "",
        seconded_by=outcome.reviewed_by if outcome else "",
        version=review.version,
        opened_at=_moment(review.opened_at),
        stages=[
            pb.StageNote(stage=each.stage.value, result=each.status.value, detail=_detail(each.detail, each.findings))
            for each in (machine.stages if machine else ())
        ],
    )


def _detail(detail: str, findings: Any) -> str:
    said = dict.fromkeys(finding.explanation for finding in findings if finding.explanation)
    return " ".join([*said, detail]).strip()


def _case(case: CaseFile) -> pb.Review:
    wire = _review(case.waiting)
    cited = _cited(case)
    wire.citations.extend(
        pb.ReviewCitation(evidence_id=each.evidence_id, exact=each.exact, stance=each.stance.value) for each in cited
    )
    places = _places(case)
    for evidence_id in sorted(case.evidence, key=lambda each: (places.get(each, (1 << 30, 0))[0] == 1 << 30, each)):
        wire.evidence.append(_evidence(case.evidence[evidence_id], *places.get(evidence_id, (0, 0))))
    return wire


def _cited(case: CaseFile) -> Any:
    """What a decision would start from: what is proposed, what was decided, else what the machine cites."""
    review, outcome = case.waiting.review, case.waiting.outcome
    if review.decision is not None and review.state == "proposed":
        return review.decision.citations
    return outcome.citations if outcome else ()


def _places(case: CaseFile) -> dict[str, tuple[int, int]]:
    """Where in each snapshot something was found: cited words first, then the nearest passages."""
    found: dict[str, tuple[int, int]] = {}
    for outcome in (case.waiting.outcome, case.waiting.machine):
        if outcome is None:
            continue
        citations = [*outcome.citations, *(c for s in outcome.stages for f in s.findings for c in f.citations)]
        for citation in citations:
            found.setdefault(citation.evidence_id, (citation.start, citation.end))
    return found


def _evidence(evidence: Evidence, start: int, end: int) -> pb.ReviewEvidence:
    return pb.ReviewEvidence(
        evidence_id=evidence.evidence_id,
        url=evidence.url,
        title=evidence.title,
        publisher=evidence.publisher,
        evidence_class=evidence.evidence_class.value,
        published_at=_moment(evidence.published_at),
        fetched_at=_moment(evidence.fetched_at),
        excerpt=evidence.text[max(0, start - AROUND) : end + AROUND],
    )


def _moment(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    moment = Timestamp()
    moment.FromDatetime(at.astimezone(UTC))
    return moment
