"""A linear first pass over HTML from outside: known tags without attributes, links with their address, nothing else.

Tree builders take quadratic time or worse on hostile markup (60,000 attributes on one tag: 1.2 s; 20,000 nested lists:
6 s; a thousand distinct unclosed <b> before a thousand <p>: a million nodes). What leaves here has bounded nesting and
no attributes that could make formatting elements distinct, so cleaning and parsing it stay cheap.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape, unescape

MAX_DEPTH = 60

_RENAMED = {
    "b": "strong",
    "i": "em",
    "cite": "em",
    "var": "em",
    "dfn": "em",
    "kbd": "code",
    "samp": "code",
    "tt": "code",
}
INLINE = frozenset({"a", "em", "strong", "code", "sub", "sup", "q"})
_SELF_CLOSING = frozenset({"p", "li", "dt", "dd", "tr", "td", "th", "br", "hr"})
BLOCKS = frozenset(
    {
        "p", "div", "section", "article", "main", "header", "footer", "aside", "figure", "figcaption", "blockquote",
        "ul", "ol", "li", "dl", "dt", "dd", "pre", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th",
        "h1", "h2", "h3", "h4", "h5", "h6", "hr", "details", "summary", "address",
    }
)  # fmt: skip
KNOWN = INLINE | BLOCKS | {"br"}
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"})
_SILENT = _RAW | {
    "template", "noscript", "svg", "math", "select", "button", "object", "audio", "video", "canvas", "head", "nav",
}  # fmt: skip

_OPENING = re.compile(r"<(?:(!--)|([!?])|(/?)([a-zA-Z][^\s/>]*))")
# The attribute states of the HTML tokenizer, which are regular. Possessive, so an attempt never backtracks.
_ATTRIBUTES = re.compile(
    r"""(?:[\s/]++|=?[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|(?=>)|[^\s>"'][^\s>]*+))?+|=)*+>"""
)
_ATTRIBUTE = re.compile(r"""(=?[^\s/>=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|(?=>)|([^\s>"'][^\s>]*+)))?+""")


def simplify(html: str) -> str:
    """HTML of the same words with known tags only. Time is linear in the input.

    Contents of scripts, styles, embeds, menus and form controls are left out. A tag that never ends takes the rest of the
    input with it, as in a browser.
    """
    out: list[str] = []
    nesting, endless = _Nesting(), set[str]()
    position = 0
    while True:
        found = _OPENING.search(html, position)
        if found is None:
            out.append(html[position:])
            return "".join(out)
        out.append(html[position : found.start()])
        if found[1] or found[2]:
            end = html.find("-->" if found[1] else ">", found.end())
            position = len(html) if end < 0 else end + (3 if found[1] else 1)
            continue
        attributes = _ATTRIBUTES.match(html, found.end())
        if attributes is None:
            return "".join(out)
        position = attributes.end()
        name, closing = found[4].lower(), bool(found[3])
        name = _RENAMED.get(name, name)
        if name in _SILENT and not closing:
            position = _after(html, name, position, endless)
        elif name in KNOWN:
            out.append(nesting.closed(name) if closing else nesting.opened(name, attributes[0]))


def _after(html: str, name: str, position: int, endless: set[str]) -> int:
    """Where the element ends whose start tag ended at `position`; an unclosed one is passed over, raw text is not.

    `endless` remembers names without a further end tag, so the rest of the input is searched once for each of them.
    """
    end = None
    if name not in endless:
        end = re.compile(rf"</{re.escape(name)}(?=[\s/>])[^>]*+>", re.IGNORECASE).search(html, position)
    if end is not None:
        return end.end()
    endless.add(name)
    return len(html) if name in _RAW else position


def _address(attributes: str) -> str:
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == "href":
            return unescape(found[2] or found[3] or found[4] or "")
    return ""


class _Nesting:
    """Writes tags and keeps count of what is open, so that no more than MAX_DEPTH elements ever stand in another."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._depth = 0

    def opened(self, name: str, attributes: str) -> str:
        if name not in _SELF_CLOSING:
            if self._depth >= MAX_DEPTH:
                return "<p>" if name in BLOCKS else ""
            self._open[name] += 1
            self._depth += 1
        if name == "a":
            return f'<a href="{escape(_address(attributes))}">'
        return f"<{name}>"

    def closed(self, name: str) -> str:
        if self._open[name]:
            self._open[name] -= 1
            self._depth -= 1
        return f"</{name}>" if name not in {"br", "hr"} else ""
