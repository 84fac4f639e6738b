"""What travels between services: a CloudEvents envelope (binary mode) around one bare protobuf message.

Every event carries the full state of its aggregate at a version, so a consumer keeps the newest and drops the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from google.protobuf.message import DecodeError, Message

from shared.errors import Poison

M = TypeVar("M", bound=Message)

CONTENT_TYPE = "application/protobuf"

Headers = Sequence[tuple[str, bytes]]

_COUNT = re.compile(r"[0-9]{1,19}")
_LARGEST = 2**63 - 1  # what a database column holds


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """The state of one aggregate: (epoch, counter), compared in that order."""

    epoch: int
    counter: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.counter}"

    @classmethod
    def parse(cls, text: str) -> Version:
        epoch, _, counter = text.partition(".")
        if not all(_COUNT.fullmatch(part) and int(part) <= _LARGEST for part in (epoch, counter)):
            raise Poison(f"ce_aggregateversion is not EPOCH.COUNTER: {text[:40]!r}")
        return cls(int(epoch), int(counter))

    def next(self, epoch: int) -> Version:
        """The version after this one, in `epoch` or later."""
        return Version(max(epoch, self.epoch), self.counter + 1)


NEVER = Version(0, 0)


class WireVersion(Protocol):
    @property
    def epoch(self) -> int: ...
    @property
    def counter(self) -> int: ...


def version_of(wire: WireVersion) -> Version:
    """The version a contract message carries."""
    return Version(wire.epoch, wire.counter)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of an event without decoding it. Times are aware UTC."""

    event_id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    site_id: UUID
    version: Version
    traceparent: str

    def headers(self) -> list[tuple[str, bytes]]:
        pairs = {
            "ce_specversion": "1.0",
            "ce_id": str(self.event_id),
            "ce_type": self.type,
            "ce_source": self.source,
            "ce_subject": self.subject,
            "ce_time": self.time.isoformat(),
            "ce_siteid": str(self.site_id),
            "ce_aggregateversion": str(self.version),
            "content-type": CONTENT_TYPE,
            "traceparent": self.traceparent,
        }
        return [(name, value.encode()) for name, value in pairs.items() if value]

    @classmethod
    def read(cls, headers: Iterable[tuple[str, bytes]]) -> Envelope:
        """Raises Poison, naming the attribute, when one is missing or malformed."""
        found = {name: value for name, value in headers if name in _WANTED}
        text = {name: _text(name, value) for name, value in found.items()}
        for name in _NEEDED:
            if not text.get(name):
                raise Poison(f"{name} is missing")
        return cls(
            event_id=_uuid("ce_id", text["ce_id"]),
            type=text["ce_type"],
            source=text["ce_source"],
            subject=text["ce_subject"],
            time=_moment(text["ce_time"]),
            site_id=_uuid("ce_siteid", text["ce_siteid"]),
            version=Version.parse(text["ce_aggregateversion"]),
            traceparent=text.get("traceparent", ""),
        )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event a service wants told: full state of `subject` at `version`. `key` decides the partition."""

    topic: str
    key: str
    subject: str
    site_id: UUID
    version: Version
    message: Message

    @property
    def type(self) -> str:
        return self.message.DESCRIPTOR.full_name


def heard_type(headers: Iterable[tuple[str, bytes]]) -> str:
    """The event type from the header alone; empty when it is absent or unreadable."""
    for name, value in headers:
        if name == "ce_type":
            return value.decode("utf-8", "replace")
    return ""


def decode(kind: type[M], value: bytes | None) -> M:
    """The message in `value`. Raises Poison when it is not one."""
    if value is None:
        raise Poison("the record has no value")
    message = kind()
    try:
        message.ParseFromString(value)
    except (DecodeError, RuntimeError, UnicodeDecodeError) as error:
        raise Poison(f"the value is not a {kind.DESCRIPTOR.full_name}") from error
    return message


_NEEDED = ("ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_siteid", "ce_aggregateversion")
_WANTED = frozenset({*_NEEDED, "traceparent"})


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Poison(f"{name} is not UTF-8") from error


def _uuid(name: str, value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise Poison(f"{name} is not a UUID") from error


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise Poison("ce_time is not RFC 3339") from error
    if moment.tzinfo is None:
        raise Poison("ce_time has no offset")
    return moment
