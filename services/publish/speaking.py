"""The job that has an article read aloud, once for the same words."""

from __future__ import annotations

from uuid import UUID

from plumbline.events.v1 import article_pb2

from services.publish import reading
from services.publish.engine.audio import NoRecording, Recording, record
from services.publish.engine.narration import NarratedBlock
from services.publish.engine.timings import to_webvtt
from shared.errors import Transient
from shared.inbox import Work
from shared.postgres import Sql

_SAVE = """
INSERT INTO audio (article_id, text_sha256, state, reason, opus, mp3, vtt, duration_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (article_id) DO UPDATE
SET text_sha256 = $2, state = $3, reason = $4, opus = $5, mp3 = $6, vtt = $7, duration_ms = $8, made_at = now()
"""


async def speak(payload: bytes, work: Work) -> None:
    """Record the article's present words, unless that was done or they were withdrawn. Safe to run twice."""
    article_id = UUID(payload.decode())
    publication = await reading.publication(work.db, article_id)
    if publication is None or publication.article is None:
        return
    article = publication.article
    if article.status == article_pb2.ARTICLE_STATUS_WITHDRAWN or await _spoken(work.db, article_id, article):
        return
    made = await record(_narrated(article), article.language or "en")
    if isinstance(made, NoRecording) and made.reason == "took_too_long":
        raise Transient("the voice took too long")
    async with work.once() as tx:
        now = await reading.publication(tx, article_id)
        if now is None or now.article is None or now.article.text_sha256 != article.text_sha256:
            # Newer words: their own job may have been folded into this one, so it is asked for again.
            await tx.enqueue("speak", payload)
            return
        await _save(tx, article_id, article.text_sha256, made)


async def _spoken(sql: Sql, article_id: UUID, article: article_pb2.Article) -> bool:
    row = await reading.audio_state(sql, article_id)
    return row is not None and row["text_sha256"] == article.text_sha256


def _narrated(article: article_pb2.Article) -> list[NarratedBlock]:
    head = [NarratedBlock("title", article.title), NarratedBlock("standfirst", article.standfirst)]
    body = [NarratedBlock(block.block_id, block.text) for block in article.blocks]
    return [block for block in (*head, *body) if block.text.strip()]


async def _save(sql: Sql, article_id: UUID, text_sha256: str, made: Recording | NoRecording) -> None:
    if isinstance(made, NoRecording):
        await sql.execute(_SAVE, article_id, text_sha256, "unavailable", made.message, None, None, "", 0)
        return
    vtt = to_webvtt(made.cues)
    await sql.execute(_SAVE, article_id, text_sha256, "ready", "", made.opus, made.mp3, vtt, made.duration_ms)
