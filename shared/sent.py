"""What readers' forms and programs send: named fields of text, read the same way at every public door."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from shared.errors import Refused
from shared.http import read_json
from shared.strict_json import UNSTORABLE

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


async def read_texts(request: Request, names: Sequence[str]) -> dict[str, str]:
    """These fields of a form or a JSON object, empty where they were not sent; others are passed over. Raises Refused
    naming the one that is no text."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    values: dict[str, Any]
    if media == "application/json":
        values = await read_json(request)
    elif media in _FORMS:
        async with request.form(max_files=0, max_fields=20) as form:
            values = dict(form)
    else:
        message = "Send a form or application/json."
        raise Refused("UNSUPPORTED_MEDIA_TYPE", message, field="content-type", status=415)
    texts = {}
    for name in names:
        value = values.get(name)
        if value is not None and not isinstance(value, str):
            raise Refused("WRONG_TYPE", f"{name} must be text.", field=name)
        texts[name] = value or ""
    return texts


def check_storable(**fields: str) -> None:
    """Raises Refused naming the first field with a character no database keeps."""
    for name, text in fields.items():
        if UNSTORABLE.search(text):
            raise Refused("INVALID_TEXT", "The text holds a character that cannot be stored.", field=name)


def check_request_id(given: str) -> None:
    """Raises Refused for what is no id a form or a program may give its request; an empty one is none."""
    if given and not _REQUEST_ID.fullmatch(given):
        raise Refused("INVALID_ID", "A request id is up to 100 letters, digits, and . _ : -", field="request_id")
