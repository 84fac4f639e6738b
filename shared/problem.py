"""What a caller is told when something is refused or fails: one mapping for HTTP, without any internal text."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from shared.errors import Refused, Transient
from shared.postgres import is_transient
from shared.quota import TooMany

RETRY_SECONDS = 2
_SAID = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The request is too large.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An RFC 9457 problem. `reason` is a stable word for programs, `field` names the input, `ours` means a bug."""

    status: int
    reason: str
    message: str
    field: str = ""
    retry_after: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    ours: bool = False

    @property
    def title(self) -> str:
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "Refused"


def problem_of(error: Exception) -> Problem:
    """The answer to an error. Only what a Refused says reaches the caller."""
    if isinstance(error, Refused):
        retry = ceil(error.retry_after) if isinstance(error, TooMany) else 0
        return Problem(error.status, error.reason, error.message, error.field, retry)
    if isinstance(error, HTTPException):
        reason = HTTPStatus(error.status_code).name
        message = _SAID.get(error.status_code, "The request cannot be read.")
        return Problem(error.status_code, reason, message, headers=tuple((error.headers or {}).items()))
    if isinstance(error, Transient) or is_transient(error):
        return Problem(503, "UNAVAILABLE", "This is busy or starting; try again.", retry_after=RETRY_SECONDS)
    return Problem(500, "INTERNAL", "Something failed on our side.", ours=True)


def problem_headers(problem: Problem) -> dict[str, str]:
    headers = dict(problem.headers)
    if problem.retry_after:
        headers["retry-after"] = str(problem.retry_after)
    return headers


def problem_response(problem: Problem) -> Response:
    """The problem as application/problem+json."""
    body: dict[str, Any] = {
        "type": f"urn:plumbline:problem:{problem.reason.lower().replace('_', '-')}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.message,
        "reason": problem.reason,
        "field": problem.field,
    }
    return JSONResponse(body, problem.status, headers=problem_headers(problem), media_type="application/problem+json")
