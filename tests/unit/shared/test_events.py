"""The envelope: what is read is what was written, and what is wrong is named."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plumbline.events.v1.article_pb2 import Article

from shared.errors import Poison
from shared.events import NEVER, Envelope, Version, decode, heard_type
from shared.ids import DEFAULT_SITE

ENVELOPE = Envelope(
    event_id=UUID(int=7),
    type="plumbline.events.v1.Article",
    source="/services/ingest",
    subject="a1",
    time=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    site_id=DEFAULT_SITE,
    version=Version(1, 4),
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


def test_an_envelope_is_read_as_it_was_written() -> None:
    assert Envelope.read(ENVELOPE.headers()) == ENVELOPE


def test_headers_of_others_are_ignored_and_order_does_not_matter() -> None:
    headers = [("baggage", b"\xff"), *reversed(ENVELOPE.headers()), ("ce_unknown", b"\xfe")]
    assert Envelope.read(headers) == ENVELOPE


@pytest.mark.parametrize(
    "name", ["ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_siteid", "ce_aggregateversion"]
)
@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe"])
def test_D5_a_missing_or_unreadable_attribute_is_poison_that_names_it(name: str, value: bytes | None) -> None:
    headers = [(n, v) for n, v in ENVELOPE.headers() if n != name]
    headers += [] if value is None else [(name, value)]
    with pytest.raises(Poison, match=name):
        Envelope.read(headers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_id", "7"),
        ("ce_siteid", "the-site"),
        ("ce_time", "yesterday"),
        ("ce_time", "2026-01-02T03:04:05"),
        ("ce_aggregateversion", "4"),
        ("ce_aggregateversion", "1.-4"),
        ("ce_aggregateversion", "1.²"),
        ("ce_aggregateversion", "1.4.2"),
        ("ce_aggregateversion", "1." + "9" * 5000),
    ],
)
def test_D5_a_malformed_attribute_is_poison(name: str, value: str) -> None:
    headers = [(n, value.encode() if n == name else v) for n, v in ENVELOPE.headers()]
    with pytest.raises(Poison):
        Envelope.read(headers)


@given(st.binary(max_size=200))
def test_D5_any_bytes_decode_or_are_poison(value: bytes) -> None:
    try:
        decode(Article, value)
    except Poison:
        return


def test_D5_a_record_without_a_value_is_poison() -> None:
    with pytest.raises(Poison):
        decode(Article, None)


@given(st.lists(st.tuples(st.text(max_size=8), st.binary(max_size=8)), max_size=4))
def test_the_type_is_read_from_any_headers_without_raising(headers: list[tuple[str, bytes]]) -> None:
    assert isinstance(heard_type(headers), str)


def test_versions_order_by_epoch_first_so_a_restore_beats_what_came_before() -> None:
    assert NEVER < Version(1, 1) < Version(1, 2) < Version(2, 1)
    assert Version(1, 9).next(epoch=1) == Version(1, 10)
    assert Version(1, 9).next(epoch=2) > Version(1, 10)
    assert Version(3, 9).next(epoch=2) == Version(3, 10)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_a_version_is_read_as_it_was_written(epoch: int, counter: int) -> None:
    assert Version.parse(str(Version(epoch, counter))) == Version(epoch, counter)
