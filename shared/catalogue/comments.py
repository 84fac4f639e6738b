"""What the contract files say about their messages and fields. Generated code drops it, so the files are read again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from google.protobuf import descriptor_pb2

# Field numbers inside FileDescriptorProto and its children, from which source locations are made.
_MESSAGES, _ENUMS, _NESTED, _NESTED_ENUMS, _FIELDS, _VALUES = 4, 5, 3, 4, 2, 2
Where = tuple[int, ...]


class ContractUnreadable(Exception):
    """The contract files cannot be read here: they or the tools of development are missing."""


def read_comments(proto: Path) -> dict[str, str]:
    """Leading comments of every message, field, enum and enum value under `proto`, by full name, as one line each."""
    found: dict[str, str] = {}
    for file in _described(proto).file:
        named = dict(_names(file))
        for location in file.source_code_info.location:
            words = " ".join(location.leading_comments.split())
            if words and (name := named.get(tuple(location.path))):
                found[name] = words
    return found


def _described(proto: Path) -> descriptor_pb2.FileDescriptorSet:
    try:
        from grpc_tools import protoc
    except ImportError as error:
        raise ContractUnreadable("the tools of development are not installed (grpcio-tools)") from error
    sources = sorted(str(path.relative_to(proto)) for path in (proto / "plumbline").rglob("*.proto"))
    if not sources:
        raise ContractUnreadable(f"there are no contract files in {proto.name}/")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "described.binpb"
        includes = [f"-I{proto}", f"-I{files('grpc_tools') / '_proto'}"]
        if protoc.main(["protoc", *includes, "--include_source_info", f"--descriptor_set_out={out}", *sources]) != 0:
            raise ContractUnreadable("the contract files do not compile")
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


def _names(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[Where, str]]:
    for index, message in enumerate(file.message_type):
        yield from _of_message(message, (_MESSAGES, index), f"{file.package}.{message.name}")
    for index, enum in enumerate(file.enum_type):
        yield from _of_enum(enum, (_ENUMS, index), f"{file.package}.{enum.name}")


def _of_message(message: descriptor_pb2.DescriptorProto, where: Where, name: str) -> Iterator[tuple[Where, str]]:
    yield where, name
    for index, field in enumerate(message.field):
        yield (*where, _FIELDS, index), f"{name}.{field.name}"
    for index, nested in enumerate(message.nested_type):
        yield from _of_message(nested, (*where, _NESTED, index), f"{name}.{nested.name}")
    for index, enum in enumerate(message.enum_type):
        yield from _of_enum(enum, (*where, _NESTED_ENUMS, index), f"{name}.{enum.name}")


def _of_enum(enum: descriptor_pb2.EnumDescriptorProto, where: Where, name: str) -> Iterator[tuple[Where, str]]:
    yield where, name
    for index, value in enumerate(enum.value):
        yield (*where, _VALUES, index), f"{name}.{value.name}"
