"""JSON from outside is read strictly, and every refusal names its field."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Refused
from shared.strict_json import parse_json

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXT, below, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_S7_good_json_comes_through_unchanged(value: dict[str, Any]) -> None:
    assert parse_json(json.dumps(value).encode(), max_depth=100) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode(), max_depth=100) == value


@given(st.binary(max_size=200))
def test_S7_any_bytes_are_an_object_or_a_refusal_that_names_a_field(raw: bytes) -> None:
    found = read_or_refusal(raw)
    assert isinstance(found, dict) or (found.status == 400 and found.field)


def read_or_refusal(raw: bytes) -> dict[str, Any] | Refused:
    try:
        return parse_json(raw)
    except Refused as refused:
        return refused


@pytest.mark.parametrize(
    ("raw", "field", "reason"),
    [
        ('{"a": Infinity}', "a", "INVALID_NUMBER"),
        ('{"a": -Infinity}', "a", "INVALID_NUMBER"),
        ('{"a": 1e999}', "a", "INVALID_NUMBER"),
        ('{"a": 1234567890123456789}', "a", "INVALID_NUMBER"),
        ('{"a": -' + "9" * 5000 + "}", "a", "INVALID_NUMBER"),
        ('{"data": {"blocks": [{}, {"text": "a\\u0000b"}]}}', "data.blocks[1].text", "INVALID_TEXT"),
        ('{"a": {"b\\u0000": 1}}', "a", "INVALID_TEXT"),
        ('{"a": "\\udc00\\ud800"}', "a", "INVALID_TEXT"),
        ('{"x": [{"a": 1, "b": 2, "a": 3}]}', "x[0].a", "DUPLICATE_KEY"),
        ('{"a": 1, "a": 1}', "a", "DUPLICATE_KEY"),
        ("null", "body", "INVALID_JSON"),
        ('"text"', "body", "INVALID_JSON"),
        ("{'a': 1}", "body", "INVALID_JSON"),
        ('{"a": 1} x', "body", "INVALID_JSON"),
        ('{"a": 01}', "body", "INVALID_JSON"),
    ],
)
def test_S7_each_trick_is_refused_by_name(raw: str, field: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_json(raw.encode())
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_S7_depth_is_counted_to_the_level() -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)

    assert parse_json(nested(32))
    for levels in (33, 500, 100_000):
        with pytest.raises(Refused) as refused:
            parse_json(nested(levels))
        assert refused.value.reason == "TOO_DEEP"


def test_surrogate_pairs_and_a_byte_order_mark_are_fine() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": "\\ud83d\\ude00"}') == {"a": "😀"}
    assert math.isclose(parse_json(b'{"a": 1.5e3}')["a"], 1500.0)
