"""Every article and every draft told again. Comments are not: their words live in the comment service alone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from uuid import UUID

from services.ingest import draft_store, store
from services.ingest.contract import draft_again, tell_article
from shared.events import NEVER
from shared.outbox import Unit
from shared.republish import AT_ONCE, in_epoch


async def articles(unit: Unit, epoch: int, after: str) -> tuple[int, str]:
    """A page of articles, by id."""
    page = await store.articles_after(unit, UUID(after) if after else UUID(int=0), AT_ONCE)
    known = [article for article in page if article.version > NEVER]
    for article in known:
        unit.emit(tell_article(replace(article, version=in_epoch(article.version, epoch))))
    return len(known), str(page[-1].article_id) if page else ""


async def drafts(unit: Unit, epoch: int, after: str) -> tuple[int, str]:
    """A page of drafts, by id."""
    page = await draft_store.after(unit, UUID(after) if after else UUID(int=0), AT_ONCE)
    for _, told in page:
        unit.emit(draft_again(told, partial(in_epoch, epoch=epoch)))
    return len(page), str(page[-1][0]) if page else ""


TELLS_AGAIN = (articles, drafts)
