"""What a service listens to: our own events by type, or a topic in somebody else's shape on the same rails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from google.protobuf.message import Message

from shared.errors import Poison
from shared.events import Envelope, decode
from shared.inbox import EventWork

ANY_TYPE = ""
"""The type of what listens to every record of a topic."""


class Record(Protocol):
    """A consumed record, as aiokafka gives it; the timestamp is in milliseconds."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


@dataclass(frozen=True, slots=True)
class Hears:
    """One event type a service listens to. `read` turns the wire message into the domain's own words."""

    topic: str
    kind: type[Message]
    handler: Callable[[Any, EventWork], Awaitable[None]]
    read: Callable[[Any], Any] = field(default=lambda message: message)

    @property
    def type(self) -> str:
        return self.kind.DESCRIPTOR.full_name

    def open(self, record: Record) -> tuple[Envelope, Any]:
        """The record's envelope and event. Raises Poison when it breaks the contract."""
        envelope = Envelope.read(record.headers)
        message = decode(self.kind, record.value)
        try:
            return envelope, self.read(message)
        except (ValueError, KeyError, TypeError) as error:
            raise Poison(f"{self.type}: {error}") from error


class Listening(Protocol):
    """What a service listens to: `Hears`, or something that reads a topic that is not ours (`HearsForeign`)."""

    @property
    def topic(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def handler(self) -> Callable[[Any, EventWork], Awaitable[None]]: ...
    def open(self, record: Record) -> tuple[Envelope, Any]: ...


@dataclass(frozen=True, slots=True)
class HearsForeign:
    """Every record of `topic`, whatever its type.

    `parse` makes the envelope (its event id is what the inbox knows the record by) and the event; it raises Poison
    for a record nobody could read.
    """

    topic: str
    handler: Callable[[Any, EventWork], Awaitable[None]]
    parse: Callable[[Record], tuple[Envelope, Any]]

    @property
    def type(self) -> str:
        return ANY_TYPE

    def open(self, record: Record) -> tuple[Envelope, Any]:
        return self.parse(record)


def event_id_of(record: Record) -> UUID | None:
    """The event's id as its headers tell it; None when they do not."""
    try:
        return UUID(dict(record.headers)["ce_id"].decode())
    except (KeyError, ValueError):
        return None
