"""What every page of the desk stands on, and one person's visit to one page."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.console.desk_forms import SentFile, read_form
from services.console.model.staff import Role, StaffMember
from services.console.staff_calls import StaffCalls
from services.console.staffing import SESSION_LASTS, Reception
from services.console.store.spans import SpanStore
from shared.clock import Clock
from shared.directory import Directory
from shared.problem import Problem, problem_headers
from shared.web.assets import Assets
from shared.web.headers import page_headers
from shared.web.pages import Layout, Link, Notice, make_environment, render_notice

HERE = Path(__file__).parent
COOKIE = "plumbline_desk"
NAV = (
    (Role.REVIEWER, "Claims", "/console"),
    (Role.REVIEWER, "Sources", "/console/sources"),
    (Role.REVIEWER, "Ratings", "/console/ratings"),
    (Role.REVIEWER, "Costs", "/console/spending"),
    (Role.MODERATOR, "Comments", "/console/comments"),
    (None, "Traces", "/console/traces"),
)
_TITLES = {
    403: "You cannot do that",
    404: "There is nothing here",
    409: "Somebody was faster",
    429: "Too many tries",
    503: "This is not reachable right now",
}


def make_assets() -> Assets:
    return Assets("/console/static", HERE / "static")


def make_pages(assets: Assets) -> Environment:
    return make_environment(assets, HERE / "templates")


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the pages of one console share."""

    reception: Reception
    calls: StaffCalls
    spans: SpanStore
    directory: Directory
    clock: Clock
    pages: Environment
    csrf_key: bytes
    log: Any

    def csrf(self, token: str) -> str:
        """The form token that belongs to a session cookie."""
        return hmac.new(self.csrf_key, hashlib.sha256(token.encode()).digest(), hashlib.sha256).hexdigest()


@dataclass(slots=True)
class Visit:
    """One request: who it is, what was typed, and how to answer. `cookie` is the session, signed in or not yet."""

    desk: Desk
    request: Request
    cookie: str
    member: StaffMember | None = None
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, SentFile] = field(default_factory=dict)
    fresh: bool = False

    @property
    def who(self) -> StaffMember:
        assert self.member is not None, "the page let somebody in who did not sign in"
        return self.member

    def one(self, name: str) -> str:
        """The first value of a form field, line ends as one character; empty when it was not sent."""
        return next(iter(self.form.get(name, ())), "").replace("\r\n", "\n").strip()

    def asked(self, name: str, among: Collection[str] | None = None) -> str:
        """A value of the address; empty when it is not among those allowed, or far too long for any."""
        value = self.request.query_params.get(name, "").strip()
        return value if len(value) <= 200 and (among is None or value in among) else ""

    def many(self, name: str) -> Sequence[str]:
        return self.form.get(name, ())

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page of the desk."""
        body = self.desk.pages.get_template(template).render(
            layout=self._layout(), member=self.member, csrf=self.desk.csrf(self.cookie), **values
        )
        return HTMLResponse(body, status, headers=page_headers(cache="no-store", indexable=False))

    def problem(self, problem: Problem) -> Response:
        """A page that says what went wrong and where to go on."""
        lines = [problem.message]
        if problem.status == 503:
            lines.append(
                "Nothing was lost. If you were sending a decision, look whether it arrived before sending again."
            )
        links = (Link("Back to the desk", "/console"),)
        title = _TITLES.get(problem.status, "That did not work")
        notice = Notice(title, tuple(lines), tone="problem", reference=problem.reason, links=links)
        body = render_notice(self.desk.pages, self._layout(), notice)
        headers = page_headers(cache="no-store", indexable=False) | problem_headers(problem)
        return HTMLResponse(body, problem.status, headers=headers)

    def go(self, path: str) -> Response:
        """See other: after a form, or to sign in."""
        return RedirectResponse(path, 303, headers={"cache-control": "no-store"})

    def remember(self, response: Response, token: str) -> Response:
        """Put a session cookie: for this desk only, not for scripts, never sent from another site."""
        self.fresh = False
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION_LASTS.total_seconds()),
            path="/console",
            secure=self.request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response

    def finish(self, response: Response) -> Response:
        """A visitor without a cookie gets one, so that the sign-in form is bound to their browser too."""
        return self.remember(response, self.cookie) if self.fresh else response

    def _layout(self) -> Layout:
        path = self.request.url.path
        nav: tuple[Link, ...] = ()
        if self.member is not None:
            allowed = [(text, href) for role, text, href in NAV if role is None or role in self.member.roles]
            nav = tuple(Link(text, href, current=path == href) for text, href in allowed)
        return Layout("Plumbline", "Staff desk", "en", "/console", nav=nav)


async def receive(desk: Desk, request: Request) -> Visit:
    """The visit of this request, its session looked up and its form read. Raises Refused for an unreadable form."""
    cookie = request.cookies.get(COOKIE, "")
    known = 20 <= len(cookie) <= 100
    visit = Visit(desk, request, cookie if known else secrets.token_urlsafe(32), fresh=not known)
    if known:
        visit.member = await desk.reception.whose(cookie)
    if request.method == "POST":
        sent = await read_form(request)
        visit.form, visit.files = sent.fields, sent.files
    return visit
