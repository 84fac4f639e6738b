"""Records no consumer can handle, of every kind we could think of. Each has to end as one dead letter, and nothing else."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.events import Envelope, Headers, Version
from shared.ids import DEFAULT_SITE, derived_id

Value = bytes | None
Change = Callable[[Value, list[tuple[str, bytes]]], tuple[Value, list[tuple[str, bytes]]]]


@dataclass(frozen=True, slots=True)
class Poison:
    """A kind of poison: how it spoils a record that was well-formed."""

    name: str
    spoil: Change


def poisoned(poison: Poison, value: bytes, *, type: str, subject: str, number: int) -> tuple[Value, Headers]:
    """The bytes and headers of one spoilt record of `type`; `number` tells repetitions of a kind apart."""
    envelope = Envelope(
        event_id=derived_id("poison", poison.name, subject, str(number)),
        type=type,
        source="/services/nobody",
        subject=subject,
        time=datetime(2026, 1, 1, tzinfo=UTC),
        site_id=DEFAULT_SITE,
        version=Version(1, 1),
        traceparent="",
    )
    return poison.spoil(value, envelope.headers())


def _value(change: Callable[[Value], Value]) -> Change:
    return lambda value, headers: (change(value), headers)


def _header(name: str, content: bytes | None) -> Change:
    """Replace a header, or leave it out."""

    def spoil(value: Value, headers: list[tuple[str, bytes]]) -> tuple[Value, list[tuple[str, bytes]]]:
        kept = [(each, old) for each, old in headers if each != name]
        return value, kept if content is None else [*kept, (name, content)]

    return spoil


def _length_beyond_the_end(_: Value) -> Value:
    return b"\x0a\xff\xff\xff\xff\x0f" + b"x" * 40


def _groups_without_end(_: Value) -> Value:
    return b"\x0b" * 100_000


def _huge(_: Value) -> Value:
    return b"\xff" * 4_000_000


ALL: tuple[Poison, ...] = (
    Poison("no value", _value(lambda value: None)),
    Poison("truncated", _value(lambda value: (value or b"")[: len(value or b"") // 2] or b"\x0a")),
    Poison("JSON", _value(lambda value: b'{"article_id": 1e400, "article_id": NaN}')),
    Poison("a length beyond the end", _value(_length_beyond_the_end)),
    Poison("nested without end", _value(_groups_without_end)),
    Poison("text that is not UTF-8", _value(lambda value: b"\x0a\x04\xff\xfe\xed\xa0")),
    Poison("four megabytes of nothing", _value(_huge)),
    Poison("a bomb that was not unpacked", _value(lambda value: gzip.compress(b"\x00" * 1_000_000))),
    Poison("no type", _header("ce_type", None)),
    Poison("no id", _header("ce_id", None)),
    Poison("an id that is none", _header("ce_id", b"\x00not-a-uuid")),
    Poison("no subject", _header("ce_subject", None)),
    Poison("a site that is none", _header("ce_siteid", b"../../etc")),
    Poison("a version beyond every column", _header("ce_aggregateversion", b"1." + b"9" * 40)),
    Poison("a version below zero", _header("ce_aggregateversion", b"-1.-1")),
    Poison("a time that is none", _header("ce_time", b"yesterday")),
    Poison("a time without an offset", _header("ce_time", b"2026-01-01T00:00:00")),
    Poison("a header that is not UTF-8", _header("ce_source", b"\xff\xfe\xed\xa0\x80")),
)


def event_id(poison: Poison, subject: str, number: int) -> UUID:
    """The id a spoilt record carries where its id was left whole."""
    return derived_id("poison", poison.name, subject, str(number))
