"""What publish does when it hears something."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from plumbline.events.v1 import article_pb2, claim_pb2, comment_pb2, fact_check_pb2, publication_pb2, verdict_pb2

from services.publish import contract, draft_store, model, store
from services.publish.drafts import DraftCheck
from services.publish.model import Publication
from shared.ids import derived_id
from shared.inbox import EventWork
from shared.outbox import Unit

SPEAK = "speak"


async def on_article(article: article_pb2.Article, work: EventWork, *, aloud: bool = True) -> None:
    """Show an article's new words, or that it was withdrawn, and have it read aloud where that is wanted."""
    async with work.once() as tx:
        changed = await _fold(tx, work, article.article_id, article.site_id, lambda p: p.hears_article(article))
        if changed and aloud and article.status == article_pb2.ARTICLE_STATUS_PUBLISHED:
            await tx.enqueue(SPEAK, article.article_id.encode(), dedupe_key=f"speak/{article.article_id}")


async def on_draft(draft: article_pb2.Draft, work: EventWork) -> None:
    """Keep what opens the report on a draft, and until when."""
    async with work.once() as tx:
        await _report(tx, draft.draft_id, draft.site_id, lambda known: known.hears_draft(draft))


async def on_claim_sheet(sheet: claim_pb2.ClaimSheet, work: EventWork) -> None:
    """Mark an article's claims. Those of a draft stand in its report alone; texts of partners are never shown."""
    async with work.once() as tx:
        if sheet.kind == claim_pb2.SUBJECT_KIND_DRAFT:
            await _report(tx, sheet.subject_id, sheet.site_id, lambda known: known.hears_claims(sheet))
        elif sheet.article_id and sheet.visibility == claim_pb2.VISIBILITY_PUBLIC:
            await _fold(tx, work, sheet.article_id, sheet.site_id, lambda p: p.hears_claims(sheet))


async def on_verdict_sheet(sheet: verdict_pb2.VerdictSheet, work: EventWork) -> None:
    """Show the outcomes of an article's claims, and say so where a published one changed."""
    async with work.once() as tx:
        if sheet.kind == claim_pb2.SUBJECT_KIND_DRAFT:
            await _report(tx, sheet.subject_id, sheet.site_id, lambda known: known.hears_verdicts(sheet))
        elif sheet.article_id:
            await _fold(tx, work, sheet.article_id, sheet.site_id, lambda p: p.hears_verdicts(sheet))


async def on_progress(progress: verdict_pb2.VerdictProgress, work: EventWork) -> None:
    """Show how far a run of checks is."""
    async with work.once() as tx:
        if progress.article_id:
            await store.save_progress(tx, progress, work.clock.now())


async def on_fact_check(fact_check: fact_check_pb2.FactCheck, work: EventWork) -> None:
    """Let readers find a fact check, or no longer."""
    async with work.once() as tx:
        await store.save_fact_check(tx, fact_check)


async def on_comment(comment: comment_pb2.Comment, work: EventWork) -> None:
    """Show a reader comment, or take it away."""
    async with work.once() as tx:
        await store.save_comment(tx, comment)


async def on_comment_counts(counts: comment_pb2.CommentCounts, work: EventWork) -> None:
    """Show how many comments an article has."""
    async with work.once() as tx:
        await store.save_counts(tx, counts)


async def _report(tx: Unit, draft_id: str, site_id: str, hear: Callable[[DraftCheck], DraftCheck]) -> None:
    known = await draft_store.lock(tx, UUID(draft_id), UUID(site_id))
    heard = hear(known)
    if heard is not known:
        await draft_store.save(tx, UUID(draft_id), heard)


async def _fold(
    tx: Unit, work: EventWork, article_id: str, site_id: str, hear: Callable[[Publication], Publication]
) -> bool:
    """Take in one part and tell the panel when readers would see a difference; returns whether the part was news."""
    known = await store.lock_publication(tx, UUID(article_id), UUID(site_id))
    heard = hear(known)
    if heard is known:
        return False
    panel = model.fold(heard)
    if panel is None or not model.differs(known.panel, panel):
        await store.save_parts(tx, known, heard)
        return True
    version = model.next_version(known.panel, work.epoch)
    panel.version.CopyFrom(contract.wire_version(version))
    panel.updated_at.CopyFrom(contract.stamp(work.clock.now()))
    await store.save_panel(tx, known, heard, panel)
    tx.emit(contract.panel_event(panel))
    await _correct(tx, work, known.panel, panel)
    return True


async def _correct(
    tx: Unit, work: EventWork, before: publication_pb2.Panel | None, after: publication_pb2.Panel
) -> None:
    changes = [
        publication_pb2.Correction(
            correction_id=str(derived_id("correction", change.claim_id, str(change.verdict_version), change.after)),
            article_id=after.article_id,
            site_id=after.site_id,
            version=after.version,
            claim_id=change.claim_id,
            claim_text=change.claim_text,
            before=change.before,
            after=change.after,
            note=change.note,
            corrected_at=contract.stamp(work.clock.now()),
        )
        for change in model.corrections(before, after)
    ]
    if changes:
        await store.save_corrections(tx, changes)
        for correction in changes:
            tx.emit(contract.correction_event(correction))
