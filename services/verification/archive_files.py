"""Files in which others publish what they checked: the ClaimReview objects in them, each with where it stands."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.verification.engine.claim_review import from_row
from services.verification.fetcher import Fetcher
from services.verification.sandbox import FetchFailed, Sandbox
from shared import nested_json
from shared.errors import Refused

PAGES = frozenset({".html", ".htm", ".xhtml"})
TABLES = frozenset({".csv", ".tsv"})
MOST_DIGITS = 18
Refuse = Callable[[str, str], None]
"""Told of what is passed over: where it stands, and why."""


@dataclass(frozen=True, slots=True)
class Found:
    """A ClaimReview object and where it stands, for people: a file with the number of its row, or an address."""

    where: str
    item: dict[str, Any]


async def reviews_in(path: Path, base_url: str, fetcher: Fetcher | None, refuse: Refuse) -> AsyncIterator[Found]:
    """Every ClaimReview of a file or a folder of files; see `import_claimreview` for their kinds.

    Raises Refused for a file that is none of these. In a folder it is passed over instead, and `refuse` hears of it.
    """
    files = await asyncio.to_thread(_files, path)
    alone = files == [path]
    for file in files:
        try:
            async for found in _of_file(file, base_url.rstrip("/"), fetcher, refuse):
                yield found
        except Refused as refused:
            if alone:
                raise
            refuse(file.name, refused.message)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        wanted = PAGES | TABLES | {".json", ".jsonld"}
        return sorted(file for file in path.rglob("*") if file.is_file() and file.suffix.lower() in wanted)
    if not path.is_file():
        raise Refused("NO_SUCH_FILE", f"There is no file {path}.", field="path")
    return [path]


async def _of_file(file: Path, base_url: str, fetcher: Fetcher | None, refuse: Refuse) -> AsyncIterator[Found]:
    body = (await asyncio.to_thread(file.read_bytes)).replace(b"{base}", base_url.encode())
    kind = file.suffix.lower()
    if kind in PAGES:
        for item in await _markup(body, file, base_url):
            yield Found(file.name, item)
    elif kind in TABLES:
        for row, item in enumerate(_rows(_text(body, file), file), 1):
            yield Found(f"{file.name}, row {row}", item)
    elif kind == ".txt":
        async for found in _listed(_text(body, file), fetcher, refuse):
            yield found
    else:
        for number, item in enumerate(_reviews(_json(_text(body, file), file)), 1):
            yield Found(f"{file.name}, review {number}", item)


def _text(body: bytes, file: Path) -> str:
    """The words of a file. What is not UTF-8 is refused: guessed letters would stand in the archive for good."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{file.name} is not UTF-8 (byte {error.start + 1})."
        raise Refused("NOT_UTF8", message, field="path") from error


def _rows(text: str, path: Path) -> Iterable[dict[str, Any]]:
    """Every row of a table as a ClaimReview object."""
    dialect = csv.excel_tab if path.suffix.lower() == ".tsv" else csv.excel
    try:
        table = csv.DictReader(text.splitlines(keepends=True), dialect=dialect)
        missing = [column for column in ("claim", "url") if column not in (table.fieldnames or ())]
        if missing:
            raise Refused("MISSING_COLUMN", f"{path.name} has no column {missing[0]}.", field="path")
        for row in table:
            yield from_row(row)
    except csv.Error as error:
        raise Refused("NOT_CSV", f"{path.name} is not a table: {error}.", field="path") from error


def _json(text: str, path: Path) -> Any:
    try:
        return nested_json.loads(text, parse_int=_whole)
    except ValueError as error:
        raise Refused("NOT_JSON", f"{path.name} is not JSON: {error}.", field="path") from error


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)


def _reviews(value: Any) -> Iterable[dict[str, Any]]:
    """Every ClaimReview in a JSON-LD value: feeds, graphs and lists opened, in order."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            kind = item.get("@type", "")
            if "ClaimReview" in (kind if isinstance(kind, list) else [kind]):
                yield item
            waiting.extend(item[key] for key in ("item", "dataFeedElement", "@graph") if key in item)


async def _markup(body: bytes, file: Path, base_url: str) -> tuple[dict[str, Any], ...]:
    sandbox = Sandbox()
    try:
        url = base_url or "http://localhost/"
        read = await sandbox.read(body, url=url, content_type="text/html", charset="", markup=True)
    except FetchFailed as failed:
        raise Refused("UNREADABLE_PAGE", f"{file.name} cannot be read: {failed.detail}.", field="path") from failed
    finally:
        await sandbox.close()
    return read.markup


async def _listed(text: str, fetcher: Fetcher | None, refuse: Refuse) -> AsyncIterator[Found]:
    if fetcher is None:
        raise Refused("NO_FETCHER", "A list of addresses needs pages to be fetched.", field="path")
    for line in text.splitlines():
        url = line.strip()
        if not url or url.startswith("#"):
            continue
        try:
            _, page = await fetcher.page(url, markup=True)
        except FetchFailed as failed:
            refuse(url, str(failed))
            continue
        if not page.markup:
            refuse(url, "the page holds no ClaimReview")
        for item in page.markup:
            yield Found(url, item)
