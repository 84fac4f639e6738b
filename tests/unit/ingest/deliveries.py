"""One delivery read the way the doors read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.ingest.cloud_events import STRUCTURED, CmsEvent, read_http
from tests.builders.cms import PUBLISHED, as_json

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def read(sent: dict[str, Any]) -> CmsEvent:
    return read_http([], as_json(sent), STRUCTURED)[0]


BINARY = [
    ("Content-Type", "application/json"),
    ("ce-specversion", "1.0"),
    ("ce-id", "e%201"),
    ("ce-source", "/courier/cms"),
    ("ce-type", PUBLISHED),
    ("ce-time", "2026-11-22T08:30:01Z"),
]
