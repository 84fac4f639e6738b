"""What the CMS may say in an event's data, checked field by field. Every refusal names its field.

The fields are described for CMS authors in docs/architecture/ingest.md. Fields not named there are dropped here, so
that e-mail, address and agent of a reader never come further than this file.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from services.ingest.cloud_events import CmsEvent
from services.ingest.engine.passages import KINDS, Body, Passage, read_html, read_text
from services.ingest.engine.text import count_words, folded
from services.ingest.model import ArticleNews, CommentNews, Decision, DraftNews, News
from shared.errors import Refused

MOST_WORDS = 100_000
MOST_BLOCKS = 5_000
MOST_TAGS = 60_000
MOST_COMMENT_CHARACTERS = 50_000
_LARGEST_VERSION = 2**53 - 1
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]{2,}")
_ARTICLE = {
    "org.plumbline.article.published": False,
    "org.plumbline.article.revised": False,
    "org.plumbline.article.withdrawn": True,
}
_COMMENT = {
    "org.plumbline.comment.posted": Decision.OPEN,
    "org.plumbline.comment.approved": Decision.APPROVED,
    "org.plumbline.comment.removed": Decision.REMOVED,
}
TYPES = (*_ARTICLE, *_COMMENT)


def read_news(event: CmsEvent, *, received_at: datetime) -> News:
    """The event in the domain's words. CPU-bound for large articles. Raises Refused naming the field."""
    fields = Fields(event.data, f"{event.path}data.")
    if event.type in _ARTICLE:
        return _article(fields, withdrawn=_ARTICLE[event.type])
    if event.type in _COMMENT:
        return _comment(fields, event, _COMMENT[event.type], received_at)
    raise Refused("UNKNOWN_TYPE", f"The event types read here are {', '.join(TYPES)}.", field=f"{event.path}type")


def read_draft(data: dict[str, Any]) -> DraftNews:
    """The text to be checked, in an article's fields; the words alone are required. CPU-bound for large texts. Raises Refused
    naming the field."""
    fields = Fields(data, "")
    url = fields.address("url", required=False)
    body = _body(fields, url)
    return DraftNews(
        external_id=fields.identifier("id", required=False),
        url=url,
        title=fields.text("title", longest=1_000),
        language=_language(fields),
        passages=body.passages,
        links=body.links,
    )


