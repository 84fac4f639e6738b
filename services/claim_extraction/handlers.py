"""What claim extraction does when it hears something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from services.claim_extraction import contract, store
from services.claim_extraction.contract import Article
from services.claim_extraction.model import Findings, settle_claims, withdraw_claims
from shared.ids import derived_id
from shared.inbox import EventWork

Extract = Callable[[Article, datetime], Awaitable[Findings]]
"""The claims of an article; relative dates count from its publication, else from the moment given."""


async def on_article(extract: Extract, article: Article, work: EventWork) -> None:
    """Bring a subject's claims up to its new version: unchanged words keep their claims, changed words make them stale."""
    if await work.seen():
        return
    found = Findings() if article.withdrawn else await extract(article, work.envelope.time)
    async with work.once() as tx:
        known = await store.sheet_of(tx, article.article_id, article.site_id)
        if article.version <= known.article_version:
            return
        if article.withdrawn:
            settled = withdraw_claims(known, article_version=article.version)
        else:
            settled = settle_claims(
                known,
                found,
                article_version=article.version,
                blocks=article.blocks,
                new_id=lambda key: str(derived_id("claim", article.article_id, key)),
            )
        sheet = replace(settled, version=known.version.next(work.epoch))
        event = contract.claim_sheet(sheet, article)
        await store.save(tx, sheet, event.message.SerializeToString(deterministic=True))
        tx.emit(event)
