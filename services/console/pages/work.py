"""Who has a claim, by when it is due and how urgent it is."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.staff.v1 import review_service_pb2 as pb
from starlette.responses import Response

from services.console.desk import Visit
from services.console.desk_forms import moment_of
from services.console.model.review import first_draft
from services.console.pages.reviews import act, load, page_of, version
from shared.errors import Refused


async def assign(visit: Visit) -> Response:
    """Take the claim, or give it to a colleague of this site."""
    claim_id, to = visit.request.path_params["claim_id"], visit.one("assignee")
    reviewers = await visit.desk.reception.reviewers(visit.who.site_id)
    if to and to not in reviewers:
        raise Refused("UNKNOWN_PERSON", "There is no such reviewer here.", field="assignee")
    request = pb.AssignReviewRequest(
        claim_id=claim_id, assignee_id=to, assignee_name=reviewers.get(to, ""), version=version(visit)
    )
    return await act(visit, request, "taken" if to in ("", str(visit.who.staff_id)) else "assigned")


async def release(visit: Visit) -> Response:
    """Put the claim back for everybody."""
    request = pb.ReleaseReviewRequest(claim_id=visit.request.path_params["claim_id"], version=version(visit))
    return await act(visit, request, "released")


async def schedule(visit: Visit) -> Response:
    """Say by when it is due and how urgent it is."""
    request = pb.ScheduleReviewRequest(
        claim_id=visit.request.path_params["claim_id"], priority=visit.one("priority"), version=version(visit)
    )
    try:
        due_at = moment_of(visit.one("due_at"), "due_at")
    except Refused as refused:
        review = await load(visit)
        return await page_of(visit, review, first_draft(review), refused)
    if due_at is not None:
        moment = Timestamp()
        moment.FromDatetime(due_at)
        request.due_at.CopyFrom(moment)
    return await act(visit, request, "scheduled")
