"""Claims that need a person: the list, one claim with all that was found, and every decision about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from plumbline.staff.v1 import review_service_pb2 as pb
from starlette.responses import Response

from services.console import contract
from services.console.desk import Visit
from services.console.model.review import (
    PRIORITIES,
    STANCES,
    Draft,
    Review,
    age,
    first_draft,
    marked,
    next_step,
)
from services.console.model.staff import Role
from services.console.review_wire import correction, proposal, review_of, second_opinion
from shared.errors import Conflict, Refused
from shared.web.forms import FormErrors

DONE = {
    "proposed": "Your decision is recorded. A second person has to agree before readers see it.",
    "decided": "The verdict is recorded and on its way to readers.",
    "corrected": "The correction is recorded and on its way to readers, with its reason.",
    "withdrawn": "The verdict is withdrawn; readers are told why.",
    "returned": "Sent back. It is in the queue again.",
    "retracted": "Taken back. Nobody saw it.",
    "taken": "This claim is yours.",
    "assigned": "The claim is given to them.",
    "released": "Released: anybody can take it.",
    "scheduled": "Priority and due time are set.",
    "fetching": "The page is being fetched. It stands below, under what was added, and appears as evidence once it is read.",
    "added": "The source is added to the evidence.",
    "quoted": "The passage is kept and ticked in the decision below.",
    "dropped": "The passage is not kept any more.",
}
STATES = {
    "": "Waiting for people", "open": "Open", "assigned": "Assigned", "proposed": "Waiting for a second person",
    "decided": "Decided", "corrected": "Corrected", "withdrawn": "Withdrawn", "machine": "Decided by the machine alone",
    "all": "Everything",
}  # fmt: skip
WHO = {"": "Anybody", "me": "Me", "nobody": "Nobody yet"}
ORDERS = {"": "Oldest first", "due": "Due first", "priority": "Most urgent first"}


async def home(visit: Visit) -> Response:
    """The queue, for those who review; others go to their own first page."""
    if Role.REVIEWER not in visit.who.roles:
        return visit.go("/console/comments" if Role.MODERATOR in visit.who.roles else "/console/traces")
    asked: dict[str, Any] = {
        "state": visit.asked("state", STATES),
        "assignee": visit.asked("who", WHO),
        "least_priority": visit.asked("priority", PRIORITIES),
        "order": visit.asked("order", ORDERS),
        "query": visit.asked("q"),
        "overdue": bool(visit.asked("overdue", ("1",))),
    }
    page = visit.request.query_params.get("page", "")
    found = await visit.desk.calls.reviews(visit.who, page_token=page, **asked)
    reviews = [review_of(one) for one in found.reviews]
    now = visit.desk.clock.now()
    names = {"assignee": "who", "least_priority": "priority", "query": "q"}
    again = {names.get(name, name): "1" if value is True else value for name, value in asked.items() if value}
    return visit.page(
        "queue.html",
        rows=[(review, age(review.opened_at, now), _mine(visit, review), _late(review, now)) for review in reviews],
        more=urlencode(again | {"page": found.next_page_token}) if found.next_page_token else "",
        asked=asked,
        narrowed=bool(again),
        states=STATES,
        who=WHO,
        priorities=PRIORITIES,
        orders=ORDERS,
    )


async def show(visit: Visit) -> Response:
    """One claim with everything that was found for it."""
    review = await load(visit)
    return await page_of(visit, review, first_draft(review))


async def propose(visit: Visit) -> Response:
    """Record this person's decision. What was typed stays on the page when it is refused."""
    return await _said(visit, proposal, "decided")


async def correct(visit: Visit) -> Response:
    """Another decision in place of one that readers saw."""
    return await _said(visit, correction, "corrected")


async def withdraw(visit: Visit) -> Response:
    """Take a verdict back, with the reason readers will see."""
    claim_id, note = visit.request.path_params["claim_id"], visit.one("withdraw_note")
    request = pb.WithdrawDecisionRequest(claim_id=claim_id, note=note, version=version(visit))
    return await act(visit, request, "withdrawn", fields={"note": "withdraw_note"})


