"""The staff door: claims before people, for people with the role of a reviewer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from plumbline.staff.v1 import review_service_pb2 as pb
from plumbline.staff.v1 import review_service_pb2_grpc

from services.verification import staff_wire as wire
from services.verification.model import Person, Priority, ReviewState
from services.verification.model.review import WAITING
from services.verification.review_sources import Sources
from services.verification.reviewing import Caller, Desk, Proposal, Quote
from services.verification.spending import DayBudget
from services.verification.store.reviews import Filter
from shared.errors import Refused
from shared.grpc import PERSON, Rpc
from shared.paging import Pages, page_size

SERVICE = "plumbline.staff.v1.ReviewService"
ROLE = "reviewer"
LEAD = "admin"
MACHINE = "machine"
ALL = "all"
STATES = frozenset({*(each.value for each in ReviewState), MACHINE})
ORDERS = frozenset({"", "oldest", "due", "priority"})
LONGEST_QUERY = 200
MOST_DAYS = 400
NEWEST = datetime(9999, 1, 1, tzinfo=UTC)
METHODS = (
    "ListReviews", "GetReview", "ProposeDecision", "SecondDecision", "CorrectDecision", "WithdrawDecision",
    "RetractProposal", "AssignReview", "ReleaseReview", "ScheduleReview", "AddSource", "ListSources", "GetSnapshot",
    "PickQuotation", "DropQuotation", "GetSpending",
)  # fmt: skip


def review_rpc(desk: Desk, sources: Sources, purse: DayBudget, *, secret: bytes) -> Rpc:
    """The service for a staff door."""
    servicer = Reviews(desk, sources, purse, Pages(secret))
    return Rpc(
        SERVICE,
        lambda server: review_service_pb2_grpc.add_ReviewServiceServicer_to_server(servicer, server),
        dict.fromkeys(METHODS, ROLE),
    )


class Reviews(review_service_pb2_grpc.ReviewServiceServicer):
    """Every call is about the site of the person behind it."""

    def __init__(self, desk: Desk, sources: Sources, purse: DayBudget, pages: Pages) -> None:
        self._desk, self._sources, self._purse, self._pages = desk, sources, purse, pages

    async def ListReviews(self, request: pb.ListReviewsRequest, context: Any) -> pb.ListReviewsResponse:
        """Claims as the filter asks, oldest first without one. No score leaves a claim out."""
        site_id, size = PERSON.get().site_id, page_size(request.page_size)
        question = [str(site_id), *(str(getattr(request, each.name)) for each in request.DESCRIPTOR.fields[2:])]
        place = self._pages.place(question, request.page_token)
        asked = _filter(request, (float(place[0]), str(place[1])) if place else None, self._desk.now)
        found = await self._desk.listed(site_id, asked, size + 1)
        answer = pb.ListReviewsResponse(reviews=[wire.review(each) for each in found[:size]])
        if len(found) > size:
            last = found[size - 1]
            answer.next_page_token = self._pages.token(question, [last.rank, last.review.claim_id])
        return answer

    async def GetReview(self, request: pb.GetReviewRequest, context: Any) -> pb.Review:
        """One claim with all that was found, put before it, said and done."""
        return wire.case(await self._desk.case(PERSON.get().site_id, request.claim_id))

    async def ProposeDecision(self, request: pb.ProposeDecisionRequest, context: Any) -> pb.Review:
        """One person's decision."""
        return wire.case(await self._desk.propose(_caller(request), _proposal(request)))

    async def SecondDecision(self, request: pb.SecondDecisionRequest, context: Any) -> pb.Review:
        """Another person agrees, or sends it back."""
        return wire.case(await self._desk.second(_caller(request), agree=request.agree, note=request.note))

    async def CorrectDecision(self, request: pb.CorrectDecisionRequest, context: Any) -> pb.Review:
        """Another decision in place of one that readers saw."""
        return wire.case(await self._desk.correct(_caller(request), _proposal(request)))

    async def WithdrawDecision(self, request: pb.WithdrawDecisionRequest, context: Any) -> pb.Review:
        """A verdict taken back."""
        return wire.case(await self._desk.withdraw(_caller(request), request.note))

    async def RetractProposal(self, request: pb.RetractProposalRequest, context: Any) -> pb.Review:
        """A proposal taken back by who made it."""
        return wire.case(await self._desk.retract(_caller(request)))

    async def AssignReview(self, request: pb.AssignReviewRequest, context: Any) -> pb.Review:
        """Who looks at it: the caller, or whom a desk lead names."""
        to = Person(request.assignee_id, request.assignee_name) if request.assignee_id else _person()
        return wire.case(await self._desk.assign(_caller(request), to))

    async def ReleaseReview(self, request: pb.ReleaseReviewRequest, context: Any) -> pb.Review:
        """Back for everybody."""
        return wire.case(await self._desk.release(_caller(request)))

    async def ScheduleReview(self, request: pb.ScheduleReviewRequest, context: Any) -> pb.Review:
        """By when, and how urgent."""
        due_at = wire.time_of(request, "due_at")
        return wire.case(await self._desk.schedule(_caller(request), due_at, _priority(request.priority)))

    async def AddSource(self, request: pb.AddSourceRequest, context: Any) -> pb.AddedSource:
        """Further evidence before a claim: an address, a file, or typed words."""
        about = (PERSON.get().site_id, _person(), request.claim_id)
        way, own = request.WhichOneof("way"), request.own_analysis
        if way == "url":
            return wire.added(await self._sources.add_url(*about, request.url, own=own))
        if way == "upload":
            return wire.added(await self._sources.add_upload(*about, wire.upload(request.upload), own=own))
        if way == "typed":
            return wire.added(await self._sources.add_typed(*about, wire.typed(request.typed), own=own))
        raise Refused("SOURCE_REQUIRED", "Give an address, a file or the words of a source.", field="way", status=400)

    async def ListSources(self, request: pb.ListSourcesRequest, context: Any) -> pb.ListSourcesResponse:
        """What people put before claims, newest first; one claim's all at once."""
        site_id, size = PERSON.get().site_id, page_size(request.page_size)
        if request.claim_id:
            found = await self._sources.of_claim(site_id, request.claim_id)
            return pb.ListSourcesResponse(sources=[wire.added(each) for each in found])
        question = [str(site_id), "sources"]
        place = self._pages.place(question, request.page_token)
        before = (datetime.fromisoformat(place[0]), str(place[1])) if place else (NEWEST, "")
        found = await self._sources.newest(site_id, before, size + 1)
        answer = pb.ListSourcesResponse(sources=[wire.added(each) for each in found[:size]])
        if len(found) > size:
            last = found[size - 1]
            answer.next_page_token = self._pages.token(question, [last.added_at.isoformat(), last.source_id])
        return answer

    async def GetSnapshot(self, request: pb.GetSnapshotRequest, context: Any) -> pb.Snapshot:
        """The sentences of one piece of evidence with their places."""
        size, query = page_size(request.page_size), request.query.strip().casefold()
        if request.first < 0 or len(query) > LONGEST_QUERY:
            raise Refused("INVALID_QUERY", "Ask for a sentence by number or by a few words.", field="query", status=400)
        found, refused, all_of_it = await self._sources.read(
            PERSON.get().site_id, request.claim_id, request.evidence_id
        )
        numbered = [
            (number, each)
            for number, each in enumerate(all_of_it)
            if number >= request.first and query in each.text.casefold()
        ]
        shown = [
            pb.SnapshotSentence(number=number, start=each.start, end=each.end, text=each.text)
            for number, each in numbered[:size]
        ]
        return pb.Snapshot(
            evidence=wire.evidence(found, refused=refused),
            sentences=shown,
            total=len(all_of_it),
            next_first=numbered[size][0] if len(numbered) > size else 0,
        )

    async def PickQuotation(self, request: pb.PickQuotationRequest, context: Any) -> pb.Quotation:
        """Keep a passage for the decision."""
        if min(request.start, request.end) < 0:
            raise Refused("INVALID_PLACE", "A place is counted from 0.", field="start", status=400)
        quote = Quote(request.evidence_id, request.exact, request.stance, request.start, request.end)
        return wire.quotation(await self._sources.pick(PERSON.get().site_id, _person(), request.claim_id, quote))

    async def DropQuotation(self, request: pb.DropQuotationRequest, context: Any) -> pb.DropQuotationResponse:
        """Forget a passage."""
        await self._sources.drop(PERSON.get().site_id, _person(), request.claim_id, request.quotation_id)
        return pb.DropQuotationResponse()

    async def GetSpending(self, request: pb.GetSpendingRequest, context: Any) -> pb.Spending:
        """What the last days cost, in all and by provider."""
        if not 0 <= request.days <= MOST_DAYS:
            raise Refused("INVALID_DAYS", f"Ask for 1 to {MOST_DAYS} days.", field="days", status=400)
        today, spent = await self._purse.days(PERSON.get().site_id, request.days or 30)
        return wire.spending(self._purse.limit, today, spent)


