"""Imports of what others checked: ClaimReview markup from files, folders and lists of pages."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from services.verification import contract, rechecks
from services.verification.address_guard import Allowed
from services.verification.engine.claim_review import NotUsable, fact_check_of, from_row
from services.verification.fetcher import Fetcher
from services.verification.model import FactCheck
from services.verification.model.affected import Change
from services.verification.sandbox import FetchFailed, Sandbox
from services.verification.settings import Settings
from services.verification.store import fact_checks
from shared import nested_json
from shared.errors import Refused
from shared.events import NEVER, Version
from shared.ids import DEFAULT_SITE
from shared.outbox import Outbox

BATCH = 200
PAGES = frozenset({".html", ".htm", ".xhtml"})
TABLES = frozenset({".csv", ".tsv"})
Progress = Callable[[int], None]
Counts = dict[str, int]


async def import_claimreview(
    outbox: Outbox,
    path: Path,
    *,
    base_url: str = "",
    site_id: UUID = DEFAULT_SITE,
    fetcher: Fetcher | None = None,
    progress: Progress | None = None,
) -> Counts:
    """Takes fact checks into a site's archive and tells those that are new or changed.

    `path` is a DataFeed or any JSON-LD file, an HTML page, a CSV file (see `from_row`), a folder of these, or a text
    file with one address a line (fetched through `fetcher`). `{base}` in a file stands for `base_url`. Counts: new, changed, unchanged, refused.
    `progress` is called with the number of items seen so far. Raises Refused for what is none of these.
    """
    counts: Counts = {"new": 0, "changed": 0, "unchanged": 0, "refused": 0}
    batch: dict[str, FactCheck] = {}
    seen = 0
    async for item in _items(path, base_url, fetcher, counts):
        seen += 1
        try:
            found = fact_check_of(item, str(site_id))
        except NotUsable:
            counts["refused"] += 1
        else:
            counts["unchanged"] += found.fact_check_id in batch  # the same review twice in one feed
            batch[found.fact_check_id] = found
        if len(batch) >= BATCH:
            await _keep(outbox, site_id, batch, counts)
            batch = {}
        if progress is not None:
            progress(seen)
    await _keep(outbox, site_id, batch, counts)
    return counts


async def import_guarded(outbox: Outbox, path: Path, *, base_url: str = "", progress: Progress | None = None) -> Counts:
    """`import_claimreview` for the command line: a list of addresses is fetched through a guarded fetcher of its own,
    under the exceptions the service is configured with."""
    sandbox = Sandbox()
    fetcher = Fetcher(sandbox, allowed=Allowed.parse(Settings().fetch_allow))
    try:
        return await import_claimreview(outbox, path, base_url=base_url, fetcher=fetcher, progress=progress)
    finally:
        await fetcher.close()
        await sandbox.close()


async def keep(outbox: Outbox, site_id: UUID, batch: dict[str, FactCheck]) -> dict[str, str]:
    """One transaction: what is new or changed, the events that tell it, and the job that checks the claims it touches
    again. Returns new, changed or unchanged by id."""
    results: dict[str, str] = {}
    async with outbox.transaction() as unit:
        held = await fact_checks.locked(unit, list(batch))
        changed: list[tuple[FactCheck, Version]] = []
        for fact_check_id, item in sorted(batch.items()):
            known = held.get(fact_check_id)
            # The id holds the page and the claim; another spelling of either is no news.
            if known is not None and replace(known.item, citations=(), url=item.url, claim=item.claim) == item:
                results[fact_check_id] = "unchanged"
                continue
            results[fact_check_id] = "changed" if known else "new"
            changed.append((item, (known.version if known else NEVER).next(outbox.epoch)))
        await fact_checks.save(unit, str(site_id), changed)
        for item, version in changed:
            unit.emit(contract.fact_check(item, str(site_id), version))
        if changed:
            ids = frozenset(item.fact_check_id for item, _ in changed)
            await rechecks.ask(unit, Change(str(site_id), fact_checks=ids))
    return results


async def _keep(outbox: Outbox, site_id: UUID, batch: dict[str, FactCheck], counts: Counts) -> None:
    for result in (await keep(outbox, site_id, batch)).values():
        counts[result] += 1


async def _items(path: Path, base_url: str, fetcher: Fetcher | None, counts: Counts) -> AsyncIterator[dict[str, Any]]:
    for file in await asyncio.to_thread(_files, path):
        text = (await asyncio.to_thread(file.read_text, "utf-8", "replace")).replace("{base}", base_url.rstrip("/"))
        if file.suffix.lower() in PAGES:
            for item in await _markup(text, base_url):
                yield item
        elif file.suffix.lower() in TABLES:
            for item in _rows(text, file):
                yield item
        elif file.suffix.lower() == ".txt":
            async for item in _listed(text, fetcher, counts):
                yield item
        else:
            for item in _reviews(_json(text, file)):
                yield item


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        wanted = PAGES | TABLES | {".json", ".jsonld"}
        return sorted(file for file in path.rglob("*") if file.is_file() and file.suffix.lower() in wanted)
    if not path.is_file():
        raise Refused("NO_SUCH_FILE", f"There is no file {path}.", field="path")
    return [path]


def _rows(text: str, path: Path) -> Iterable[dict[str, Any]]:
    """Every row of a table as a ClaimReview object."""
    table = csv.DictReader(text.lstrip("\ufeff").splitlines(keepends=True), dialect=_dialect(path))
    missing = [column for column in ("claim", "url") if column not in (table.fieldnames or ())]
    if missing:
        raise Refused("MISSING_COLUMN", f"{path.name} has no column {missing[0]}.", field="path")
    try:
        for row in table:
            yield from_row(row)
    except csv.Error as error:
        raise Refused("NOT_CSV", f"{path.name} is not a table: {error}.", field="path") from error


def _dialect(path: Path) -> type[csv.Dialect]:
    return csv.excel_tab if path.suffix.lower() == ".tsv" else csv.excel


def _json(text: str, path: Path) -> Any:
    try:
        return nested_json.loads(text)
    except ValueError as error:
        raise Refused("NOT_JSON", f"{path.name} is not JSON: {error}.", field="path") from error


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


async def _markup(html: str, base_url: str) -> tuple[dict[str, Any], ...]:
    sandbox = Sandbox()
    try:
        read = await sandbox.read(
            html.encode(), url=base_url or "http://localhost/", content_type="text/html", charset="utf-8", markup=True
        )
    finally:
        await sandbox.close()
    return read.markup


async def _listed(text: str, fetcher: Fetcher | None, counts: Counts) -> AsyncIterator[dict[str, Any]]:
    if fetcher is None:
        raise Refused("NO_FETCHER", "A list of addresses needs pages to be fetched.", field="path")
    for line in text.splitlines():
        url = line.strip()
        if not url or url.startswith("#"):
            continue
        try:
            _, page = await fetcher.page(url, markup=True)
        except FetchFailed:
            counts["refused"] += 1
            continue
        if not page.markup:
            counts["refused"] += 1
        for item in page.markup:
            yield item