async def second(visit: Visit) -> Response:
    """Agree with another person's decision, or send it back with a note."""
    claim_id, agree = visit.request.path_params["claim_id"], visit.one("answer") == "agree"
    if visit.one("answer") not in ("agree", "return"):
        raise Refused("INVALID_ANSWER", "Agree or send it back.", field="answer")
    request = second_opinion(claim_id, agree, visit.one("note"), version(visit))
    return await act(visit, request, "decided" if agree else "returned")


async def retract(visit: Visit) -> Response:
    """Take one's own proposal back."""
    request = pb.RetractProposalRequest(claim_id=visit.request.path_params["claim_id"], version=version(visit))
    return await act(visit, request, "retracted")


async def act(visit: Visit, request: Any, done: str, *, fields: dict[str, str] | None = None) -> Response:
    """Send one step and go back to the claim; what refuses it stands there beside its field."""
    try:
        after = review_of(await visit.desk.calls.act(visit.who, request))
    except Refused as refused:
        review = await load(visit)
        named = (fields or {}).get(refused.field, refused.field)
        again = Refused(refused.reason, refused.message, field=named, status=refused.status)
        return await page_of(visit, review, first_draft(review), again)
    return back(visit, "proposed" if after.state == "proposed" and done in ("withdrawn", "decided") else done)


def back(visit: Visit, done: str) -> Response:
    """See the claim again, with what was done."""
    return visit.go(f"/console/claims/{visit.request.path_params['claim_id']}?done={done}")


async def load(visit: Visit) -> Review:
    """The claim of this page."""
    return review_of(await visit.desk.calls.review(visit.who, visit.request.path_params["claim_id"]))


def version(visit: Visit) -> int:
    """The version of the review the form was made for."""
    text = visit.one("version")
    if not text.isdecimal() or len(text) > 9:
        raise Refused("INVALID_VERSION", "The form lacks the version you looked at.", field="version")
    return int(text)


async def page_of(visit: Visit, review: Review, draft: Draft, refused: Refused | None = None) -> Response:
    """The page of one claim."""
    who, reception = visit.who, visit.desk.reception
    names = await reception.names(who.site_id, [review.proposed_by, review.decided_by, review.seconded_by])
    ratings = contract.ratings_of(await visit.desk.directory.site(who.site_id))
    lead = Role.ADMIN in who.roles
    now = visit.desk.clock.now()
    quoted = {source.evidence_id: [q.exact for q in source.passages] for source in review.sources}
    for quote in review.quotes:
        quoted.setdefault(quote.evidence_id, []).append(quote.exact)
    return visit.page(
        "claim.html",
        status=refused.status if refused else 200,
        review=review,
        draft=draft,
        step=next_step(review, str(who.staff_id), who.name),
        mine=review.assigned_to == str(who.staff_id),
        lead=lead,
        late=_late(review, now),
        reviewers=await reception.reviewers(who.site_id) if lead else {},
        names=names,
        ratings=[one for one in ratings if one.rating != "withdrawn"],
        labels={one.rating: one.label for one in ratings},
        stances=dict(STANCES),
        runs={s.evidence_id: marked(s.excerpt, quoted[s.evidence_id]) for s in review.sources},
        titles={source.evidence_id: source.title or source.url for source in review.sources},
        states=STATES,
        priorities=PRIORITIES,
        errors=FormErrors({refused.field: refused.message}) if refused else FormErrors(),
        done="" if refused else DONE.get(visit.request.query_params.get("done", ""), ""),
    )


async def _said(visit: Visit, request_of: Any, done: str) -> Response:
    review = await load(visit)
    draft = Draft(visit.one("rating"), visit.one("explanation"), visit.one("note"), frozenset(visit.many("keep")))
    try:
        if version(visit) != review.version:
            raise Conflict("Somebody changed this review since you opened it; look again.", field="version")
        after = review_of(await visit.desk.calls.act(visit.who, request_of(review, draft)))
    except Refused as refused:
        return await page_of(visit, await load(visit), draft, refused)
    return back(visit, "proposed" if after.state == "proposed" else done)


def _mine(visit: Visit, review: Review) -> bool:
    return bool(review.proposed_by) and review.proposed_by in (str(visit.who.staff_id), visit.who.name)


def _late(review: Review, now: Any) -> bool:
    return review.due_at is not None and review.due_at < now and not review.settled
