"""What partners ask, checked: every refusal names the field."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from services.claim_extraction.engine.limits import MAX_SENTENCE
from services.claim_extraction.model import Block
from shared.errors import NotFound, Refused

MAX_SENT_TEXT = 50_000  # characters: about 8,000 words
MAX_TITLE = 500
MAX_URL = 2_000
MAX_CLAIMANT = 200
MAX_REQUEST_ID = 100
FEWEST_WORDS = 2

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")
_PARAGRAPH = re.compile(r"\S(?:[^\n]|\n(?![^\S\n]*\n))*")
_EARLIEST, _LATEST = datetime(1500, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """A text or a claim as it was sent in. `published_at` is None when its sender did not say."""

    request_id: str
    text: str
    title: str = ""
    claimant: str = ""
    url: str = ""
    language: str = ""
    published_at: datetime | None = None

    @property
    def content_sha256(self) -> str:
        """Equal exactly for equal content, whatever the request's id."""
        moment = self.published_at.isoformat() if self.published_at else ""
        told = json.dumps([self.text, self.title, self.claimant, self.url, self.language, moment])
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def text_of(request: Any) -> Sent:
    """A SubmitTextRequest, read."""
    return Sent(
        request_id=_request_id(request.request_id),
        text=_text(request.text, MAX_SENT_TEXT),
        title=_line(request.title, "title", MAX_TITLE),
        url=_url(request.url),
        language=_language(request.language),
        published_at=_published(request),
    )


def claim_of(request: Any) -> Sent:
    """A SubmitClaimRequest, read."""
    text = _text(request.text, MAX_SENTENCE)
    if len(text.split()) < FEWEST_WORDS:
        raise _refused("TOO_SHORT", "text is no statement: it has fewer than two words.", "text")
    return Sent(
        request_id=_request_id(request.request_id),
        text=text,
        claimant=_line(request.claimant, "claimant", MAX_CLAIMANT),
        url=_url(request.url),
        language=_language(request.language),
        published_at=_published(request),
    )


def passing_text_of(request: Any) -> Sent:
    """An ExtractClaimsRequest, read: nothing of it is kept."""
    text = _text(request.text, MAX_SENT_TEXT)
    return Sent("", text, language=_language(request.language), published_at=_published(request))


def blocks_of(text: str) -> tuple[Block, ...]:
    """The paragraphs of a text, without the white space around them. A block is called after the place it starts at."""
    found = []
    for match in _PARAGRAPH.finditer(text):
        words = match.group().rstrip()
        found.append(Block(f"p{match.start()}", words))
    return tuple(found)


def whole_block(text: str) -> Block:
    """A text as one block, without the white space around it."""
    return Block(f"p{len(text) - len(text.lstrip())}", text.strip())


def offset_of(block_id: str) -> int:
    """Where the block of a sent text starts in it."""
    return int(block_id.removeprefix("p"))


def subject_named(name: str, field: str) -> UUID:
    """The id in subjects/{id}. Raises Refused when the name has another shape."""
    parts = name.split("/")
    if len(parts) != 2 or parts[0] != "subjects":
        raise _refused("INVALID_NAME", "A name looks like subjects/{id}.", field)
    return _id(parts[1], "subject")


def claim_named(name: str) -> tuple[UUID, str]:
    """The ids in subjects/{subject}/claims/{claim}. Raises Refused when the name has another shape."""
    parts = name.split("/")
    if len(parts) != 4 or (parts[0], parts[2]) != ("subjects", "claims"):
        raise _refused("INVALID_NAME", "A name looks like subjects/{subject}/claims/{claim}.", "name")
    return _id(parts[1], "claim"), str(_id(parts[3], "claim"))


def _id(text: str, what: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(what) from error


def _request_id(given: str) -> str:
    if not given.strip():
        raise _refused("MISSING", "request_id is missing: it lets a call be repeated safely.", "request_id")
    return _line(given, "request_id", MAX_REQUEST_ID)


def _text(given: str, most: int) -> str:
    if not given.strip():
        raise _refused("MISSING", "text is empty.", "text")
    return _plain(given, "text", most)


def _line(given: str, field: str, most: int) -> str:
    if "\n" in given or "\r" in given:
        raise _refused("NOT_A_LINE", f"{field} has more than one line.", field)
    return _plain(given, field, most).strip()


def _plain(given: str, field: str, most: int) -> str:
    if len(given) > most:
        raise _refused("TOO_LONG", f"{field} has {len(given):,} characters; at most {most:,} are taken.", field)
    if bad := _CONTROL.search(given):
        raise _refused("CONTROL_CHARACTER", f"{field} holds a control character at {bad.start()}.", field)
    return given


def _url(given: str) -> str:
    url = _line(given, "url", MAX_URL)
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        good = False
    if not good:
        raise _refused("INVALID_URL", "url is not an absolute http or https address.", "url")
    return url


def _language(given: str) -> str:
    if given and not _LANGUAGE.fullmatch(given):
        raise _refused("INVALID_LANGUAGE", "language is not a BCP 47 tag such as en or pt-BR.", "language")
    return given


def _published(request: Any) -> datetime | None:
    if not request.HasField("publish_time"):
        return None
    try:
        moment: datetime = request.publish_time.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        moment = _LATEST
    if not _EARLIEST <= moment < _LATEST:
        raise _refused("OUT_OF_RANGE", "publish_time is not between the years 1500 and 2200.", "publish_time")
    return moment


def _refused(reason: str, message: str, field: str) -> Refused:
    return Refused(reason, message, field=field, status=400)
