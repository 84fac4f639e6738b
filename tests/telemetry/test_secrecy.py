"""Logs are JSON with the trace id; what names a person or opens a door is in no log and no span (promise T3)."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest

from shared.local.choice import Broker
from shared.telemetry.logs import SECRET_KEYS, LibraryLogs, make_log
from shared.telemetry.spans import Tracing
from shared.testing.kit import Observed, Stage
from tests.sample.newsroom import Newsroom
from tests.telemetry.day import live_through

BODY = "canary-body-7f3a the reader wrote this"
PERSON = "canary.person@example.org"
ADDRESS = "203.0.113.77"
SECRET = "pk_canary_0f9e8d7c"
CANARIES = ("canary-body-7f3a", "canary.person", ADDRESS, SECRET)


async def test_T3_no_body_secret_mail_or_address_is_in_any_log_or_span(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    everything = f"{BODY} {PERSON} {ADDRESS} {SECRET}"
    await live_through(stage, embedded_broker, newsroom, title=everything, why=everything)
    for observed in stage.observed.values():
        assert observed.log.getvalue() or observed.spans
        for canary in CANARIES:
            assert canary not in observed.log.getvalue()
            assert canary not in "".join(span.to_json() for span in observed.spans)
            assert canary.encode() not in observed.telemetry.metrics.render()


async def test_T3_every_log_line_of_a_handler_carries_its_trace_id(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    _, sheets, _ = await live_through(stage, embedded_broker, newsroom)
    observed = stage.observed[sheets.spec.group]
    lines = [json.loads(line) for line in observed.log.getvalue().splitlines()]
    of_records = [line for line in lines if line["event"].startswith("record.")]
    traces = {f"{span.context.trace_id:032x}" for span in observed.spans}
    assert {"record.waiting", "record.failed", "record.dead"} <= {line["event"] for line in of_records}
    assert all(line["trace_id"] in traces for line in of_records)
    assert all({"service", "level", "timestamp"} <= set(line) for line in lines)


def line_of(**said: Any) -> dict[str, Any]:
    out = io.StringIO()
    make_log("x", level="DEBUG", out=out).warning("something.happened", **said)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.mark.parametrize("name", sorted(SECRET_KEYS))
def test_T3_a_value_under_a_secret_name_never_reaches_the_line(name: str) -> None:
    assert line_of(**{name: SECRET})[name] == "[redacted]"
    assert line_of(**{name.upper(): [SECRET]})[name.upper()] == "[redacted]"


@pytest.mark.parametrize("value", [PERSON, f"to {PERSON}, please", ADDRESS, f"[{ADDRESS}]:443", "2001:db8::7f3a:1"])
@pytest.mark.parametrize("shape", [lambda v: v, lambda v: [v], lambda v: {"deep": {"er": v}}, lambda v: (v, v)])
def test_T3_mail_and_network_addresses_are_struck_out_however_deep(value: str, shape: Any) -> None:
    told = json.dumps(line_of(where=shape(value)))
    assert PERSON not in told
    assert ADDRESS not in told
    assert "7f3a" not in told


@pytest.mark.parametrize(
    "harmless", ["127.0.0.1", "0.1.0", "12:30:15", "a1/1.2", "00-0af7651916cd43dd8448eb211c80319c-01"]
)
def test_T3_what_is_no_address_stays(harmless: str) -> None:
    assert line_of(where=harmless)["where"] == harmless


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_T3_an_exception_is_told_by_type_and_place_never_by_text(level: str) -> None:
    out = io.StringIO()
    log = make_log("x", level=level, out=out)
    try:
        raise ValueError(BODY) from KeyError(SECRET)
    except ValueError as error:
        log.error("went.wrong", exc_info=error)
        log.exception("went.wrong")
    told = out.getvalue()
    assert "canary" not in told
    assert told.count("ValueError") >= 2
    assert ("test_secrecy.py" in told) == (level == "DEBUG")


def test_T3_a_span_tells_a_failure_by_type_alone() -> None:
    observed = Observed("x")
    tracing: Tracing = observed.telemetry.tracing
    with pytest.raises(ValueError), tracing.create("topic", "type"):
        raise ValueError(BODY)
    (span,) = observed.spans
    assert "canary" not in span.to_json()
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert span.events == ()


def test_T3_a_librarys_sentence_keeps_names_and_numbers_but_no_text_of_an_error() -> None:
    out = io.StringIO()
    handler = LibraryLogs(make_log("x", out=out))
    library = logging.Logger("aiokafka.consumer")
    library.addHandler(handler)
    library.warning("node %s is away after %d tries: %s", "broker-1", 3, OSError(SECRET))
    library.error("Task exception was never retrieved\nfuture: <Task exception=ValueError(%r)>", BODY)
    library.error("broken %d", "not a number")
    try:
        raise ValueError(BODY)
    except ValueError:
        library.exception("commit of %s by %s failed", {"body": BODY}, "publish")
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert "canary" not in out.getvalue()
    assert [line["said"] for line in told] == [
        "node broker-1 is away after 3 tries: OSError",
        "Task exception was never retrieved",
        "broken %d",
        "commit of [dict] by publish failed",
    ]
    assert told[3]["error"] == "ValueError"
