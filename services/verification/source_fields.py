"""What people say of a source they bring, cleaned and checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from shared.errors import Refused

LARGEST_FILE = 1_500_000
LONGEST_FIELD = 500
KINDS = frozenset({"text/plain", "text/html", "application/pdf"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody sent, with what they say about it."""

    file_name: str
    content_type: str
    content: bytes
    title: str
    publisher: str
    url: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """Words somebody typed from a source, with what they say about it."""

    title: str
    publisher: str
    words: str
    url: str = ""
    published_at: datetime | None = None


def check_file(kind: str, content: bytes) -> None:
    """Raises Refused for what is no file that can be read."""
    if kind not in KINDS:
        raise Refused("UNSUPPORTED_FILE", "Send plain text, HTML or PDF.", field="file")
    if not content:
        raise Refused("EMPTY_FILE", "The file is empty.", field="file")
    if len(content) > LARGEST_FILE:
        raise Refused("FILE_TOO_LARGE", f"Send at most {LARGEST_FILE / 1e6:g} MB.", field="file")
    if (kind == "application/pdf") != content.lstrip()[:5].startswith(b"%PDF-"):
        raise Refused("WRONG_KIND", "The file is not what it says it is.", field="file")


def described(title: str, publisher: str, url: str, published_at: datetime | None, now: datetime) -> Typed:
    """What somebody says about a source, cleaned. Raises Refused naming the field."""
    found = {"title": " ".join(title.split()), "publisher": " ".join(publisher.split()), "url": url.strip()}
    if not found["publisher"]:
        raise Refused("PUBLISHER_REQUIRED", "Say who published it.", field="publisher")
    for name, value in found.items():
        if len(value) > (2_000 if name == "url" else LONGEST_FIELD) or "\x00" in value:
            raise Refused("TOO_LONG", f"Use at most {LONGEST_FIELD} characters.", field=name)
    if found["url"] and (urlsplit(found["url"]).scheme not in ("http", "https") or not urlsplit(found["url"]).hostname):
        raise Refused("INVALID_URL", "Give an http or https address, or none.", field="url")
    if published_at is not None and published_at.astimezone(UTC) > now.astimezone(UTC):
        raise Refused("DATE_IN_THE_FUTURE", "It cannot be published after today.", field="published_at")
    return Typed(found["title"], found["publisher"], "", found["url"], published_at)
