"""CloudEvents 1.0 as a CMS sends them: structured, batched or binary, over HTTP or on Kafka.

The JSON is read strictly and the attributes are checked by the CloudEvents library. Its defaults are not wanted here:
it invents a missing id (which would end deduplication) and lets unreadable JSON pass as text.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.v1.event import CloudEvent

from shared.errors import Refused
from shared.strict_json import UNSTORABLE, parse_json, parse_json_array

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
MOST_EVENTS = 100
_UTF_8 = frozenset({"utf-8", "utf8"})
_LONGEST = {"id": 256, "source": 1_024, "type": 256}


@dataclass(frozen=True, slots=True)
class CmsEvent:
    """One CloudEvent; `path` prefixes field names in errors (`[2].` in a batch, else empty)."""

    event_id: str
    source: str
    type: str
    time: datetime | None
    data: dict[str, Any]
    path: str = ""


def media_type(content_type: str) -> str:
    """The media type this door reads. Raises Refused (415) for any other, and for a charset other than UTF-8."""
    name, charset = _media_type(content_type)
    if name not in {STRUCTURED, BATCH, JSON} or charset not in _UTF_8:
        raise _unsupported(f"Send {STRUCTURED}, {BATCH}, or {JSON} with ce- headers, in UTF-8.")
    return name


def refuse_other_than_json(content_type: str) -> None:
    """Raises Refused (415) for anything but plain JSON in UTF-8."""
    name, charset = _media_type(content_type)
    if name != JSON or charset not in _UTF_8:
        raise _unsupported(f"Send {JSON} in UTF-8.")


def _media_type(content_type: str) -> tuple[str, str]:
    name, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charset = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    return name, charset


def _unsupported(message: str) -> Refused:
    return Refused("UNSUPPORTED_MEDIA_TYPE", message, field="content-type", status=415)


def read_http(headers: Iterable[tuple[str, str]], body: bytes, media: str) -> tuple[CmsEvent, ...]:
    """The events of one request. Raises Refused (400, 422) naming the field."""
    if media == STRUCTURED:
        return (_structured(parse_json(body), ""),)
    if media == BATCH:
        return _batch(parse_json_array(body))
    attributes = {
        name.lower().removeprefix("ce-"): unquote(value) for name, value in headers if name.lower().startswith("ce-")
    }
    return (_event(attributes, _data(body), path="", attribute="ce-{}"),)


def read_kafka(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> CmsEvent:
    """The event of one record. Raises Refused naming the field."""
    text = {name.lower(): found.decode("utf-8", "replace") for name, found in headers}
    if value is None:
        raise Refused("NO_DATA", "The record has no value.", field="data", status=400)
    if text.get("content-type", "").lower().startswith("application/cloudevents"):
        return _structured(parse_json(value), "")
    attributes = {name.removeprefix("ce_"): found for name, found in text.items() if name.startswith("ce_")}
    return _event(attributes, _data(value), path="", attribute="ce_{}")


def _batch(events: list[Any]) -> tuple[CmsEvent, ...]:
    if not 0 < len(events) <= MOST_EVENTS:
        raise Refused("BATCH_SIZE", f"A batch holds 1 to {MOST_EVENTS} events.", field="body")
    return tuple(_structured(event, f"[{at}].") for at, event in enumerate(events))


def _structured(event: Any, path: str) -> CmsEvent:
    if not isinstance(event, dict):
        raise Refused("WRONG_TYPE", "An event is a JSON object.", field=path.rstrip(".") or "body")
    attributes = {name: value for name, value in event.items() if name not in {"data", "data_base64"}}
    data = event.get("data")
    if data is None and "data_base64" in event:
        data = _decoded(event["data_base64"], path)
    return _event(attributes, data, path=path, attribute="{}")


def _decoded(encoded: Any, path: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Refused("WRONG_TYPE", "Not base64.", field=f"{path}data_base64") from error
    return _data(raw, path)


def _data(raw: bytes, path: str = "") -> dict[str, Any]:
    """JSON that is the event's data alone; errors name the field below `data`."""
    try:
        return parse_json(raw)
    except Refused as error:
        below = "data" if error.field == "body" else f"data.{error.field}"
        raise Refused(error.reason, error.message, field=path + below, status=error.status) from error


def _event(attributes: Mapping[str, Any], data: Any, *, path: str, attribute: str) -> CmsEvent:
    given = {name: value for name, value in attributes.items() if value is not None}
    for name in ("specversion", "id", "source", "type"):
        field = path + attribute.format(name)
        value = given.get(name)
        if value is None or value == "":
            raise Refused("MISSING", f"{name} is missing.", field=field)
        if not isinstance(value, str) or UNSTORABLE.search(value):
            raise Refused("WRONG_TYPE", f"{name} must be text.", field=field)
        if len(value) > _LONGEST.get(name, 16):
            raise Refused("TOO_LONG", f"{name} is too long.", field=field)
    time = _moment(given.get("time"), path + attribute.format("time"))
    try:
        CloudEvent({**given, "time": time} if time else {k: v for k, v in given.items() if k != "time"})
    except CloudEventValidationError as error:
        name = next(iter(error.errors))
        field = path + attribute.format(name)
        raise Refused("INVALID_ATTRIBUTE", f"{name} is not a valid CloudEvents 1.0 attribute.", field=field) from error
    if not isinstance(data, dict):
        raise Refused("WRONG_TYPE", "data must be a JSON object.", field=f"{path}data")
    return CmsEvent(given["id"], given["source"], given["type"], time, data, path)


def _moment(value: Any, field: str) -> datetime | None:
    """A CloudEvents time: RFC 3339 with an offset; absent is None."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Refused("INVALID_TIME", "Not an RFC 3339 time.", field=field) from error
    if moment.tzinfo is None:
        raise Refused("INVALID_TIME", "The time has no offset.", field=field)
    return moment
