"""Claims that need a person: the queue, one claim with all that was found, a decision, a second opinion."""

from __future__ import annotations

from starlette.responses import Response

from services.console import contract
from services.console.desk import Visit
from services.console.model.review import (
    STANCES,
    Draft,
    Quote,
    Review,
    age,
    first_draft,
    marked,
    next_step,
)
from services.console.model.staff import Role
from services.console.review_wire import proposal, review_of, second_opinion
from shared.errors import Conflict, Refused
from shared.web.forms import FormErrors

DONE = {
    "proposed": "Your decision is recorded. A second person has to agree before readers see it.",
    "decided": "The verdict is recorded and on its way to readers.",
    "returned": "Sent back. It is in the queue again.",
}
_STATES = {"": "Open", "decided": "Decided"}


async def home(visit: Visit) -> Response:
    """The queue, for those who review; others go to their own first page."""
    if Role.REVIEWER not in visit.who.roles:
        return visit.go("/console/comments" if Role.MODERATOR in visit.who.roles else "/console/traces")
    state = "decided" if visit.request.query_params.get("state") == "decided" else ""
    found = await visit.desk.calls.reviews(visit.who, state=state, page=visit.request.query_params.get("page", ""))
    reviews = [review_of(one) for one in found.reviews]
    now = visit.desk.clock.now()
    return visit.page(
        "queue.html",
        rows=[(review, age(review.opened_at, now), _mine(visit, review)) for review in reviews],
        next_page=found.next_page_token,
        state=state,
        states=_STATES,
    )


async def show(visit: Visit) -> Response:
    """One claim with everything that was found for it."""
    review = await _load(visit)
    return await _page(visit, review, first_draft(review))


async def propose(visit: Visit) -> Response:
    """Record this person's decision. What was typed stays on the page when it is refused."""
    review = await _load(visit)
    draft = _read_draft(visit, review)
    try:
        if _version(visit) != review.version:
            raise Conflict("Somebody changed this review since you opened it; look again.", field="version")
        after = review_of(await visit.desk.calls.propose(visit.who, proposal(review, draft)))
    except Refused as refused:
        return await _page(visit, await _load(visit), draft, refused)
    return visit.go(f"/console/claims/{review.claim_id}?done={'proposed' if after.state == 'proposed' else 'decided'}")


async def second(visit: Visit) -> Response:
    """Agree with another person's decision, or send it back with a note."""
    claim_id, agree = visit.request.path_params["claim_id"], visit.one("answer") == "agree"
    if visit.one("answer") not in ("agree", "return"):
        raise Refused("INVALID_ANSWER", "Agree or send it back.", field="answer")
    request = second_opinion(claim_id, agree, visit.one("note"), _version(visit))
    try:
        after = review_of(await visit.desk.calls.second(visit.who, request))
    except Refused as refused:
        review = await _load(visit)
        return await _page(visit, review, first_draft(review), refused)
    return visit.go(
        f"/console/claims/{claim_id}?done={'decided' if after.state == 'decided' and agree else 'returned'}"
    )


async def _load(visit: Visit) -> Review:
    return review_of(await visit.desk.calls.review(visit.who, visit.request.path_params["claim_id"]))


async def _page(visit: Visit, review: Review, draft: Draft, refused: Refused | None = None) -> Response:
    names = await visit.desk.reception.names(
        visit.who.site_id, [review.proposed_by, review.decided_by, review.seconded_by]
    )
    ratings = contract.ratings_of(await visit.desk.directory.site(visit.who.site_id))
    quoted = {
        source.evidence_id: [q.exact for q in review.quotes if q.evidence_id == source.evidence_id]
        for source in review.sources
    }
    return visit.page(
        "claim.html",
        status=refused.status if refused else 200,
        review=review,
        draft=draft,
        step=next_step(review, str(visit.who.staff_id), visit.who.name),
        names=names,
        ratings=ratings,
        labels={one.rating: one.label for one in ratings},
        stances=STANCES,
        sources=[(source, marked(source.excerpt, quoted[source.evidence_id])) for source in review.sources],
        titles={source.evidence_id: source.title or source.url for source in review.sources},
        added={quote.evidence_id: quote for quote in draft.added},
        errors=FormErrors({refused.field: refused.message}) if refused else FormErrors(),
        done="" if refused else DONE.get(visit.request.query_params.get("done", ""), ""),
    )


def _read_draft(visit: Visit, review: Review) -> Draft:
    added = []
    for place, source in enumerate(review.sources):
        exact = visit.one(f"quote-{place}")
        if exact:
            added.append(Quote(source.evidence_id, exact, visit.one(f"stance-{place}")))
    keep = frozenset(int(one) for one in visit.many("keep") if one.isdecimal() and len(one) < 5)
    return Draft(visit.one("rating"), visit.one("explanation"), visit.one("note"), keep, tuple(added))


def _version(visit: Visit) -> int:
    text = visit.one("version")
    if not text.isdecimal() or len(text) > 9:
        raise Refused("INVALID_VERSION", "The form lacks the version you looked at.", field="version")
    return int(text)


def _mine(visit: Visit, review: Review) -> bool:
    return bool(review.proposed_by) and review.proposed_by in (str(visit.who.staff_id), visit.who.name)
