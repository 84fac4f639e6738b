"""Every verdict sheet and every fact check told again."""

from __future__ import annotations

from dataclasses import replace

from services.verification import contract, telling
from services.verification.store import fact_checks, subjects
from shared.events import NEVER
from shared.outbox import Unit
from shared.republish import AT_ONCE, in_epoch


async def verdict_sheets(unit: Unit, epoch: int, after: str) -> tuple[int, str]:
    """A page of subjects, by id; one that was never told stays silent."""
    page = await subjects.lock_after(unit, after, AT_ONCE)
    told = 0
    for subject_id in page:
        subject = await subjects.load(unit, subject_id)
        if subject is not None and subject.version > NEVER:
            again = replace(subject, version=in_epoch(subject.version, epoch))
            await telling.verdict_sheet(unit, again)
            told += 1
    return told, page[-1] if page else ""


async def archive(unit: Unit, epoch: int, after: str) -> tuple[int, str]:
    """A page of fact checks, by id."""
    page = await fact_checks.lock_after(unit, after, AT_ONCE)
    for each in page:
        unit.emit(contract.fact_check(each.item, each.site_id, in_epoch(each.version, epoch)))
    return len(page), page[-1].item.fact_check_id if page else ""


TELLS_AGAIN = (verdict_sheets, archive)
