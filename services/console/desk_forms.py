"""Reads what a page's form sent: fields, and at most one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from shared.errors import Refused

MOST_FIELDS = 300


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as the browser sent it; its name and type are what the sender says."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of a form by name, and its files."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, SentFile] = field(default_factory=dict)


async def read_form(request: Request) -> Sent:
    """A posted form. Raises Refused when it is not one, or naming the field that holds a NUL."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return Sent(_checked(await _pairs(request)))
    if kind == "multipart/form-data":
        return await _parts(request)
    raise Refused("UNSUPPORTED_FORM", "Send this page's own form.", field="content-type", status=415)


def moment_of(text: str, name: str) -> datetime | None:
    """A day, or a day and time, in UTC; None for nothing. Raises Refused naming the field."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text[:32])
    except ValueError as error:
        raise Refused("INVALID_TIME", "Give a date such as 2026-05-31.", field=name) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


async def _pairs(request: Request) -> list[tuple[str, str]]:
    body = await request.body()
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Refused("MALFORMED_FORM", "The form cannot be read.", field="body", status=400) from error


async def _parts(request: Request) -> Sent:
    pairs: list[tuple[str, str]] = []
    files: dict[str, SentFile] = {}
    try:
        async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    kind = (value.content_type or "").partition(";")[0].strip().lower()
                    files[name] = SentFile(value.filename or "", kind, await value.read())
                else:
                    pairs.append((name, value))
    except (MultiPartException, ValueError) as error:
        raise Refused("MALFORMED_FORM", "The form cannot be read.", field="body", status=400) from error
    return Sent(_checked(pairs), files)


def _checked(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\x00" in name or "\x00" in value:
            raise Refused("INVALID_TEXT", "The text holds a NUL.", field=name.replace("\x00", "")[:60], status=400)
        found.setdefault(name, []).append(value)
    return found
