"""What a CMS sends: articles, comments and their CloudEvents, signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from services.ingest.cloud_events import STRUCTURED
from services.ingest.signatures import sign

PUBLISHED = "org.plumbline.article.published"
REVISED = "org.plumbline.article.revised"
WITHDRAWN = "org.plumbline.article.withdrawn"
POSTED = "org.plumbline.comment.posted"
APPROVED = "org.plumbline.comment.approved"
REMOVED = "org.plumbline.comment.removed"


def article(**changed: Any) -> dict[str, Any]:
    """Data of an article event; a value of None leaves the field out."""
    fields = {
        "id": "harbour-lights",
        "version": 1,
        "url": "https://courier.example/harbour-lights",
        "title": "The harbour lights are on again",
        "standfirst": "After nine dark weeks the pier is lit.",
        "bylines": ["Ines Farrow"],
        "language": "en",
        "published_at": "2026-11-22T08:30:00Z",
        "updated_at": "2026-11-22T08:30:00Z",
        "html": "<p>The lights came back at dusk.</p><p>The repair cost 41,000 pounds.</p>",
        **changed,
    }
    return {name: value for name, value in fields.items() if value is not None}


def comment(**changed: Any) -> dict[str, Any]:
    """Data of a comment event."""
    fields = {
        "id": "c1",
        "article_id": "harbour-lights",
        "author": {"name": "Wilma Okafor", "email": "wilma@mail.example"},
        "body": "I saw them from the ferry.",
        "written_at": "2026-11-22T09:12:00Z",
        **changed,
    }
    return {name: value for name, value in fields.items() if value is not None}


def event(data: Any, *, type: str = PUBLISHED, id: str = "e1", **changed: Any) -> dict[str, Any]:
    """A structured CloudEvent."""
    attributes = {
        "specversion": "1.0",
        "id": id,
        "source": "/courier/cms",
        "type": type,
        "time": "2026-11-22T08:30:01Z",
        "datacontenttype": "application/json",
        "data": data,
        **changed,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def signed(
    secret: str,
    body: bytes,
    *,
    webhook_id: str = "msg_1",
    content_type: str = STRUCTURED,
    at: datetime | None = None,
) -> dict[str, str]:
    """The headers of a signed delivery."""
    timestamp = int((at or datetime.now(UTC)).timestamp())
    return {
        "content-type": content_type,
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, webhook_id, timestamp, body),
    }


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
