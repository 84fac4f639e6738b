"""Reads fetched pages inside a process of its own, with hard limits on CPU, memory and files.

Run as a script by `sandbox.py`; it imports nothing of the product. Standard input carries pages, standard output what
was read, each message a 4-byte length and its bytes. A page that costs more than its CPU limit ends the process.
"""

from __future__ import annotations

import importlib.util
import json
import re
import resource
import struct
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CPU_SECONDS = 2
MEMORY_BYTES = 200_000_000
LONGEST_TEXT = 400_000  # characters kept of one page
LONGEST_FIELD = 500
MOST_ATTRIBUTES = 400  # on one tag; parsers are quadratic in them
DEEPEST = 600  # nested containers
LARGE_PAGE = 300_000  # characters from which the thorough second extraction is skipped
FEWEST = 200  # characters of main text below which the whole body is taken
MOST_MARKUP = 200  # JSON-LD items looked at

CONTAINER = re.compile(r"<(/?)(div|span|section|article|main|blockquote|ul|ol|table|b|i|u|font|em|strong)\b", re.I)
TAG_START = re.compile(r"[a-zA-Z!/]")
RAW_TEXT = ("<script", "<style")
META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,30})""", re.I)
ABOUT_OTHERS = frozenset({"ClaimReview", "WebSite", "Organization", "BreadcrumbList"})
PUBLISHED = (
    'meta[property="article:published_time"]',
    'meta[itemprop="datePublished"]',
    'meta[name="citation_publication_date"]',
    'meta[name="citation_date"]',
    'meta[name="parsely-pub-date"]',
    'meta[name="dc.date.issued"]',
    'meta[name="dc.date"]',
    'meta[name="date"]',
)


NOTHING: dict[str, Any] = {
    "text": "", "title": "", "publisher": "", "author": "", "published_at": "", "published_at_source": "", "markup": [],
}  # fmt: skip


class Hostile(Exception):
    """The page is built to exhaust whoever parses it."""


def decode(body: bytes, charset: str) -> str:
    """The page's characters: byte order mark, then what the server said, then what the page says, then a guess."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            return body.decode(name, "replace")
    declared = META_CHARSET.search(body[:4096])
    for name in (charset, declared[1].decode("ascii") if declared else "", "utf-8"):
        try:
            if name:
                return body.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue  # a wrong declaration is common; the next source may be right
    from charset_normalizer import from_bytes

    best = from_bytes(body[:100_000]).best()
    return body.decode(best.encoding if best else "windows-1252", "replace")


def refuse_hostile(html: str) -> None:
    """A linear look at the raw page. Raises Hostile for what makes tree builders quadratic."""
    for piece in html.split("<")[1:]:
        if not TAG_START.match(piece) or piece[:6].lower() in ("script", "style>", "style "):
            continue
        if piece.count("=") > MOST_ATTRIBUTES and piece.partition(">")[0].count("=") > MOST_ATTRIBUTES // 4:
            raise Hostile("too many attributes on one tag")
        if len(piece.partition(">")[0].split(None, MOST_ATTRIBUTES + 2)) > MOST_ATTRIBUTES:
            raise Hostile("too many attributes on one tag")
    depth = 0
    for found in CONTAINER.finditer(html):
        depth += -1 if found[1] else 1
        if depth > DEEPEST:
            raise Hostile("nested too deeply")


def beside(name: str) -> Any:
    """A module from this folder; an isolated interpreter does not look here by itself."""
    found = sys.modules.get(name)
    if found is None:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        found = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
        sys.modules[name] = found
    return found


def clean(text: str) -> str:
    """NFC without control characters or lone surrogates; what is stored and quoted from."""
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", kept).replace("\t", " ").strip()


def one_line(text: Any) -> str:
    return " ".join(clean(str(text)).split())[:LONGEST_FIELD] if isinstance(text, str) else ""


def moment(text: Any) -> str:
    """An ISO 8601 moment in UTC, or empty. A date without a time is that day's midnight."""
    if not isinstance(text, str):
        return ""
    try:
        parsed = datetime.fromisoformat(text.strip().replace("/", "-")[:40])
    except ValueError:
        return ""
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def structured(tree: Any) -> list[dict[str, Any]]:
    """Every JSON-LD object of the page, graphs opened; broken blocks are passed over."""
    found: list[dict[str, Any]] = []
    waiting: list[Any] = []
    for node in tree.css('script[type="application/ld+json"]')[:50]:
        try:
            waiting.append(json.loads(node.text(deep=True), strict=False))
        except (ValueError, RecursionError):
            continue
    while waiting and len(found) < MOST_MARKUP:
        item = waiting.pop(0)
        if isinstance(item, list):
            waiting = [*item[:MOST_MARKUP], *waiting]
        elif isinstance(item, dict):
            found.append(item)
            waiting = [*(item[key] for key in ("@graph", "dataFeedElement", "item") if key in item), *waiting]
    return found


