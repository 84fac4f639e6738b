"""Reads what providers answer: JSON that is JSON, text without markup, moments with a zone."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

from services.verification.connectors.port import AskFailed
from services.verification.fetcher import Response
from shared import nested_json

TAG = re.compile(r"<[^>]{0,500}>")
LONGEST = 500


def json_of(response: Response) -> Any:
    """The JSON of an answer. Raises AskFailed for anything else, so that garbage never reads as "nothing"."""
    try:
        return nested_json.loads(response.body.decode("utf-8-sig"), parse_constant=_no_number)
    except ValueError as error:
        raise AskFailed("an answer that is not JSON") from error


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def object_of(response: Response) -> dict[str, Any]:
    found = json_of(response)
    if not isinstance(found, dict):
        raise AskFailed("an answer of another shape")
    return found


def listed(value: Any, key: str, *, required: bool = True) -> list[dict[str, Any]]:
    """The objects under a key. Where the key is `required` its absence is a failure, not an empty list."""
    found = value.get(key) if isinstance(value, dict) else None
    if found is None and not required:
        return []
    if not isinstance(found, list):
        raise AskFailed("an answer of another shape")
    return [each for each in found if isinstance(each, dict)]


def words(value: Any) -> str:
    """One line of plain text."""
    return " ".join(html.unescape(TAG.sub("", value)).split())[:LONGEST] if isinstance(value, str) else ""


def web_address(value: Any) -> str:
    return value.strip() if isinstance(value, str) and value.strip().startswith(("http://", "https://")) else ""


def moment(value: Any) -> datetime | None:
    """An ISO 8601 moment; a date alone is that day's midnight in UTC."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC) if found else None
