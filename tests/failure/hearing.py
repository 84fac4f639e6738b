"""A message as a service would hear it."""

from __future__ import annotations

import uuid
from typing import Any

from shared.events import version_of
from shared.testing.records import Heard, record


def heard(topic: str, message: Any) -> Heard:
    """A record of a contract message, with the same event id each time it is built."""
    version = version_of(message.version)
    names = ("article_id", "comment_id", "fact_check_id", "request_id", "site_id")
    subject = next(str(getattr(message, name)) for name in names if getattr(message, name, ""))
    text = f"{topic} {message.DESCRIPTOR.full_name} {message.SerializeToString(deterministic=True).hex()}"
    return record(topic, message, subject=subject, version=version, event_id=uuid.uuid5(uuid.NAMESPACE_OID, text))
