"""From the CMS's HTML to passages: pieces of text in reading order, each with the same words as safe HTML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlsplit

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.ingest.engine.tags import BLOCKS, INLINE, KNOWN, simplify
from services.ingest.engine.text import folded, visible

KINDS = ("paragraph", "heading", "quote", "list_item")
MAX_LINKS = 1_000
_KIND_OF = {"blockquote": "quote", "li": "list_item", **{f"h{n}": "heading" for n in range(1, 7)}}
_CELLS = frozenset({"td", "th"})
_WHITE = re.compile(r"\s+")
_QUOTES = {True: "“", False: "”"}


@dataclass(frozen=True, slots=True)
class Passage:
    """One block before it has an id. Without its tags, `html` reads exactly as `text`."""

    kind: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Body:
    """What an article says: its passages and the absolute http(s) links in them, in order, each once."""

    passages: tuple[Passage, ...]
    links: tuple[str, ...]


def read_html(html: str, base: str) -> Body:
    """Passages of cleaned HTML; relative links are resolved against `base`, an absolute http(s) address, or left out without it.

    Block tags outside the allow-list are transparent, scripts and embeds vanish with what is in them. Never raises.
    """
    cleaned = nh3.clean(
        simplify(html),
        tags=set(KNOWN),
        attributes={"a": {"href"}, "*": set()},
        url_schemes={"http", "https", "mailto"},
        url_relative=("rewrite_with_base", base) if base else "deny",
        link_rel=None,
    )
    body = LexborHTMLParser(f"<body>{cleaned}</body>").body
    writer = _Writer()
    if body is not None:
        for event, node in _walk(body):
            writer.take(event, node)
    writer.end_passage()
    return Body(tuple(writer.passages), tuple(writer.links)[:MAX_LINKS])


def read_text(kind: str, text: str) -> Passage:
    """A passage of plain text."""
    plain = folded(text)
    return Passage(kind, plain, escape(plain, quote=False))


def _walk(root: LexborNode) -> Iterator[tuple[str, LexborNode]]:
    """("open" | "text" | "close", node) in document order, without recursion."""
    waiting: list[tuple[str, LexborNode]] = [("inside", root)]
    while waiting:
        event, node = waiting.pop()
        if event == "close":
            yield event, node
            continue
        if event == "open":
            if node.tag == "-text":
                yield "text", node
                continue
            yield "open", node
            waiting.append(("close", node))
        children = list(node.iter(include_text=True))
        waiting += [("open", child) for child in reversed(children)]


@dataclass(slots=True)
class _Run:
    """Words under the same inline tags; `tags` are (name, address) pairs from the outside in."""

    text: str
    tags: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Writer:
    """Gathers runs into passages at block boundaries."""

    passages: list[Passage] = field(default_factory=list)
    links: dict[str, None] = field(default_factory=dict)
    _runs: list[_Run] = field(default_factory=list)
    _inline: list[tuple[str, str]] = field(default_factory=list)
    _kinds: list[str] = field(default_factory=list)

    def take(self, event: str, node: LexborNode) -> None:
        name = node.tag or ""
        if event == "text":
            self._say(node.text_content or "")
        elif name == "br" or name in _CELLS:
            self._say(" ")
        elif name == "q":
            self._say(_QUOTES[event == "open"])
        elif name in INLINE:
            self._mark(event, name, node)
        elif name in BLOCKS:
            self.end_passage()
            self._enter(event, name)

    def end_passage(self) -> None:
        """Close the passage in hand; one without words is dropped."""
        runs, self._runs = _fold(self._runs), []
        text = "".join(run.text for run in runs)
        if not text:
            return
        for run in runs:
            self.links.update((address, None) for _, address in run.tags if _is_web(address))
        normal = unicodedata.normalize("NFC", text)
        # A combining mark on the other side of a tag: the words stay right, the emphasis is given up.
        html = _write(runs) if normal == text else escape(normal, quote=False)
        self.passages.append(Passage(self._kinds[-1] if self._kinds else "paragraph", normal, html))

    def _say(self, text: str) -> None:
        self._runs.append(_Run(visible(text), tuple(self._inline)))

    def _mark(self, event: str, name: str, node: LexborNode) -> None:
        if event == "open":
            self._inline.append((name, node.attributes.get("href") or "" if name == "a" else ""))
        elif self._inline:
            self._inline.pop()

    def _enter(self, event: str, name: str) -> None:
        kind = _KIND_OF.get(name)
        if kind is None:
            return
        if event == "open":
            self._kinds.append(kind)
        elif self._kinds:
            self._kinds.pop()


def _fold(runs: list[_Run]) -> list[_Run]:
    """Whitespace runs as one space, also across tags; none at the ends; empty runs left out."""
    out: list[_Run] = []
    spaced = True
    for run in runs:
        text = _WHITE.sub(" ", run.text)
        if spaced:
            text = text.lstrip(" ")
        if text:
            spaced = text.endswith(" ")
            out.append(_Run(text, run.tags))
    while out and not (last := out[-1].text.rstrip(" ")):
        out.pop()
    if out:
        out[-1].text = last
    return out


def _write(runs: list[_Run]) -> str:
    """Runs as HTML, tags opened and closed only where they change."""
    parts: list[str] = []
    standing: tuple[tuple[str, str], ...] = ()
    for run in [*runs, _Run("", ())]:
        same = 0
        while same < min(len(standing), len(run.tags)) and standing[same] == run.tags[same]:
            same += 1
        parts += [f"</{name}>" for name, address in reversed(standing[same:]) if _shown(name, address)]
        parts += [_start(name, address) for name, address in run.tags[same:] if _shown(name, address)]
        parts.append(escape(run.text, quote=False))
        standing = run.tags
    return "".join(parts)


def _shown(name: str, address: str) -> bool:
    return name != "a" or bool(address)


def _start(name: str, address: str) -> str:
    return f'<a href="{escape(address)}" rel="noopener">' if name == "a" else f"<{name}>"


def _is_web(address: str) -> bool:
    if not address:
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
