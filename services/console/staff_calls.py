"""The console's calls into the staff doors of other services, each with a fresh assertion about the person behind it.

The owning service decides what that person may do; the console passes its answer on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

import grpc
import grpc.aio
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from plumbline.staff.v1 import (
    claim_desk_service_pb2_grpc,
    moderation_service_pb2,
    moderation_service_pb2_grpc,
    review_service_pb2,
    review_service_pb2_grpc,
    source_rating_service_pb2_grpc,
)

from services.console.model.staff import StaffMember
from shared.assertions import SCHEME, AssertionSigner, Person
from shared.clock import Clock
from shared.errors import Refused, Transient
from shared.telemetry.spans import Tracing

T = TypeVar("T")
Sign = Callable[[Person, str, datetime], str]

REVIEWS = "verification"
MODERATION = "comment"
CLAIMS = "claim-extraction"
_SECONDS = 10.0
_PAGE = 50
_STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: 422,
    grpc.StatusCode.UNAUTHENTICATED: 503,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
}


class Signers(Protocol):
    """Who vouches for the people of a site."""

    async def of(self, site_id: UUID) -> AssertionSigner:
        """Raises NotFound for a site that is not ours."""
        ...


class StaffCalls:
    """One channel per service, opened with the console and closed with it."""

    def __init__(
        self,
        signers: Signers,
        clock: Clock,
        tracing: Tracing,
        *,
        review_target: str,
        moderation_target: str,
        claims_target: str,
    ) -> None:
        self._signers, self._clock, self._tracing = signers, clock, tracing
        targets = (review_target, moderation_target, claims_target)
        self._channels = [grpc.aio.insecure_channel(target) for target in targets]
        self._reviews = review_service_pb2_grpc.ReviewServiceStub(self._channels[0])
        self._ratings = source_rating_service_pb2_grpc.SourceRatingServiceStub(self._channels[0])
        self._moderation = moderation_service_pb2_grpc.ModerationServiceStub(self._channels[1])
        self._claims = claim_desk_service_pb2_grpc.ClaimDeskServiceStub(self._channels[2])

    async def close(self) -> None:
        for channel in self._channels:
            await channel.close()

    async def reviews(self, who: StaffMember, **asked: Any) -> Any:
        """Claims as the filter asks (ListReviewsResponse)."""
        request = review_service_pb2.ListReviewsRequest(page_size=_PAGE, **asked)
        return await self._call(self._reviews.ListReviews, request, who, REVIEWS)

    async def review(self, who: StaffMember, claim_id: str) -> review_service_pb2.Review:
        """One claim with all that was found."""
        request = review_service_pb2.GetReviewRequest(claim_id=claim_id)
        return await self._call(self._reviews.GetReview, request, who, REVIEWS)

    async def act(self, who: StaffMember, request: Any) -> Any:
        """Any other call about a claim: the method is the request's name without its ending."""
        name = type(request).DESCRIPTOR.name.removesuffix("Request")
        return await self._call(getattr(self._reviews, name), request, who, REVIEWS)

    async def hand(self, who: StaffMember, request: Any) -> Any:
        """A call about the claims of an article (ArticleClaims); the method is named as in `act`."""
        name = type(request).DESCRIPTOR.name.removesuffix("Request")
        return await self._call(getattr(self._claims, name), request, who, CLAIMS)

    async def ratings(self, who: StaffMember, request: Any) -> Any:
        """A call about how sources are rated; the method is named as in `act`."""
        name = type(request).DESCRIPTOR.name.removesuffix("Request")
        return await self._call(getattr(self._ratings, name), request, who, REVIEWS)

    async def held_comments(self, who: StaffMember, *, page: str = "") -> Any:
        """Comments that wait for a moderator, oldest first (ListHeldCommentsResponse)."""
        request = moderation_service_pb2.ListHeldCommentsRequest(page_size=_PAGE, page_token=page)
        return await self._call(self._moderation.ListHeldComments, request, who, MODERATION)

    async def decide_comment(
        self, who: StaffMember, decision: moderation_service_pb2.DecideCommentRequest
    ) -> moderation_service_pb2.HeldComment:
        return await self._call(self._moderation.DecideComment, decision, who, MODERATION)

    async def _call(self, method: Callable[..., Awaitable[T]], request: Any, who: StaffMember, audience: str) -> T:
        """Raises Refused with the owner's words, or Transient when it cannot be reached."""
        person = Person(str(who.staff_id), who.name, frozenset(who.roles), who.site_id)
        signer = await self._signers.of(who.site_id)
        token = signer.sign(person, audience=audience, now=self._clock.now())
        metadata = [("authorization", f"{SCHEME} {token}"), ("traceparent", self._tracing.traceparent())]
        try:
            return await method(request, timeout=_SECONDS, metadata=[pair for pair in metadata if pair[1]])
        except grpc.aio.AioRpcError as error:
            raise refusal_of(error) from error


def refusal_of(error: grpc.aio.AioRpcError) -> Exception:
    """What another service's answer means here: its own refusal, or that it cannot be reached."""
    status = _STATUS.get(error.code())
    if status is None or status == 503:
        return Transient(f"staff door: {error.code().name}")
    rich = rpc_status.from_call(error)
    reason, field = error.code().name, ""
    for detail in rich.details if rich else ():
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(bad) and bad.field_violations:
            field = bad.field_violations[0].field
    return Refused(reason, error.details() or "This was refused.", field=field, status=status)
