"""What verification does when it hears something. Slow work is left to a job in the same transaction."""

from __future__ import annotations

from services.verification import contract, runs, telling
from services.verification.contract import Request
from services.verification.model.subject import Sheet, nothing_known, settle_sheet
from services.verification.store import subjects
from shared.errors import Poison
from shared.ids import derived_id
from shared.inbox import EventWork


async def on_sheet(sheet: Sheet, work: EventWork) -> None:
    """Bring a subject up to a newer claim sheet: same words keep their outcome, the rest is checked by a job. A round
    under way goes on where the sheet says nothing new."""
    async with work.once() as tx:
        await subjects.lock(tx, sheet.subject_id)
        known = await subjects.load(tx, sheet.subject_id) or nothing_known(sheet)
        if known.sheet.site_id != sheet.site_id:
            raise Poison("the subject belongs to another site")
        if sheet.version <= known.sheet.version:
            return
        if runs.unmoved(known, sheet, at=work.clock.now()):
            await subjects.save_version(tx, sheet)
            return
        run_id = str(derived_id("run", sheet.subject_id, "sheet", str(sheet.version)))
        settled = runs.after_sheet(settle_sheet(known, sheet), run_id=run_id, at=work.clock.now())
        changes = runs.changes(known, settled)
        if settled.run is None and (changes.outcomes or changes.forgotten or not known.sheet.claims):
            settled = runs.told(settled, work.epoch)
            await telling.verdict_sheet(tx, settled)
        await subjects.save_sheet(tx, settled, changes.outcomes, changes.forgotten, at=work.clock.now())
        if settled.run is not None:
            await tx.enqueue(runs.CHECK, runs.payload(settled), dedupe_key=settled.run.run_id)


async def on_request(request: Request, work: EventWork) -> None:
    """ "Verify now": check every claim of the article again, unless such a round is under way already."""
    async with work.once() as tx:
        await subjects.lock(tx, request.article_id)
        known = await subjects.load(tx, request.article_id)
        if known is None or known.sheet.site_id != request.site_id:
            return  # its first sheet will be checked when it comes
        run_id = str(derived_id("run", request.article_id, "request", request.request_id))
        asked = runs.after_request(known, run_id=run_id, at=work.clock.now())
        if asked is None or asked.run is None:
            return
        await subjects.save_run(tx, asked)
        await tx.enqueue(runs.CHECK, runs.payload(asked), dedupe_key=run_id)
        tx.emit(contract.verdict_progress(asked, asked.run, 0, len(asked.to_check)))