def _filter(request: pb.ListReviewsRequest, after: tuple[float, str] | None, now: datetime) -> Filter:
    if request.state and request.state not in STATES | {ALL}:
        raise Refused("UNKNOWN_STATE", f"state is {', '.join(sorted(STATES))} or all.", field="state", status=400)
    if request.order not in ORDERS:
        raise Refused("UNKNOWN_ORDER", "order is oldest, due or priority.", field="order", status=400)
    if len(request.query) > LONGEST_QUERY:
        raise Refused("QUERY_TOO_LONG", f"Use at most {LONGEST_QUERY} characters.", field="query", status=400)
    chosen = (request.state,) if request.state else tuple(sorted(each.value for each in WAITING))
    return Filter(
        states=sorted(STATES) if request.state == ALL else chosen,
        inactive=request.state == ALL,
        assignee=PERSON.get().person_id if request.assignee == "me" else request.assignee,
        article_id=request.article_id,
        query=request.query.strip(),
        overdue_at=now if request.overdue else None,
        least_priority=_priority(request.least_priority or "low", "least_priority"),
        order=request.order or "oldest",
        after=after or (-1e18, ""),
    )


def _priority(name: str, field: str = "priority") -> Priority:
    try:
        return Priority[name.upper()]
    except KeyError as error:
        raise Refused("UNKNOWN_PRIORITY", "It is low, normal, high or urgent.", field=field, status=400) from error


def _person() -> Person:
    person = PERSON.get()
    return Person(person.person_id, person.name)


def _caller(request: Any) -> Caller:
    person = PERSON.get()
    return Caller(person.site_id, _person(), request.claim_id, request.version, LEAD in person.roles)


def _proposal(request: Any) -> Proposal:
    quotes = tuple(Quote(c.evidence_id, c.exact, c.stance, c.start, c.end) for c in request.citations)
    return Proposal(request.rating, request.explanation, quotes, request.note)
