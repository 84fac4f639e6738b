"""What a gRPC caller is told, without a server."""

from __future__ import annotations

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from hypothesis import given
from hypothesis import strategies as st
from plumbline.partner.v1 import fact_check_service_pb2
from plumbline.staff.v1 import moderation_service_pb2, review_service_pb2

from shared.errors import Poison, Refused, Transient
from shared.grpc_guard import nul_field
from shared.grpc_status import Draining, TooLate, Unimplemented, code_of, status_of
from shared.quota import TooMany

Code = grpc.StatusCode


def info(status: status_pb2.Status) -> error_details_pb2.ErrorInfo:
    found = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(found)
    return found


@pytest.mark.parametrize(
    ("http", "code"),
    [
        (400, Code.INVALID_ARGUMENT),
        (401, Code.UNAUTHENTICATED),
        (403, Code.PERMISSION_DENIED),
        (404, Code.NOT_FOUND),
        (409, Code.ABORTED),
        (412, Code.FAILED_PRECONDITION),
        (413, Code.RESOURCE_EXHAUSTED),
        (416, Code.OUT_OF_RANGE),
        (418, Code.FAILED_PRECONDITION),
        (422, Code.INVALID_ARGUMENT),
    ],
)
def test_S2_a_refusal_keeps_its_reason_and_gets_the_code_of_its_status(http: int, code: grpc.StatusCode) -> None:
    status = status_of(Refused("SOME_REASON", "Plain words.", field="a.b", status=http))
    assert (code_of(status), status.message) == (code, "Plain words.")
    assert (info(status).reason, info(status).domain) == ("SOME_REASON", "plumbline")
    violations = [d for d in status.details if d.type_url.endswith("BadRequest")]
    assert bool(violations) == (code is Code.INVALID_ARGUMENT)


@pytest.mark.parametrize(
    ("error", "code", "retry"),
    [
        (Transient("inside"), Code.UNAVAILABLE, 2),
        (OSError("inside"), Code.UNAVAILABLE, 2),
        (Draining(), Code.UNAVAILABLE, 2),
        (TooMany("Slow down.", retry_after=2.1), Code.RESOURCE_EXHAUSTED, 3),
        (TooLate(), Code.DEADLINE_EXCEEDED, 0),
        (Unimplemented(), Code.UNIMPLEMENTED, 0),
        (Poison("inside"), Code.INTERNAL, 0),
        (ValueError("inside"), Code.INTERNAL, 0),
    ],
)
def test_S2_nothing_of_the_inside_leaves(error: Exception, code: grpc.StatusCode, retry: int) -> None:
    status = status_of(error)
    assert code_of(status) is code
    assert b"inside" not in status.SerializeToString()
    found = error_details_pb2.RetryInfo()
    seconds = [found.retry_delay.seconds for detail in status.details if detail.Unpack(found)]
    assert seconds == ([retry] if retry else [])
    if code is Code.INTERNAL:
        assert status.message == "Something failed on our side."


@given(st.text(max_size=200))
def test_S2_a_reason_is_always_upper_snake_of_at_most_63(reason: str) -> None:
    found = info(status_of(Refused(reason, "x"))).reason
    assert 1 <= len(found) <= 63
    assert set(found) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def test_S7_a_nul_is_found_wherever_it_stands() -> None:
    search = fact_check_service_pb2.SearchFactChecksRequest
    assert nul_field(search(query="fine", language="en")) == ""
    assert nul_field(search(language="e\x00n")) == "language"
    citation = review_service_pb2.ReviewCitation(evidence_id="e", exact="a\x00")
    proposal = review_service_pb2.ProposeDecisionRequest(
        citations=[review_service_pb2.ReviewCitation(), citation], version=3
    )
    assert nul_field(proposal) == "citations[1].exact"
    assert nul_field(moderation_service_pb2.HeldComment(reasons=["ok", "\x00"])) == "reasons[1]"
