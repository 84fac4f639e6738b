"""From cleaned HTML to pieces of text, with claims marked at their exact characters.

Nothing passes through as HTML: words, links and three kinds of emphasis are read out of it and everything else is
dropped, so what is shown is safe by construction however it was cleaned before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise

from services.publish.views import Piece

_STRONG = frozenset({"b", "strong"})
_EMPHASIS = frozenset({"i", "em", "cite"})
_CODE = frozenset({"code", "kbd", "samp"})
_BREAKS = frozenset({"p", "br", "div", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "tr"})
_SILENT = frozenset({"script", "style", "template", "noscript"})
_SAFE_LINK = re.compile(r"(?:https?://|mailto:|/(?!/)|#)", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_CLOSING = re.compile(r"[.,;:!?)\]”’\"'»…]+")


@dataclass(frozen=True, slots=True)
class Span:
    """Where a claim stands in a block: offsets count code points of the block's text."""

    claim_id: str
    start: int
    end: int


class _Reader(HTMLParser):
    """Collects pieces per paragraph; unknown tags are transparent."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[list[Piece]] = [[]]
        self._open: list[tuple[str, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.paragraphs.append([])
        elif tag in _SILENT:
            self._silent += 1
        elif tag == "a" or tag in _STRONG or tag in _EMPHASIS or tag in _CODE:
            href = (dict(attrs).get("href") or "").strip() if tag == "a" else ""
            self._open.append((tag, href if _SAFE_LINK.match(href) else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.paragraphs.append([])
        elif tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        for position in range(len(self._open) - 1, -1, -1):
            if self._open[position][0] == tag:
                del self._open[position]
                break

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        tags = {tag for tag, _ in self._open}
        href = next((href for tag, href in reversed(self._open) if tag == "a" and href), "")
        self.paragraphs[-1].append(
            Piece(data, href, bool(tags & _STRONG), bool(tags & _EMPHASIS), bool(tags & _CODE)),
        )


def read_paragraphs(html: str) -> tuple[tuple[Piece, ...], ...]:
    """The paragraphs of a piece of HTML, whitespace folded; empty ones are dropped."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    folded = (_fold(paragraph) for paragraph in reader.paragraphs)
    return tuple(paragraph for paragraph in folded if paragraph)


def lay_out(html: str, text: str, spans: Iterable[Span]) -> tuple[Piece, ...]:
    """The pieces of one block with its claims marked.

    When the words of `html` are not exactly `text` (offsets would then point elsewhere), links and emphasis are given
    up and `text` is shown alone: a mark may lose a link, it never stands on the wrong words. A span that overlaps a
    shorter one shares its mark and keeps its own chip; a span outside the text is left out.
    """
    paragraphs = read_paragraphs(html)
    pieces = tuple(piece for paragraph in paragraphs for piece in paragraph)
    if len(paragraphs) != 1 or "".join(piece.text for piece in pieces) != text:
        pieces = (Piece(text),)
    return _mark(pieces, _gather(spans, text))


def _fold(paragraph: Sequence[Piece]) -> tuple[Piece, ...]:
    folded: list[Piece] = []
    after_space = True
    for piece in paragraph:
        words = _SPACES.sub(" ", piece.text)
        if after_space:
            words = words.lstrip(" ")
        if words:
            after_space = words.endswith(" ")
            folded.append(replace(piece, text=words))
    if folded and folded[-1].text.endswith(" "):
        last = folded.pop()
        if last.text.rstrip(" "):
            folded.append(replace(last, text=last.text.rstrip(" ")))
    return tuple(folded)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A stretch of text shown as one claim, every claim whose outcome follows it, and where they follow."""

    span: Span
    chips: tuple[str, ...]
    chips_at: int


def _gather(spans: Iterable[Span], text: str) -> list[_Mark]:
    inside = [span for span in spans if 0 <= span.start < span.end <= len(text)]
    alone: list[Span] = []
    sharing: list[Span] = []
    # The shorter of two is the closer one: what was said, rather than the sentence that reports it.
    for span in sorted(inside, key=lambda one: (one.end - one.start, one.start)):
        crowded = any(span.start < other.end and other.start < span.end for other in alone)
        (sharing if crowded else alone).append(span)
    marks: list[_Mark] = []
    for span in sorted(alone, key=lambda one: one.start):
        # A chip between a sentence and its full stop would push the full stop onto a line of its own.
        closing = _CLOSING.match(text, span.end)
        marks.append(_Mark(span, (span.claim_id,), closing.end() if closing else span.end))
    for span in sorted(sharing, key=lambda one: one.start):
        last = max(at for at, mark in enumerate(marks) if mark.span.start < span.end and span.start < mark.span.end)
        marks[last] = replace(marks[last], chips=(*marks[last].chips, span.claim_id))
    starts = [mark.span.start for mark in marks[1:]] + [len(text)]
    return [replace(mark, chips_at=min(mark.chips_at, start)) for mark, start in zip(marks, starts, strict=False)]


def _mark(pieces: Sequence[Piece], marks: Sequence[_Mark]) -> tuple[Piece, ...]:
    marked: list[Piece] = []
    position = 0
    borders = {edge for mark in marks for edge in (mark.span.start, mark.span.end, mark.chips_at)}
    for piece in pieces:
        end = position + len(piece.text)
        edges = sorted({position, end} | {edge for edge in borders if position < edge < end})
        for left, right in pairwise(edges):
            run = replace(piece, text=piece.text[left - position : right - position])
            inside = next((one.span for one in marks if one.span.start <= left and right <= one.span.end), None)
            if inside is not None:
                run = replace(run, claim_id=inside.claim_id, opens=left == inside.start, closes=right == inside.end)
            ended = next((one for one in marks if one.chips_at == right), None)
            marked.append(replace(run, chips=ended.chips) if ended else run)
        position = end
    return tuple(marked)
