"""Imports of what others checked: ClaimReview markup from files, folders and lists of pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from services.verification import contract, rechecks
from services.verification.address_guard import Allowed
from services.verification.archive_files import Refuse, reviews_in
from services.verification.engine.claim_review import NotUsable, fact_check_of
from services.verification.fetcher import Fetcher
from services.verification.model import FactCheck
from services.verification.model.affected import Change
from services.verification.sandbox import Sandbox
from services.verification.settings import Settings
from services.verification.store import fact_checks
from shared.errors import Refused
from shared.events import NEVER, Version
from shared.ids import DEFAULT_SITE
from shared.outbox import Outbox

BATCH = 200
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
    refused: Refuse | None = None,
) -> Counts:
    """Takes fact checks into a site's archive and tells those that are new or changed.

    `path` is a DataFeed or any JSON-LD file, an HTML page, a CSV file (see `from_row`), a folder of these, or a text
    file with one address a line (fetched through `fetcher`). `{base}` in a file stands for `base_url`. Counts: new, changed, unchanged, refused.
    `progress` is called with the number of items seen so far, `refused` for each item with where it stands and why it is.
    Raises Refused for a file that is none of these.
    """
    counts: Counts = {"new": 0, "changed": 0, "unchanged": 0, "refused": 0}
    batch: dict[str, FactCheck] = {}
    seen = 0

    def refuse(where: str, why: str) -> None:
        counts["refused"] += 1
        if refused is not None:
            refused(where, why)

    async for each in reviews_in(path, base_url, fetcher, refuse):
        seen += 1
        try:
            found = fact_check_of(each.item, str(site_id))
        except NotUsable as unusable:
            refuse(each.where, f"{unusable}" + (f" (field: {unusable.field})" if unusable.field else ""))
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


async def import_guarded(
    outbox: Outbox,
    path: Path,
    *,
    base_url: str = "",
    progress: Progress | None = None,
    refused: Refuse | None = None,
) -> Counts:
    """`import_claimreview` for the command line: a list of addresses is fetched through a guarded fetcher of its own,
    under the exceptions the service is configured with. Raises Refused also for what holds no review at all."""
    sandbox = Sandbox()
    fetcher = Fetcher(sandbox, allowed=Allowed.parse(Settings().fetch_allow))
    try:
        counts = await import_claimreview(
            outbox, path, base_url=base_url, fetcher=fetcher, progress=progress, refused=refused
        )
    finally:
        await fetcher.close()
        await sandbox.close()
    if not any(counts.values()):
        raise Refused("NO_REVIEW", f"{path.name} holds no ClaimReview.", field="path")
    return counts


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
