"""CloudEvents in every mode they come in, and what is no event."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from services.ingest.cloud_events import BATCH, JSON, STRUCTURED, media_type, read_http, read_kafka
from services.ingest.payloads import read_news
from shared.errors import Refused
from tests.builders.cms import POSTED, article, as_json, comment, event
from tests.unit.ingest.deliveries import BINARY, NOW, read


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"specversion": None}, 422, "specversion"),
        ({"specversion": "0.3"}, 422, "specversion"),
        ({"id": None}, 422, "id"),
        ({"id": ""}, 422, "id"),
        ({"id": 7}, 422, "id"),
        ({"id": "x" * 257}, 422, "id"),
        ({"source": None}, 422, "source"),
        ({"type": None}, 422, "type"),
        ({"type": "org.plumbline.article.exploded"}, 422, "type"),
        ({"time": "noon"}, 422, "time"),
        ({"time": 5}, 422, "time"),
        ({"subject": ""}, 422, "subject"),
        ({"Bad-Name": "x"}, 422, "Bad-Name"),
        ({"data": None}, 422, "data"),
        ({"data": "words"}, 422, "data"),
        ({"data": []}, 422, "data"),
        ({"data": None, "data_base64": "!"}, 422, "data_base64"),
        ({"data": None, "data_base64": "bm8="}, 400, "data"),
    ],
)
def test_S7_a_bad_attribute_is_named(changed: dict[str, Any], status: int, field: str) -> None:
    sent = {**event(article()), **changed}
    with pytest.raises(Refused) as caught:
        read_news(read({k: v for k, v in sent.items() if v is not None}), received_at=NOW)
    assert (caught.value.status, caught.value.field) == (status, field)


def test_binary_structured_and_batch_mode_read_the_same() -> None:
    (binary,) = read_http(BINARY, as_json(article()), JSON)
    (structured,) = read_http([], as_json(event(article(), id="e 1")), STRUCTURED)
    first, second = read_http([], as_json([event(article(), id="e 1"), event(comment(), type=POSTED)]), BATCH)
    assert binary == structured == dataclasses.replace(first, path="")
    assert (second.path, second.type) == ("[1].", POSTED)


def test_kafka_carries_the_same_events() -> None:
    headers = [(name.replace("ce-", "ce_").lower(), value.encode()) for name, value in BINARY]
    binary = read_kafka(headers, as_json(article()))
    structured = read_kafka([("content-type", b"application/cloudevents+json")], as_json(event(article(), id="e%201")))
    assert binary == structured


@pytest.mark.parametrize("body", [b"[]", b"{}", b"[1]", json.dumps([event({})] * 101).encode()])
def test_S7_a_bad_batch_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_http([], body, BATCH)
    assert caught.value.field in {"body", "[0]"}


def test_errors_in_a_batch_say_which_event() -> None:
    with pytest.raises(Refused) as caught:
        events = read_http([], as_json([event(article()), event(article(title=None), id="e2")]), BATCH)
        for found in events:
            read_news(found, received_at=NOW)
    assert caught.value.field == "[1].data.title"


@pytest.mark.parametrize(
    ("given_type", "expected"),
    [
        ("application/cloudevents+json", STRUCTURED),
        ("Application/CloudEvents+JSON; charset=UTF-8", STRUCTURED),
        ("application/cloudevents-batch+json", BATCH),
        ("application/json", JSON),
        ("", None),
        ("text/plain", None),
        ("application/json; charset=latin-1", None),
        ("application/cloudevents+xml", None),
    ],
)
def test_S7_only_what_can_be_read_is_taken(given_type: str, expected: str | None) -> None:
    if expected:
        assert media_type(given_type) == expected
        return
    with pytest.raises(Refused) as caught:
        media_type(given_type)
    assert (caught.value.status, caught.value.field) == (415, "content-type")
