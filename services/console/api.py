"""The desk's HTTP door: every page, who may open it, and the one way all of them are guarded."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.console.desk import Desk, Visit, receive
from services.console.model.staff import EVERYBODY, Role
from services.console.pages import claims, comments, ratings, reviews, sign_in, sources, spending, traces, work
from shared.admission import Forbidden
from shared.errors import NotFound, Refused
from shared.problem import problem_of
from shared.web.assets import Assets
from shared.web.serving import static_route

REVIEWERS = frozenset({Role.REVIEWER})
LEADS = frozenset({Role.ADMIN})
RATERS = REVIEWERS | LEADS
MODERATORS = frozenset({Role.MODERATOR})
ANYBODY: frozenset[Role] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page or form of the desk. `roles` None is open to anybody; otherwise one of them is needed."""

    method: str
    path: str
    roles: frozenset[Role] | None
    handle: Callable[[Visit], Awaitable[Response]]


async def nothing(_: Visit) -> Response:
    """Every other address."""
    raise NotFound("page")


PAGES = (
    Page("GET", "/console/sign-in", ANYBODY, sign_in.show),
    Page("POST", "/console/sign-in", ANYBODY, sign_in.enter),
    Page("POST", "/console/sign-out", EVERYBODY, sign_in.leave),
    Page("GET", "/console", EVERYBODY, reviews.home),
    Page("GET", "/console/claims/{claim_id}", REVIEWERS, reviews.show),
    Page("POST", "/console/claims/{claim_id}/decision", REVIEWERS, reviews.propose),
    Page("POST", "/console/claims/{claim_id}/second", REVIEWERS, reviews.second),
    Page("POST", "/console/claims/{claim_id}/correction", REVIEWERS, reviews.correct),
    Page("POST", "/console/claims/{claim_id}/withdrawal", REVIEWERS, reviews.withdraw),
    Page("POST", "/console/claims/{claim_id}/retraction", REVIEWERS, reviews.retract),
    Page("POST", "/console/claims/{claim_id}/assignment", REVIEWERS, work.assign),
    Page("POST", "/console/claims/{claim_id}/release", REVIEWERS, work.release),
    Page("POST", "/console/claims/{claim_id}/schedule", REVIEWERS, work.schedule),
    Page("GET", "/console/claims/{claim_id}/sources", REVIEWERS, sources.ask),
    Page("POST", "/console/claims/{claim_id}/sources/url", REVIEWERS, sources.add_url),
    Page("POST", "/console/claims/{claim_id}/sources/upload", REVIEWERS, sources.add_upload),
    Page("POST", "/console/claims/{claim_id}/sources/typed", REVIEWERS, sources.add_typed),
    Page("GET", "/console/claims/{claim_id}/evidence/{evidence_id}", REVIEWERS, sources.read),
    Page("POST", "/console/claims/{claim_id}/evidence/{evidence_id}", REVIEWERS, sources.pick),
    Page("POST", "/console/claims/{claim_id}/quotations/{quotation_id}/drop", REVIEWERS, sources.drop),
    Page("GET", "/console/articles", REVIEWERS, claims.find),
    Page("GET", "/console/articles/{article_id}/claims", REVIEWERS, claims.show),
    Page("POST", "/console/articles/{article_id}/claims", REVIEWERS, claims.add),
    Page("POST", "/console/articles/{article_id}/claims/merge", REVIEWERS, claims.merge),
    Page("POST", "/console/articles/{article_id}/claims/{claim_id}/dismissal", REVIEWERS, claims.dismiss),
    Page("POST", "/console/articles/{article_id}/claims/{claim_id}/restoration", REVIEWERS, claims.restore),
    Page("GET", "/console/articles/{article_id}/claims/{claim_id}/split", REVIEWERS, claims.ask_split),
    Page("POST", "/console/articles/{article_id}/claims/{claim_id}/split", REVIEWERS, claims.split),
    Page("GET", "/console/sources", REVIEWERS, sources.show),
    Page("GET", "/console/ratings", RATERS, ratings.show),
    Page("GET", "/console/ratings/find", RATERS, ratings.find),
    Page("GET", "/console/ratings/{domain}", RATERS, ratings.read),
    Page("POST", "/console/ratings/{domain}", LEADS, ratings.rate),
    Page("GET", "/console/spending", REVIEWERS, spending.show),
    Page("GET", "/console/comments", MODERATORS, comments.show),
    Page("POST", "/console/comments/{comment_id}", MODERATORS, comments.decide),
    Page("GET", "/console/traces", EVERYBODY, traces.latest),
    Page("GET", "/console/traces/{trace_id}", EVERYBODY, traces.show),
    Page("GET", "/console/{path:path}", EVERYBODY, nothing),
)


def routes(desk: Callable[[], Desk], assets: Assets) -> tuple[BaseRoute, ...]:
    """Every route of the console; `desk` gives what they stand on, once it is open."""
    return (static_route(assets), *(Route(page.path, _endpoint(page, desk), methods=[page.method]) for page in PAGES))


def _endpoint(page: Page, open_desk: Callable[[], Desk]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        desk = open_desk()
        visit = Visit(desk, request, "")
        try:
            visit = await receive(desk, request)
            return visit.finish(await _admit(page, visit))
        except Exception as error:
            problem = problem_of(error)
            if problem.ours:
                desk.log.error("page.failed", route=page.path, error=type(error).__name__)
            return visit.problem(problem)

    return endpoint


async def _admit(page: Page, visit: Visit) -> Response:
    """Session, role, form token, in this order; then the page itself."""
    if page.roles is not None:
        if visit.member is None:
            after = visit.request.url.path if page.method == "GET" else "/console"
            return visit.go(f"/console/sign-in?next={quote(after)}")
        if not page.roles & visit.member.roles:
            raise Forbidden("ROLE_MISSING", f"This needs the role {' or '.join(sorted(page.roles))}.")
    if page.method == "POST" and not hmac.compare_digest(
        visit.one("csrf").encode(), visit.desk.csrf(visit.cookie).encode()
    ):
        raise Refused(
            "STALE_FORM", "This form is not from your session; open the page again.", field="csrf", status=403
        )
    return await page.handle(visit)
