"""JSON from outside, read strictly: what two parsers could read differently, or a database could not keep, is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from shared.errors import Refused
from shared.nested_json import MOST_LEVELS, levels

MAX_DEPTH = 32
MAX_INTEGER_DIGITS = 18
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What a database of text cannot keep: NUL and halves of surrogate pairs."""


class _Unreadable:
    """Stands where a value was that may not be there; `why` is said with the path that leads to it."""

    def __init__(self, reason: str, why: str) -> None:
        self.reason, self.why = reason, why


class _Doubled(dict[str, Any]):
    """An object that named a key twice."""

    key = ""


def parse_json(raw: bytes, *, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """The JSON object in `raw`. Every number in it is finite and fits 64 bits, every text can be stored.

    Raises Refused naming the field: not UTF-8, not JSON, not an object, nested deeper than `max_depth`, a key given
    twice, NaN or an infinity, an integer of more than 18 digits, NUL or a lone surrogate in a text or a key.
    """
    value = _read(raw, max_depth)
    if not isinstance(value, dict):
        raise _refused("INVALID_JSON", "The body must be a JSON object.", "body")
    return value


def parse_json_array(raw: bytes, *, max_depth: int = MAX_DEPTH) -> list[Any]:
    """The JSON array in `raw`, as strict as `parse_json`."""
    value = _read(raw, max_depth)
    if not isinstance(value, list):
        raise _refused("INVALID_JSON", "The body must be a JSON array.", "body")
    return value


def _read(raw: bytes, max_depth: int) -> Any:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("INVALID_ENCODING", "The body is not UTF-8.", "body") from error
    if levels(text) > MOST_LEVELS:
        raise _refused("TOO_DEEP", f"The body is nested more than {max_depth} levels deep.", "body")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=lambda name: _Unreadable("INVALID_NUMBER", f"{name} is not a JSON number."),
        )
    except ValueError as error:
        at = getattr(error, "pos", 0)
        raise _refused("INVALID_JSON", f"The body is not JSON; it breaks off at character {at}.", "body") from error
    for path, depth, found in _walk(value):
        if depth > max_depth:
            raise _refused("TOO_DEEP", f"The body is nested more than {max_depth} levels deep.", path)
        _check(path, found)
    return value


def _check(path: str, found: Any) -> None:
    if isinstance(found, str):
        if UNSTORABLE.search(found):
            raise _refused("INVALID_TEXT", "The text holds a NUL or half of a surrogate pair.", path)
    elif isinstance(found, _Unreadable):
        raise _refused(found.reason, found.why, path)
    elif isinstance(found, _Doubled):
        raise _refused("DUPLICATE_KEY", "The key is given twice.", _join(path, found.key))
    elif isinstance(found, dict):
        for key in found:
            if UNSTORABLE.search(key):
                raise _refused("INVALID_TEXT", "A key holds a NUL or half of a surrogate pair.", path or "body")


def _walk(value: Any) -> Iterator[tuple[str, int, Any]]:
    """Every value with its path and depth, parents before children, without recursion."""
    waiting: list[tuple[str, int, Any]] = [("", 1, value)]
    while waiting:
        path, depth, found = waiting.pop()
        yield path, depth, found
        if isinstance(found, dict):
            waiting += [(_join(path, key), depth + 1, below) for key, below in found.items()]
        elif isinstance(found, list):
            waiting += [(f"{path}[{n}]", depth + 1, below) for n, below in enumerate(found)]


def _join(path: str, key: str) -> str:
    printable = UNSTORABLE.sub("?", key)[:60]
    return f"{path}.{printable}" if path else printable


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    doubled = _Doubled(found)
    doubled.key = next(key for n, key in enumerate(keys) if key in keys[:n])
    return doubled


def _integer(digits: str) -> int | _Unreadable:
    if len(digits.lstrip("-")) > MAX_INTEGER_DIGITS:
        return _Unreadable("INVALID_NUMBER", f"The integer has more than {MAX_INTEGER_DIGITS} digits.")
    return int(digits)


def _decimal(digits: str) -> float | _Unreadable:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        return _Unreadable("INVALID_NUMBER", "The number is too large.")
    return number


def _refused(reason: str, message: str, field: str) -> Refused:
    return Refused(reason, message, field=field, status=400)
