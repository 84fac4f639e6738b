"""What a gRPC caller is told when something is refused or fails: google.rpc.Status with ErrorInfo, always."""

from __future__ import annotations

import re
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from shared.errors import Refused
from shared.problem import RETRY_SECONDS, problem_of

DOMAIN = "plumbline"
_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    409: grpc.StatusCode.ABORTED,
    412: grpc.StatusCode.FAILED_PRECONDITION,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    416: grpc.StatusCode.OUT_OF_RANGE,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    501: grpc.StatusCode.UNIMPLEMENTED,
    503: grpc.StatusCode.UNAVAILABLE,
}
_REASONS = {"ALREADY_EXISTS": grpc.StatusCode.ALREADY_EXISTS}
_OF_FIELDS = frozenset({grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.ALREADY_EXISTS})
OURS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
"""Codes that say the fault lies with us."""


class Draining(Refused):
    """The door stops. The stream can be resumed elsewhere at once."""

    def __init__(self) -> None:
        super().__init__("DRAINING", "This instance stops; resume with the last token.", status=503)


class TooLate(Refused):
    """The time of the call is over."""

    def __init__(self) -> None:
        super().__init__("DEADLINE", "The call took longer than it may.", status=408)


class Unimplemented(Refused):
    """There is no such method here."""

    def __init__(self) -> None:
        super().__init__("UNIMPLEMENTED", "There is no such method.", status=501)


def status_of(error: Exception) -> status_pb2.Status:
    """The status of an error. Only what a Refused says reaches the caller; INTERNAL has one fixed text."""
    problem = problem_of(error)
    code = _REASONS.get(problem.reason) or _CODES.get(problem.status, grpc.StatusCode.FAILED_PRECONDITION)
    status = status_pb2.Status(code=code.value[0], message=problem.message)
    details: list[Any] = [error_details_pb2.ErrorInfo(reason=_reason(problem.reason), domain=DOMAIN)]
    if problem.field and code in _OF_FIELDS:
        violation = error_details_pb2.BadRequest.FieldViolation(field=problem.field, description=problem.message)
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    retry = problem.retry_after or (RETRY_SECONDS if code is grpc.StatusCode.UNAVAILABLE else 0)
    if retry:
        details.append(error_details_pb2.RetryInfo(retry_delay=Duration(seconds=retry)))
    for detail in details:
        status.details.add().Pack(detail)
    return status


def code_of(status: status_pb2.Status) -> grpc.StatusCode:
    return next(code for code in grpc.StatusCode if code.value[0] == status.code)


def _reason(reason: str) -> str:
    """An ErrorInfo reason is at most 63 characters of UPPER_SNAKE."""
    return re.sub(r"[^A-Z0-9]+", "_", reason.upper()).strip("_")[:63] or "REFUSED"
