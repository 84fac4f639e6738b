"""What comment does with each event it hears."""

from __future__ import annotations

import asyncio

from services.comment import store
from services.comment.contract import Article
from services.comment.engine.words import read_cms
from services.comment.model import Submission, place_in, settle_submission
from services.comment.moderation import Moderation
from services.comment.saying import keep
from shared.inbox import EventWork

LONG = 5_000
"""Characters from which on cleaning is work for a thread."""


async def on_article(article: Article, work: EventWork) -> None:
    """Know that an article is there, or was withdrawn."""
    async with work.once() as tx:
        await store.save_article(tx, article.article_id, article.site_id, article.version, withdrawn=article.withdrawn)


async def on_submission(news: Submission, work: EventWork, *, moderation: Moderation) -> None:
    """Take in a comment of the CMS: also one whose article or parent is not there yet."""
    words = await asyncio.to_thread(read_cms, news.body) if len(news.body) > LONG else read_cms(news.body)
    settings, history = await store.context(work.db, news, words, across_articles=False)
    judgement = await moderation.judge(words, news.author_name, history, settings)
    async with work.once() as tx:
        thread = await store.lock_thread(tx, news.article_id, news.site_id)
        loaded = await store.load(tx, news.comment_id, news.parent_id)
        place = place_in(news, loaded.known, loaded.parent)
        change = settle_submission(news, words, judgement, place, epoch=work.epoch)
        if change is not None:
            await keep(tx, thread, place, change)
