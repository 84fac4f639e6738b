"""Who is watching: one small query answers for every open page and stream, however many there are."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.postgres import Database

_NOW = """
SELECT p.article_id, p.revision, coalesce(c.published, 0) AS comments,
       coalesce(g.done, 0) AS done, coalesce(g.total, 0) AS total
FROM publication p LEFT JOIN comment_count c USING (article_id) LEFT JOIN progress g USING (article_id)
WHERE p.article_id = ANY($1::uuid[])
UNION ALL SELECT draft_id, revision, 0, 0, 0 FROM draft WHERE draft_id = ANY($1::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """What can change about an article under a reader's eyes; of a draft only the revision."""

    revision: int = 0
    comments: int = 0
    done: int = 0
    total: int = 0


class Watchers:
    """Wakes open pages when their article changed, and who waits for the report on a draft. Works across instances: it looks at the database, not at itself."""

    def __init__(self, db: Database, log: Any, *, every_seconds: float = 0.5) -> None:
        self._db, self._log, self._every = db, log, every_seconds
        self._open: dict[UUID, set[asyncio.Queue[Moment]]] = {}

    async def run(self) -> None:
        """Look once every half second, only while somebody watches."""
        last: dict[UUID, Moment] = {}
        while True:
            await asyncio.sleep(self._every)
            if not self._open:
                last.clear()
                continue
            try:
                rows = await self._db.fetch(_NOW, list(self._open))
            except Exception as error:  # readers keep what they have; the next look finds what was missed
                self._log.warning("live.interrupted", error=type(error).__name__)
                continue
            for row in rows:
                now = Moment(row["revision"], row["comments"], row["done"], row["total"])
                if last.get(row["article_id"]) != now:
                    last[row["article_id"]] = now
                    for queue in self._open.get(row["article_id"], ()):
                        _put_latest(queue, now)

    @contextlib.asynccontextmanager
    async def watch(self, article_id: UUID) -> AsyncIterator[asyncio.Queue[Moment]]:
        """A queue that always holds at most the latest moment: a slow reader skips, never piles up."""
        queue: asyncio.Queue[Moment] = asyncio.Queue(maxsize=1)
        self._open.setdefault(article_id, set()).add(queue)
        try:
            yield queue
        finally:
            self._open[article_id].discard(queue)
            if not self._open[article_id]:
                del self._open[article_id]


def _put_latest(queue: asyncio.Queue[Moment], moment: Moment) -> None:
    with contextlib.suppress(asyncio.QueueEmpty):
        queue.get_nowait()
    queue.put_nowait(moment)
