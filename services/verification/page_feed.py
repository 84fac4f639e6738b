"""The entries of an RSS or Atom feed. Runs in the reader process; imports nothing of the product.

Entities are never resolved and nothing is loaded, so that no document type can make the parser do work.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

MOST_ENTRIES = 300
ROOTS = ("rss", "RDF", "feed")


class NoFeed(Exception):
    """The document is no feed."""


def read_feed(body: bytes, charset: str) -> dict[str, Any]:
    """Title of the feed and its entries: url, title, summary, published_at as the publisher wrote them. Raises NoFeed."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, remove_comments=True
    )
    declared = b"encoding" in body[:200].partition(b"?>")[0]
    if charset and not declared and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        parser = etree.XMLParser(encoding=known(charset), resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(body, parser)
    if root is None or local(root) not in ROOTS:
        raise NoFeed("neither RSS nor Atom")
    entries = [node for node in root.iter() if local(node) in ("item", "entry")][:MOST_ENTRIES]
    channel = next((node for node in root if local(node) == "channel"), root)
    return {"title": child(channel, "title"), "entries": [entry(node) for node in entries]}


def known(charset: str) -> str | None:
    try:
        "".encode(charset)
    except LookupError:
        return None
    return charset


def local(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def child(node: Any, *names: str) -> str:
    for name in names:
        for each in node:
            if local(each) == name and (text := " ".join("".join(each.itertext()).split())):
                return text[:2_000]
    return ""


def entry(node: Any) -> dict[str, str]:
    return {
        "url": address(node),
        "title": child(node, "title"),
        "summary": child(node, "description", "summary", "content", "encoded"),
        "published_at": moment(child(node, "pubDate", "published", "date")),
    }


def address(node: Any) -> str:
    links = [each for each in node if local(each) == "link"]
    for each in links:
        if each.get("href") and each.get("rel", "alternate") == "alternate":
            return str(each.get("href")).strip()
    named = next(("".join(each.itertext()).strip() for each in links if not each.get("href")), "")
    return named or child(node, "guid")


def moment(text: str) -> str:
    """ISO 8601 in UTC from either feed format's date; empty when it is neither."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = parse(text)
        except (ValueError, TypeError, IndexError):
            continue
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return ""
