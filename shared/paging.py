"""Page tokens: opaque to callers, signed, and good only for the question they were given for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from shared.errors import Refused

DEFAULT_SIZE = 20
LARGEST = 100
_TAG = 16


class Pages:
    """Makes and reads page tokens under one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, question: list[str], place: list[Any]) -> str:
        """A token for the page that begins after `place` in the answer to `question`."""
        body = json.dumps(place).encode()
        return base64.urlsafe_b64encode(self._tag(question, body) + body).decode().rstrip("=")

    def place(self, question: list[str], token: str, *, field: str = "page_token") -> list[Any] | None:
        """Where the page begins; None for the first. Raises Refused for a token of another question, or of nobody."""
        if not token:
            return None
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            tag, body = sealed[:_TAG], sealed[_TAG:]
            if not hmac.compare_digest(tag, self._tag(question, body)):
                raise ValueError("another question")
            place: list[Any] = json.loads(body)
            return place
        except ValueError as error:
            raise Refused(
                f"INVALID_{field.upper()}",
                f"The {field.replace('_', ' ')} does not belong to this request.",
                field=field,
                status=400,
            ) from error

    def _tag(self, question: list[str], body: bytes) -> bytes:
        told = json.dumps(question).encode()
        return hmac.digest(self._secret, len(told).to_bytes(4) + told + body, hashlib.sha256)[:_TAG]


def page_size(asked: int) -> int:
    """0 means the default, more than the largest means the largest. Raises Refused for less than nothing."""
    if asked < 0:
        raise Refused("INVALID_PAGE_SIZE", "page_size must not be negative.", field="page_size", status=400)
    return min(asked or DEFAULT_SIZE, LARGEST)
