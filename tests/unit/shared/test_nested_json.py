"""JSON of strangers is parsed only after its nesting was counted."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import nested_json
from shared.errors import Refused
from shared.nested_json import MOST_LEVELS, levels
from shared.strict_json import parse_json

VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='[]{}"\\a\n'),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(alphabet='[]{}"\\', max_size=3), below),
    max_leaves=12,
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(VALUES, st.booleans())
def test_it_counts_what_the_parser_would_open(value: object, ascii_only: bool) -> None:
    assert max(levels(json.dumps(value, ensure_ascii=ascii_only), enough=most) for most in range(20)) == min(
        depth(value), 20
    )


@pytest.mark.parametrize("open_", ["[", '{"a":', '[{"[": '])
def test_one_level_more_than_the_most_is_refused_unparsed(open_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    per = open_.count("[") - open_.count('"[') + open_.count("{")
    close = {"[": "]", '{"a":': "}", '[{"[": ': "}]"}[open_]
    most = MOST_LEVELS // per
    assert depth(nested_json.loads(open_ * most + "1" + close * most)) == MOST_LEVELS
    monkeypatch.setattr(json, "loads", lambda *_a, **_k: pytest.fail("it was parsed"))
    with pytest.raises(ValueError, match="nested more than 200 levels"):
        nested_json.loads(open_ * (most + 1) + "1" + close * (most + 1))
    with pytest.raises(Refused) as refused:
        parse_json((open_ * 100_000).encode())
    assert (refused.value.reason, refused.value.field) == ("TOO_DEEP", "body")


@pytest.mark.parametrize("text", ['"' + '\\"' * 1_000_000 + "[{" * 300, ('"' + "\\" * 999) * 2_000 + "[" * 300])
def test_a_text_that_never_ends_is_read_once(text: str) -> None:
    began = time.thread_time()
    levels(text)
    assert time.thread_time() - began < 5  # quadratic: minutes
