"""Two small services behind staff doors: enough of verification and of comment to answer the console."""

from __future__ import annotations

from typing import Any

from plumbline.staff.v1 import (
    moderation_service_pb2,
    moderation_service_pb2_grpc,
    review_service_pb2,
    review_service_pb2_grpc,
)

from shared.errors import Conflict, NotFound, Refused
from shared.grpc import PERSON, Person
from tests.builders.staff_review import open_review, snapshot_of

METHODS = tuple(each.name for each in review_service_pb2.DESCRIPTOR.services_by_name["ReviewService"].methods)


class Reviews(review_service_pb2_grpc.ReviewServiceServicer):
    """Enough of verification to answer the console: one claim, two people, every refusal."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.review = open_review()
        self.heard: list[tuple[Person, Any]] = []
        self.refuse: Exception | None = None
        part = review_service_pb2.ProviderSpending(provider="llm", micros=1_250_000)
        day = review_service_pb2.DaySpending(day="2026-05-31", micros=1_250_000, providers=[part])
        self.spending = review_service_pb2.Spending(day_budget=5_000_000, today="2026-05-31", days=[day])

    async def ListReviews(self, request: Any, context: Any) -> Any:
        self._hear(request)
        return review_service_pb2.ListReviewsResponse(reviews=[self.review], next_page_token="t/2")

    async def GetReview(self, request: Any, context: Any) -> Any:
        self._hear(request)
        if request.claim_id != self.review.claim_id:
            raise NotFound("claim")
        return self.review

    async def GetSpending(self, request: Any, context: Any) -> Any:
        self._hear(request)
        return self.spending

    async def ProposeDecision(self, request: Any, context: Any) -> Any:
        person = self._hear(request)
        if not request.explanation:
            raise Refused("EXPLANATION_REQUIRED", "Write the explanation readers will see.", field="explanation")
        if request.version != self.review.version:
            raise Conflict("Somebody changed this review since you opened it; look again.", field="version")
        self.review.MergeFrom(
            review_service_pb2.Review(
                state="proposed",
                proposed_rating=request.rating,
                proposed_explanation=request.explanation,
                proposed_by=person.person_id,
                version=self.review.version + 1,
            )
        )
        return self.review

    async def SecondDecision(self, request: Any, context: Any) -> Any:
        person = self._hear(request)
        if person.person_id == self.review.proposed_by:
            raise Conflict("A second person has to decide; you proposed this.")
        self.review.state = "decided" if request.agree else "open"
        self.review.seconded_by = person.person_id if request.agree else ""
        self.review.version += 1
        return self.review

    async def CorrectDecision(self, request: Any, context: Any) -> Any:
        self._hear(request)
        if not request.note:
            raise Refused("NOTE_REQUIRED", "Say what changed and why.", field="note")
        self.review.state = "corrected"
        return self.review

    async def WithdrawDecision(self, request: Any, context: Any) -> Any:
        self._hear(request)
        if not request.note:
            raise Refused("NOTE_REQUIRED", "Say what changed and why.", field="note")
        self.review.state = "proposed"
        return self.review

    async def RetractProposal(self, request: Any, context: Any) -> Any:
        self._hear(request)
        self.review.state = "open"
        return self.review

    async def AssignReview(self, request: Any, context: Any) -> Any:
        person = self._hear(request)
        self.review.state = "assigned"
        self.review.assigned_to = request.assignee_id or person.person_id
        self.review.assigned_name = request.assignee_name or person.name
        return self.review

    async def ReleaseReview(self, request: Any, context: Any) -> Any:
        self._hear(request)
        self.review.MergeFrom(review_service_pb2.Review(state="open"))
        self.review.assigned_to = self.review.assigned_name = ""
        return self.review

    async def ScheduleReview(self, request: Any, context: Any) -> Any:
        self._hear(request)
        self.review.priority = request.priority
        self.review.due_at.CopyFrom(request.due_at)
        return self.review

    async def AddSource(self, request: Any, context: Any) -> Any:
        self._hear(request)
        if request.WhichOneof("way") == "url" and "://" not in request.url:
            raise Refused("INVALID_URL", "Give the address of a page on the web.", field="url")
        added = review_service_pb2.AddedSource(way=request.WhichOneof("way"), state="ready", title="What was added")
        self.review.sources.append(added)
        return added

    async def ListSources(self, request: Any, context: Any) -> Any:
        self._hear(request)
        return review_service_pb2.ListSourcesResponse(sources=self.review.sources)

    async def GetSnapshot(self, request: Any, context: Any) -> Any:
        self._hear(request)
        held = next((each for each in self.review.evidence if each.evidence_id == request.evidence_id), None)
        if held is None:
            raise NotFound("evidence")
        return snapshot_of(held)

    async def PickQuotation(self, request: Any, context: Any) -> Any:
        self._hear(request)
        if "never said" in request.exact:
            raise Refused("NOT_VERBATIM", "A quoted passage is not word for word in its source.", field="exact")
        held = next(each for each in self.review.evidence if each.evidence_id == request.evidence_id)
        kept = review_service_pb2.Quotation(
            quotation_id="q-1",
            evidence_id=request.evidence_id,
            start=request.start,
            end=request.end,
            exact=request.exact or held.excerpt[request.start : request.end],
            stance=request.stance,
        )
        self.review.quotations.append(kept)
        return kept

    async def DropQuotation(self, request: Any, context: Any) -> Any:
        self._hear(request)
        del self.review.quotations[:]
        return review_service_pb2.DropQuotationResponse()

    def of_kind(self, name: str) -> list[Any]:
        """The requests of one kind, in the order they came."""
        return [said for _, said in self.heard if type(said).DESCRIPTOR.name == name]

    def _hear(self, request: Any) -> Person:
        if self.refuse is not None:
            raise self.refuse
        self.heard.append((PERSON.get(), request))
        return PERSON.get()


class Moderation(moderation_service_pb2_grpc.ModerationServiceServicer):
    """Enough of comment to answer the console."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.decided: list[tuple[Person, Any]] = []
        self.body = "<p>Hello <a href='https://example.org/'>there</a></p>"

    async def ListHeldComments(self, request: Any, context: Any) -> Any:
        held = moderation_service_pb2.HeldComment(
            comment_id="c-1", article_id="a1", author_name="Ann", body_html=self.body, reasons=["a link"]
        )
        return moderation_service_pb2.ListHeldCommentsResponse(comments=[held])

    async def DecideComment(self, request: Any, context: Any) -> Any:
        self.decided.append((PERSON.get(), request))
        return moderation_service_pb2.HeldComment(comment_id=request.comment_id, status="published")