class Fields:
    """Typed reads of one JSON object; `path` leads to it."""

    def __init__(self, values: dict[str, Any], path: str) -> None:
        self._values, self.path = values, path

    def refuse(self, name: str, reason: str, message: str) -> Refused:
        return Refused(reason, message, field=self.path + name)

    def given(self, name: str) -> bool:
        return self._values.get(name) is not None

    def raw_text(self, name: str) -> str:
        value = self._values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.refuse(name, "WRONG_TYPE", f"{name} must be text.")
        return value

    def text(self, name: str, *, longest: int, required: bool = False) -> str:
        """Folded text of at most `longest` characters; absent is empty unless required."""
        found = folded(self.raw_text(name))
        if required and not found:
            raise self.refuse(name, "MISSING", f"{name} is missing or empty.")
        if len(found) > longest:
            raise self.refuse(name, "TOO_LONG", f"{name} is longer than {longest:,} characters.")
        return found

    def identifier(self, name: str, *, required: bool = True) -> str:
        """An id of the CMS: text or an integer."""
        value = self._values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name, longest=200, required=required)

    def version(self, name: str = "version") -> int:
        value = self._values.get(name)
        if value is None:
            raise self.refuse(name, "MISSING", f"{name} is missing.")
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(name, "WRONG_TYPE", f"{name} must be an integer.")
        if not 0 < value <= _LARGEST_VERSION:
            raise self.refuse(name, "OUT_OF_RANGE", f"{name} must be between 1 and {_LARGEST_VERSION}.")
        return value

    def moment(self, name: str) -> datetime | None:
        value = self._values.get(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
            moment.timestamp()
        except (TypeError, ValueError, OverflowError) as error:
            raise self.refuse(name, "INVALID_TIME", f"{name} is not an RFC 3339 time.") from error
        if moment.tzinfo is None:
            raise self.refuse(name, "INVALID_TIME", f"{name} has no offset from UTC.")
        return moment

    def texts(self, name: str, *, most: int, longest: int) -> tuple[str, ...]:
        values = self._values.get(name)
        if values is None:
            return ()
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self.refuse(name, "WRONG_TYPE", f"{name} must be a list of texts.")
        if len(values) > most or any(len(value) > longest for value in values):
            raise self.refuse(name, "TOO_LONG", f"{name} holds at most {most} texts of {longest} characters.")
        return tuple(found for value in values if (found := folded(value)))

    def address(self, name: str, *, required: bool) -> str:
        """An absolute http(s) address."""
        value = self.raw_text(name).strip()
        if not value and not required:
            return ""
        if not value:
            raise self.refuse(name, "MISSING", f"{name} is missing.")
        try:
            parts = urlsplit(value)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good or len(value) > 2_000 or re.search(r"[\s\x00-\x1f\"<>]", value):
            raise self.refuse(name, "INVALID_ADDRESS", f"{name} must be an absolute http or https address.")
        return value

    def objects(self, name: str) -> list[Fields]:
        values = self._values.get(name)
        if not isinstance(values, list):
            raise self.refuse(name, "WRONG_TYPE", f"{name} must be a list.")
        found = []
        for at, value in enumerate(values):
            if not isinstance(value, dict):
                raise self.refuse(f"{name}[{at}]", "WRONG_TYPE", "A block must be an object.")
            found.append(Fields(value, f"{self.path}{name}[{at}]."))
        return found

    def object(self, name: str) -> Fields:
        """The object below `name`; absent is empty."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, dict):
            raise self.refuse(name, "WRONG_TYPE", f"{name} must be an object.")
        return Fields(value or {}, f"{self.path}{name}.")


def _article(fields: Fields, *, withdrawn: bool) -> ArticleNews:
    url = fields.address("url", required=not withdrawn)
    language = _language(fields)
    body = Body((), ()) if withdrawn else _body(fields, url)
    return ArticleNews(
        external_id=fields.identifier("id"),
        counter=fields.version(),
        withdrawn=withdrawn,
        url=url,
        title=fields.text("title", longest=1_000, required=not withdrawn),
        standfirst=fields.text("standfirst", longest=5_000),
        bylines=fields.texts("bylines", most=50, longest=300),
        language=language,
        published_at=fields.moment("published_at"),
        updated_at=fields.moment("updated_at"),
        passages=body.passages,
        links=body.links,
    )


def _language(fields: Fields) -> str:
    language = fields.text("language", longest=35)
    if language and not _LANGUAGE.fullmatch(language):
        raise fields.refuse("language", "INVALID_LANGUAGE", "language must be a BCP 47 tag such as en or pt-BR.")
    return language


def _body(fields: Fields, url: str) -> Body:
    name = "html" if fields.given("html") or not fields.given("blocks") else "blocks"
    body = _of_html(fields, "html", url) if name == "html" else _of_blocks(fields, url)
    if not body.passages:
        raise fields.refuse(name, "NO_TEXT", "The article has no text.")
    words = sum(count_words(passage.text) for passage in body.passages)
    if words > MOST_WORDS:
        raise fields.refuse(name, "TOO_MANY_WORDS", f"The article has {words:,} words; {MOST_WORDS:,} are allowed.")
    if len(body.passages) > MOST_BLOCKS:
        raise fields.refuse(name, "TOO_MANY_BLOCKS", f"The article has more than {MOST_BLOCKS:,} blocks.")
    return body


def _of_html(fields: Fields, name: str, url: str) -> Body:
    html = fields.raw_text(name)
    if html.count("<") > MOST_TAGS:
        raise fields.refuse(name, "TOO_MUCH_MARKUP", f"The HTML has more than {MOST_TAGS:,} tags.")
    return read_html(html, url)


def _of_blocks(fields: Fields, url: str) -> Body:
    passages: list[Passage] = []
    links: dict[str, None] = {}
    for block in fields.objects("blocks"):
        kind = block.text("kind", longest=20) or "paragraph"
        if kind not in KINDS:
            raise block.refuse("kind", "INVALID_KIND", f"kind is one of {', '.join(KINDS)}.")
        if block.given("html"):
            body = _of_html(block, "html", url)
            links.update(dict.fromkeys(body.links))
            passages += [Passage(kind, passage.text, passage.html) for passage in body.passages]
        elif (passage := read_text(kind, block.raw_text("text"))).text:
            passages.append(passage)
    return Body(tuple(passages), tuple(links))


def _comment(fields: Fields, event: CmsEvent, decision: Decision, received_at: datetime) -> CommentNews:
    author = fields.object("author")
    name = author.text("name", longest=200)
    body = fields.raw_text("body").strip()
    if not body and decision is not Decision.REMOVED:
        raise fields.refuse("body", "MISSING", "body is missing or empty.")
    if len(body) > MOST_COMMENT_CHARACTERS:
        raise fields.refuse("body", "TOO_LONG", f"body is longer than {MOST_COMMENT_CHARACTERS:,} characters.")
    email, external = author.text("email", longest=320).casefold(), author.identifier("id", required=False)
    return CommentNews(
        external_id=fields.identifier("id"),
        article_external_id=fields.identifier("article_id"),
        parent_external_id=fields.identifier("parent_id", required=False),
        counter=_comment_version(fields, event, decision),
        decision=decision,
        # Some blogs sign with the e-mail address: such a reader is shown as anonymous.
        author_name="" if _EMAIL.search(name) else name,
        author_trait=f"email:{email}" if email else f"id:{external}" if external else "",
        body="" if decision is Decision.REMOVED else body,
        written_at=fields.moment("written_at") or event.time or received_at,
    )


def _comment_version(fields: Fields, event: CmsEvent, decision: Decision) -> int:
    """The CMS's version; without one the event's time in milliseconds orders what happened to a comment."""
    if fields.given("version"):
        return fields.version()
    if event.time is not None:
        return max(1, int(event.time.timestamp() * 1000))
    if decision is Decision.OPEN:
        return 1
    raise fields.refuse("version", "MISSING", "Give data.version or the event's time, so that decisions have an order.")
