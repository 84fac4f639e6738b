"""Coming and going."""

from __future__ import annotations

import re
from dataclasses import replace

from starlette.responses import Response

from services.console.desk import Visit
from services.console.staffing import SignIn
from shared.errors import Refused
from shared.problem import problem_headers, problem_of
from shared.web.forms import Field, Form, FormErrors

_INSIDE = re.compile(r"/console(/[A-Za-z0-9_\-][A-Za-z0-9_.\-]*){0,4}")
_FORM = Form(
    "sign-in",
    "/console/sign-in",
    "Sign in",
    (
        Field("name", "Name", required=True, max_length=40, autocomplete="username"),
        Field("password", "Password", "password", required=True, max_length=256, autocomplete="current-password"),
    ),
)


async def show(visit: Visit) -> Response:
    """The sign-in form; who is signed in goes on to the desk."""
    if visit.member is not None:
        return visit.go("/console")
    return _page(visit, _FORM, visit.request.query_params.get("next", ""))


async def enter(visit: Visit) -> Response:
    """Sign in, under a new session whatever cookie came with the form."""
    client = visit.request.client
    attempt = SignIn(visit.one("name"), next(iter(visit.many("password")), ""), client.host if client else "")
    try:
        token, _ = await visit.desk.reception.sign_in(attempt, visit.desk.clock.monotonic())
    except Refused as refused:
        problem = problem_of(refused)
        form = _FORM.filled({"name": visit.one("name"), "password": ""}, FormErrors({problem.field: problem.message}))
        answer = _page(visit, form, visit.one("next"), problem.status)
        answer.headers.update(problem_headers(problem))
        return answer
    return visit.remember(visit.go(_inside(visit.one("next"))), token)


async def leave(visit: Visit) -> Response:
    """Sign out: the session ends here and in the browser."""
    await visit.desk.reception.sign_out(visit.cookie, visit.who)
    answer = visit.go("/console/sign-in")
    answer.delete_cookie("plumbline_desk", path="/console")
    return answer


def _page(visit: Visit, form: Form, after: str, status: int = 200) -> Response:
    hidden = (("csrf", visit.desk.csrf(visit.cookie)), ("next", _inside(after)))
    return visit.page("sign_in.html", status=status, form=replace(form, hidden=hidden))


def _inside(path: str) -> str:
    """Only ever a page of the desk, so the form cannot be used to send people elsewhere."""
    return path if _INSIDE.fullmatch(path) else "/console"
