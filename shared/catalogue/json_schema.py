"""JSON schemas of contract messages, in protobuf's own JSON mapping with the field names of the contract files.

What travels is the binary form; the schema is for people who read and for programs that keep events as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

Schema = dict[str, Any]
PREFIX = "#/components/schemas/"

_WHOLE = "^-?[0-9]+$"
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.CPPTYPE_STRING: {"type": "string"},
    FieldDescriptor.CPPTYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.CPPTYPE_DOUBLE: {"type": "number"},
    FieldDescriptor.CPPTYPE_FLOAT: {"type": "number"},
    FieldDescriptor.CPPTYPE_INT32: {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    FieldDescriptor.CPPTYPE_UINT32: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    # JSON has no 64-bit numbers: the mapping writes them as text.
    FieldDescriptor.CPPTYPE_INT64: {"type": "string", "pattern": _WHOLE},
    FieldDescriptor.CPPTYPE_UINT64: {"type": "string", "pattern": "^[0-9]+$"},
}
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"},
}


def schemas(messages: Iterable[Descriptor], comments: Mapping[str, str]) -> dict[str, Schema]:
    """Schemas of these messages and of everything inside them, by short name, in alphabetical order.

    Raises ValueError when two types share a short name.
    """
    found: dict[str, tuple[str, Schema]] = {}
    waiting: list[Descriptor | EnumDescriptor] = list(messages)
    while waiting:
        one = waiting.pop()
        known = found.get(one.name)
        if known is not None:
            if known[0] != one.full_name:
                raise ValueError(f"{known[0]} and {one.full_name} share a name")
            continue
        if isinstance(one, EnumDescriptor):
            found[one.name] = one.full_name, _enum(one, comments)
            continue
        found[one.name] = one.full_name, _message(one, comments)
        for field in one.fields:
            inside = field.message_type or field.enum_type
            if inside is not None and inside.full_name not in _WELL_KNOWN:
                waiting.append(inside)
    return {name: found[name][1] for name in sorted(found)}


def _message(message: Descriptor, comments: Mapping[str, str]) -> Schema:
    schema = _described({"title": message.full_name, "type": "object"}, comments.get(message.full_name, ""))
    schema["properties"] = {
        field.name: _described(_field(field), comments.get(f"{message.full_name}.{field.name}", ""))
        for field in message.fields
    }
    # A later version of the contract may add fields, and readers ignore those they do not know.
    return schema | {"additionalProperties": True}


def _field(field: FieldDescriptor) -> Schema:
    return {"type": "array", "items": _single(field)} if field.is_repeated else _single(field)


def _single(field: FieldDescriptor) -> Schema:
    inside = field.message_type or field.enum_type
    if inside is not None:
        return dict(_WELL_KNOWN.get(inside.full_name, {"$ref": PREFIX + inside.name}))
    if field.type == FieldDescriptor.TYPE_BYTES:
        return {"type": "string", "contentEncoding": "base64"}
    return dict(_SCALARS[field.cpp_type])


def _enum(enum: EnumDescriptor, comments: Mapping[str, str]) -> Schema:
    notes = [
        f"{value.name}: {words}"
        for value in enum.values
        if (words := comments.get(f"{enum.full_name}.{value.name}", ""))
    ]
    words = " ".join(filter(None, [comments.get(enum.full_name, ""), *notes]))
    schema: Schema = {"title": enum.full_name, "type": "string", "enum": [value.name for value in enum.values]}
    return _described(schema, words)


def _described(schema: Schema, words: str) -> Schema:
    if not words:
        return schema
    if "$ref" in schema:  # a reference takes no siblings in the older dialects readers use
        return {"allOf": [schema], "description": words}
    return {**schema, "description": words}
