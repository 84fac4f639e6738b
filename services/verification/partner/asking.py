"""What partners ask, read strictly: names, moments, field masks. Every refusal names its field."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from shared.errors import Refused

M = TypeVar("M", bound=Message)
ID = re.compile(r"[A-Za-z0-9._:-]{1,200}")


def id_in(name: str, collection: str, *, field: str = "name") -> str:
    """The id in a resource name. Raises Refused for another collection or no name at all."""
    prefix, _, found = name.partition("/")
    if prefix != collection or not ID.fullmatch(found):
        raise Refused("INVALID_NAME", f"A name looks like {collection}/{{id}}.", field=field, status=400)
    return found


def moment(request: Message, field: str) -> datetime | None:
    """A moment, or None when it was not given. Raises Refused for one no calendar has."""
    if not request.HasField(field):
        return None
    given: Timestamp = getattr(request, field)
    try:
        if not 0 <= given.nanos < 1_000_000_000:
            raise ValueError("nanos")
        return given.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Refused("INVALID_TIME", f"{field} is no moment.", field=field, status=400) from error


def as_of(request: Message, now: datetime) -> datetime:
    """The moment to read at. The future is not known yet. Raises Refused."""
    at = moment(request, "as_of")
    if at is not None and at > now:
        raise Refused("IN_THE_FUTURE", "as_of lies in the future.", field="as_of", status=400)
    return at or now


def masked_by(mask: FieldMask, kind: type[M]) -> Callable[[M], M]:
    """What leaves only the fields asked for; an empty mask leaves all. Raises Refused for a field that is none."""
    unknown = next((path for path in mask.paths if path not in kind.DESCRIPTOR.fields_by_name), None)
    if unknown is not None:
        raise Refused("UNKNOWN_FIELD", f"There is no field {unknown[:100]!r}.", field="read_mask", status=400)
    if not mask.paths:
        return lambda message: message

    def masked(message: M) -> M:
        kept = kind()
        mask.MergeMessage(message, kept)
        return kept

    return masked


def at_most(count: int, most: int, field: str, *, at_least: int = 1) -> None:
    """Raises Refused when a list is longer or shorter than it may be."""
    if not at_least <= count <= most:
        raise Refused("INVALID_COUNT", f"{field} takes {at_least} to {most}.", field=field, status=400)
