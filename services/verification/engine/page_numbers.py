"""Which page of a document a quotation stands on. Only texts read page by page hold form feeds, one at each page's end."""

from __future__ import annotations

PAGE_END = "\f"


def page_of(text: str, start: int) -> int:
    """The page of a place in a text, from 1; 0 when the text has no pages."""
    return text.count(PAGE_END, 0, start) + 1 if PAGE_END in text else 0


def on_page(sentence: str, text: str, start: int) -> str:
    """A sentence with the page its source's words stand on, where there are pages."""
    page = page_of(text, start)
    return f"{sentence.removesuffix('.')}, page {page}." if page and sentence else sentence
