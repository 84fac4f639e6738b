"""Every event type has golden bytes: what was told yesterday is read today, and today's writer writes the same.

`python -m tests.contract.test_golden_bytes` writes the files of types that have none yet; it never touches a present one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pool, json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from plumbline.events.v1 import (
    article_pb2,
    claim_pb2,
    comment_pb2,
    directory_pb2,
    fact_check_pb2,
    publication_pb2,
    request_pb2,
    submission_pb2,
    verdict_pb2,
)

GOLDEN = Path(__file__).parent / "golden"
EVENTS: tuple[type[Message], ...] = (
    article_pb2.Article,
    article_pb2.Draft,
    submission_pb2.CommentSubmission,
    claim_pb2.ClaimSheet,
    verdict_pb2.VerdictSheet,
    verdict_pb2.VerdictProgress,
    fact_check_pb2.FactCheck,
    comment_pb2.Comment,
    comment_pb2.CommentCounts,
    comment_pb2.Tip,
    publication_pb2.Panel,
    publication_pb2.Correction,
    request_pb2.VerificationRequest,
    request_pb2.CheckRequest,
    directory_pb2.Site,
    directory_pb2.PartnerKey,
    directory_pb2.StaffSigner,
)


def sample(kind: type[Message]) -> Message:
    """A message with every field set, the same every time."""
    message = kind()
    _fill(message, kind.DESCRIPTOR.full_name, 0)
    return message


def _fill(message: Any, path: str, depth: int) -> None:
    for field in message.DESCRIPTOR.fields:
        where = f"{path}.{field.name}"
        if field.message_type is not None:
            if depth > 4:
                continue
            target = getattr(message, field.name)
            _fill(target.add() if field.is_repeated else target, where, depth + 1)
            if not field.is_repeated:
                target.SetInParent()
        elif field.is_repeated:
            getattr(message, field.name).extend([_value(field, where + "[0]"), _value(field, where + "[1]")])
        else:
            setattr(message, field.name, _value(field, where))


def _value(field: FieldDescriptor, where: str) -> Any:
    number = int(hashlib.sha256(where.encode()).hexdigest()[:4], 16)
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING:
        return where.encode() if field.type == FieldDescriptor.TYPE_BYTES else f"{field.name} é {number}"
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return True
    if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return number / 16
    return number


def _files(kind: type[Message]) -> tuple[Path, Path]:
    name = kind.DESCRIPTOR.name
    return GOLDEN / f"{name}.binpb", GOLDEN / f"{name}.json"


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.DESCRIPTOR.name)
def test_golden_bytes_are_read_as_they_were_meant(kind: type[Message]) -> None:
    binary, text = _files(kind)
    decoded = kind.FromString(binary.read_bytes())
    meant = json_format.Parse(text.read_text(), kind())
    assert decoded == meant
    assert not json_format.MessageToDict(decoded).keys() - json_format.MessageToDict(sample(kind)).keys()


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.DESCRIPTOR.name)
def test_the_same_message_is_written_as_the_same_bytes(kind: type[Message]) -> None:
    binary, text = _files(kind)
    meant = json_format.Parse(text.read_text(), kind())
    assert meant.SerializeToString(deterministic=True) == binary.read_bytes()


def test_every_event_type_of_the_contract_has_golden_bytes() -> None:
    pool = descriptor_pool.Default()
    files = {kind.DESCRIPTOR.file.name for kind in EVENTS}
    topmost = {
        message.full_name
        for name in files
        for message in pool.FindFileByName(name).message_types_by_name.values()
        if _is_event(message)
    }
    assert topmost == {kind.DESCRIPTOR.full_name for kind in EVENTS}


def _is_event(message: Descriptor) -> bool:
    """An event carries its site and a version of its own."""
    fields = {field.name for field in message.fields}
    return {"site_id", "version"} <= fields


def write_missing() -> None:
    for kind in EVENTS:
        binary, text = _files(kind)
        if not binary.exists():
            message = sample(kind)
            binary.write_bytes(message.SerializeToString(deterministic=True))
            text.write_text(json_format.MessageToJson(message, preserving_proto_field_name=True) + "\n")


if __name__ == "__main__":
    write_missing()
