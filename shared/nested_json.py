"""JSON of strangers, parsed only after its nesting was counted.

A parser that meets its limit inside a hundred thousand brackets stops in time, but what the collector finalises while
it is that deep finds no stack left, and loses its work unseen. So no stack is spent on what will be refused.
"""

from __future__ import annotations

import json
import re
from typing import Any

MOST_LEVELS = 200
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
"""A text, to its end even where that is missing, so that each character is read once; or one bracket."""


def levels(text: str, *, enough: int = MOST_LEVELS) -> int:
    """How deep the objects and arrays of a JSON text lie in each other; it stops counting above `enough`."""
    if text.count("[") + text.count("{") <= enough:
        return 0
    depth = deepest = 0
    for token in _TOKEN.finditer(text):
        found = token[0]
        if found in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > enough:
                break
        elif found in "]}":
            depth -= 1
    return deepest


def loads(text: str, **how: Any) -> Any:
    """`json.loads`, which takes the same options. Raises ValueError for what is nested more than 200 levels deep."""
    if levels(text) > MOST_LEVELS:
        raise ValueError(f"nested more than {MOST_LEVELS} levels deep")
    return json.loads(text, **how)
