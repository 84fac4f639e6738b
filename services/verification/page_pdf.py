"""The words of a PDF, page by page. Runs in the reader process; imports nothing of the product.

Each page ends with a form feed, which occurs in no other stored text, so that a quotation's page can be counted.
"""

from __future__ import annotations

import io
import time
import unicodedata
from datetime import UTC, datetime
from typing import Any

MOST_PAGES = 1_000
SOFT_CPU_SECONDS = 1.3  # then the pages read so far are the document; the kernel's limit lies above
PAGE_END = "\n\f"


def read_pdf(body: bytes, longest: int) -> dict[str, Any]:
    """Text with page ends, title, author and the date its metadata gives as that of publication."""
    from pypdf import PdfReader

    started, pages, size = time.process_time(), [], 0
    reader = PdfReader(io.BytesIO(body), strict=False)
    if reader.is_encrypted:
        reader.decrypt("")
    for number, page in enumerate(reader.pages):
        if number >= MOST_PAGES or size >= longest or time.process_time() - started > SOFT_CPU_SECONDS:
            break
        pages.append(plain(page.extract_text() or "")[: longest - size])
        size += len(pages[-1])
    described: dict[str, Any] = dict(reader.metadata or {})
    return {
        "text": "".join(page + PAGE_END for page in pages) if any(pages) else "",
        "title": field(described.get("/Title")),
        "author": field(described.get("/Author")),
        **stated_date(reader),
    }


def plain(text: str) -> str:
    """NFC without control characters or lone surrogates; a line broken inside a sentence is mended."""
    kept = "".join(c if c != "\t" else " " for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    mended: list[str] = []
    for line in (" ".join(each.split()) for each in unicodedata.normalize("NFC", kept).split("\n")):
        if mended and mended[-1].endswith("-") and mended[-1][-2:-1].isalpha() and line[:1].islower():
            mended[-1] = mended[-1][:-1] + line
        elif mended and line and mended[-1] and mended[-1][-1] not in ".!?:;" and not line[:1].isupper():
            mended[-1] += " " + line
        else:
            mended.append(line)
    return "\n".join(line for line in mended if line)


def field(value: Any) -> str:
    return " ".join(plain(str(value)).split())[:500] if value else ""


def stated_date(reader: Any) -> dict[str, str]:
    """The date of publication (Dublin Core). When the file was made is another matter and is not taken for it."""
    try:
        dates = list((reader.xmp_metadata.dc_date if reader.xmp_metadata else None) or ())
    except Exception:  # metadata is any XML somebody wrote; without it there is no date
        return {"published_at": "", "published_at_source": ""}
    found = next((each for each in dates if isinstance(each, datetime)), None)
    if found is None:
        return {"published_at": "", "published_at_source": ""}
    at = found if found.tzinfo else found.replace(tzinfo=UTC)
    return {"published_at": at.astimezone(UTC).isoformat(), "published_at_source": "markup"}