def kinds(item: dict[str, Any]) -> list[str]:
    kind = item.get("@type", "")
    return [str(each) for each in kind] if isinstance(kind, list) else [str(kind)]


def published(tree: Any, items: list[dict[str, Any]]) -> tuple[str, str]:
    """(moment, where it came from): markup, page, or neither. Dates are never guessed from addresses or prose."""
    # an article's own date before those of the reviews and the site it carries
    for item in sorted(items, key=lambda each: bool(ABOUT_OTHERS & set(kinds(each)))):
        if found := moment(item.get("datePublished")):
            return found, "markup"
    for selector in PUBLISHED:
        node = tree.css_first(selector)
        if node is not None and (found := moment(node.attributes.get("content"))):
            return found, "markup"
    for node in tree.css("time[datetime]")[:3]:
        if found := moment(node.attributes.get("datetime")):
            return found, "page"
    return "", ""


def named(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return one_line(value.get("name", "")) if isinstance(value, dict) else one_line(value)


def meta(tree: Any, *selectors: str) -> str:
    for selector in selectors:
        node = tree.css_first(selector)
        if node is not None and (text := one_line(node.attributes.get("content") or node.text(deep=True))):
            return text
    return ""


def author(tree: Any, items: list[dict[str, Any]]) -> str:
    stated = (named(item.get("author")) for item in items if not ABOUT_OTHERS & set(kinds(item)))
    return meta(tree, 'meta[name="author"]', 'meta[property="article:author"]') or next(filter(None, stated), "")


def main_text(html: str, tree: Any, url: str) -> str:
    """The article's own words, one paragraph a line; the whole visible body when no article could be made out."""
    from trafilatura import bare_extraction

    found = bare_extraction(
        html, url=url, include_comments=False, include_tables=True, fast=len(html) > LARGE_PAGE, with_metadata=False
    )
    text = clean((found.text if found is not None else "") or "")
    if len(text) >= FEWEST or tree.body is None:
        return text
    tree.strip_tags(["script", "style", "noscript", "template", "nav", "footer", "form", "svg"])
    whole = tree.body.text(deep=True, separator="\n", strip=True)
    lines = [" ".join(line.split()) for line in clean(whole).split("\n")]
    rest = "\n".join(line for line in lines if line)
    return rest if len(rest) > len(text) else text


def read(request: dict[str, Any], body: bytes) -> dict[str, Any]:
    """One page: its words, title, publisher, author, date with its source, and its JSON-LD; or a feed's entries."""
    if request.get("within") == "feed":
        return {**NOTHING, **beside("page_feed").read_feed(body, request.get("charset", ""))}
    if request["content_type"] == "application/pdf":
        return {**NOTHING, **beside("page_pdf").read_pdf(body, LONGEST_TEXT)}
    source = decode(body, request.get("charset", ""))
    if request["content_type"] == "text/plain":
        return {**NOTHING, "text": clean(source)[:LONGEST_TEXT]}
    refuse_hostile(source)
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(source)
    items = structured(tree)
    at, where = published(tree, items)
    publisher = next((named(item["publisher"]) for item in items if named(item.get("publisher"))), "")
    headline = next((one_line(item["headline"]) for item in items if one_line(item.get("headline"))), "")
    title = meta(tree, 'meta[property="og:title"]') or headline or meta(tree, "h1", "title")
    site = meta(tree, 'meta[property="og:site_name"]', 'meta[name="application-name"]')
    return {
        "text": main_text(source, tree, request["url"])[:LONGEST_TEXT],
        "title": title,
        "publisher": publisher or site,
        "author": author(tree, items),
        "published_at": at,
        "published_at_source": where,
        "markup": [item for item in items if "ClaimReview" in kinds(item)] if request.get("markup") else [],
    }


def limit() -> None:
    """Memory, files and core dumps are limited for the life of the process."""
    if sys.platform == "linux":  # elsewhere the kernel does not hold a process to RLIMIT_AS
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY_BYTES, size + MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_cpu() -> None:
    """CPU time is limited per page: the kernel ends the process when the page goes over."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def main() -> None:
    # the parsers are loaded before memory is limited
    import lxml.etree  # noqa: F401
    import pypdf  # noqa: F401
    import selectolax.lexbor  # noqa: F401
    import trafilatura  # noqa: F401

    limit()
    pages, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := pages.read(8):
        asked, size = struct.unpack(">II", head)
        request, body = json.loads(pages.read(asked)), pages.read(size)
        allow_cpu()
        try:
            answer = read(request, body)
        except Hostile as reason:
            answer = {"problem": "hostile", "detail": str(reason)}
        except (MemoryError, RecursionError):
            answer = {"problem": "too_expensive", "detail": "the page needs too much memory"}
        except Exception as error:
            answer = {"problem": "unreadable", "detail": type(error).__name__}
        encoded = json.dumps(answer).encode()
        answers.write(struct.pack(">I", len(encoded)) + encoded)
        answers.flush()


if __name__ == "__main__":
    main()
